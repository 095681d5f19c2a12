package broker

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// versions are those of a request that a release supports.
type versions struct{ key, min, max int16 }

// Of 4.3.1, from its message definitions, by key; what this broker leaves out
// is left out.
var (
	produceVersions          = versions{0, 3, 13}
	fetchVersions            = versions{1, 4, 18}
	listOffsetsVersions      = versions{2, 1, 11}
	metadataVersions         = versions{3, 0, 13}
	offsetCommitVersions     = versions{8, 2, 10}
	offsetFetchVersions      = versions{9, 1, 10}
	findCoordinatorVersions  = versions{10, 0, 6}
	joinGroupVersions        = versions{11, 0, 9}
	heartbeatVersions        = versions{12, 0, 4}
	leaveGroupVersions       = versions{13, 0, 5}
	syncGroupVersions        = versions{14, 0, 5}
	describeGroupsVersions   = versions{15, 0, 6}
	listGroupsVersions       = versions{16, 0, 5}
	apiVersionsVersions      = versions{18, 0, 4}
	createTopicsVersions     = versions{19, 2, 7}
	deleteTopicsVersions     = versions{20, 1, 6}
	offsetForEpochVersions   = versions{23, 2, 4}
	createPartitionsVersions = versions{37, 0, 3}
	deleteGroupsVersions     = versions{42, 0, 2}
	offsetDeleteVersions     = versions{47, 0, 0}
	shareHeartbeatVersions   = versions{76, 1, 1}
	shareDescribeVersions    = versions{77, 1, 1}
)

var allVersions = []versions{
	produceVersions, fetchVersions, listOffsetsVersions, metadataVersions, offsetCommitVersions, offsetFetchVersions,
	findCoordinatorVersions, joinGroupVersions, heartbeatVersions, leaveGroupVersions, syncGroupVersions,
	describeGroupsVersions, listGroupsVersions, apiVersionsVersions, createTopicsVersions, deleteTopicsVersions,
	offsetForEpochVersions, createPartitionsVersions, deleteGroupsVersions, offsetDeleteVersions, shareHeartbeatVersions,
	shareDescribeVersions,
}

// versionsOf gives the versions of a request; ok is false for what is none.
func versionsOf(m sim.Message) (v versions, ok bool) {
	switch m.(type) {
	case *api.ProduceRequest:
		return produceVersions, true
	case *api.FetchRequest:
		return fetchVersions, true
	case *api.HeartbeatRequest:
		return heartbeatVersions, true
	case *api.OffsetCommitRequest:
		return offsetCommitVersions, true
	case *api.OffsetFetchRequest:
		return offsetFetchVersions, true
	case *api.JoinGroupRequest:
		return joinGroupVersions, true
	case *api.SyncGroupRequest:
		return syncGroupVersions, true
	case *api.LeaveGroupRequest:
		return leaveGroupVersions, true
	case *api.ListOffsetsRequest:
		return listOffsetsVersions, true
	case *api.MetadataRequest:
		return metadataVersions, true
	case *api.FindCoordinatorRequest:
		return findCoordinatorVersions, true
	}
	return adminVersionsOf(m)
}

func adminVersionsOf(m sim.Message) (v versions, ok bool) {
	switch m.(type) {
	case *api.DescribeGroupsRequest:
		return describeGroupsVersions, true
	case *api.ListGroupsRequest:
		return listGroupsVersions, true
	case *api.ApiVersionsRequest:
		return apiVersionsVersions, true
	case *api.CreateTopicsRequest:
		return createTopicsVersions, true
	case *api.DeleteTopicsRequest:
		return deleteTopicsVersions, true
	case *api.OffsetForLeaderEpochRequest:
		return offsetForEpochVersions, true
	case *api.CreatePartitionsRequest:
		return createPartitionsVersions, true
	case *api.DeleteGroupsRequest:
		return deleteGroupsVersions, true
	case *api.OffsetDeleteRequest:
		return offsetDeleteVersions, true
	case *api.ShareGroupHeartbeatRequest:
		return shareHeartbeatVersions, true
	case *api.ShareGroupDescribeRequest:
		return shareDescribeVersions, true
	}
	return versions{}, false
}

// supported tells whether the broker reads a request at all: of a version that
// it does not know it closes the connection, but for ApiVersions
// (RequestContext.parseRequest, SocketServer).
func supported(m sim.Message) bool {
	v, ok := versionsOf(m)
	if !ok || v == apiVersionsVersions {
		return ok
	}
	n := m.(api.Request).Version()
	return v.min <= n && n <= v.max
}

// ApiVersions (key 18): KafkaApis.handleApiVersionsRequest. One of a version
// that the broker does not know is told so, and which ones there are (KIP-511).
func apiVersions(r *api.ApiVersionsRequest) *api.ApiVersionsResponse {
	if v := apiVersionsVersions; r.APIVersion < v.min || r.APIVersion > v.max {
		return &api.ApiVersionsResponse{ErrorCode: api.UnsupportedVersion, APIKeys: []api.APIVersionRange{{Key: v.key, Min: v.min, Max: v.max}}}
	}
	a := &api.ApiVersionsResponse{}
	for _, v := range allVersions {
		a.APIKeys = append(a.APIKeys, api.APIVersionRange{Key: v.key, Min: v.min, Max: v.max})
	}
	return a
}
