package group

import "github.com/groundhogsim/groundhog/broker/api"

// What a version of a request has no field for was not said, whatever the
// struct holds. (The message definitions of kafka-clients.)

func joinAsSent(r *api.JoinGroupRequest) *api.JoinGroupRequest {
	if r.APIVersion >= 5 || r.GroupInstanceID == "" && r.APIVersion > 0 {
		return r
	}
	c := *r
	c.GroupInstanceID = ""
	if c.APIVersion == 0 {
		c.RebalanceTimeoutMs = c.SessionTimeoutMs
	}
	return &c
}

func syncAsSent(r *api.SyncGroupRequest) *api.SyncGroupRequest {
	if r.APIVersion >= 5 {
		return r
	}
	c := *r
	c.ProtocolType, c.ProtocolName = "", ""
	if c.APIVersion < 3 {
		c.GroupInstanceID = ""
	}
	return &c
}

func heartbeatAsSent(r *api.HeartbeatRequest) *api.HeartbeatRequest {
	if r.APIVersion >= 3 || r.GroupInstanceID == "" {
		return r
	}
	c := *r
	c.GroupInstanceID = ""
	return &c
}

func commitAsSent(r *api.OffsetCommitRequest) *api.OffsetCommitRequest {
	if r.APIVersion >= 7 {
		return r
	}
	c := *r
	c.GroupInstanceID = ""
	if c.APIVersion < 6 {
		c.Partitions = make([]api.OffsetCommitPartition, len(r.Partitions))
		for i, p := range r.Partitions {
			p.CommittedLeaderEpoch = -1
			c.Partitions[i] = p
		}
	}
	return &c
}
