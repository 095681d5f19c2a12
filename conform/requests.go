package conform

import (
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
)

func makeJoin(m *maker) api.Request {
	sub := api.Subscription{Topics: m.reals(list(m.get("topics", "orders"))), GenerationID: -1, UserData: m.get("userdata", "")}
	r := &api.JoinGroupRequest{
		Header: m.head, GroupID: m.group(), MemberID: m.id(), GroupInstanceID: m.instance(5),
		SessionTimeoutMs: m.ms("session", 9000), RebalanceTimeoutMs: m.ms("rebalance", 5000),
		ProtocolType: m.get("type", "consumer"),
	}
	for _, p := range list(m.get("protocols", "range")) {
		r.Protocols = append(r.Protocols, api.JoinGroupProtocol{Name: p, Metadata: sub})
	}
	return r
}

// makeSync: assign=m1:orders/0,orders/1;m2: with members' names, or ids.
func makeSync(m *maker) api.Request {
	r := &api.SyncGroupRequest{
		Header: m.head, GroupID: m.group(), MemberID: m.id(), GroupInstanceID: m.instance(3), GenerationID: m.generation(),
	}
	if m.head.APIVersion >= 5 {
		r.ProtocolType, r.ProtocolName = m.get("type", "consumer"), m.protocol()
	}
	for _, part := range strings.FieldsFunc(m.get("assign", ""), func(c rune) bool { return c == ';' }) {
		who, what, _ := strings.Cut(part, ":")
		if memberIndex(who) >= 0 {
			who = m.cast.role(who).id
		}
		a := api.SyncGroupAssignment{MemberID: who, Assignment: []api.TopicPartition{}}
		for _, p := range list(what) {
			a.Assignment = append(a.Assignment, m.partition(p))
		}
		r.Assignments = append(r.Assignments, a)
	}
	return r
}

func makeHeartbeat(m *maker) api.Request {
	return &api.HeartbeatRequest{
		Header: m.head, GroupID: m.group(), MemberID: m.id(), GroupInstanceID: m.instance(3), GenerationID: m.generation(),
	}
}

// makeLeave: id=@m1,@m2 instance=i1, are the memberships to end, side by side.
func makeLeave(m *maker) api.Request {
	r := &api.LeaveGroupRequest{Header: m.head, GroupID: m.group()}
	ids := []string{m.cast.role(m.Who).id}
	if o, ok := m.find("id"); ok {
		ids = strings.Split(o.Value, ",")
		for i := range ids {
			ids[i] = m.cast.memberID(ids[i])
		}
	}
	instances := strings.Split(m.instance(3), ",")
	for i := range max(len(ids), len(instances)) {
		l := api.LeaveGroupMember{}
		if i < len(ids) {
			l.MemberID = ids[i]
		}
		if i < len(instances) {
			l.GroupInstanceID = instances[i]
		}
		r.Members = append(r.Members, l)
	}
	return r
}

func makeCommit(m *maker) api.Request {
	r := &api.OffsetCommitRequest{
		Header: m.head, GroupID: m.group(), MemberID: m.id(), GroupInstanceID: m.instance(7),
		GenerationIDOrMemberEpoch: m.generation(), RetentionTimeMs: api.DefaultRetention,
	}
	m.each(func(p api.TopicPartition, value string) {
		r.Partitions = append(r.Partitions, api.OffsetCommitPartition{
			TopicPartition: p, CommittedOffset: m.number(p.String(), value),
			CommittedLeaderEpoch: m.epoch(6), CommittedMetadata: m.get("metadata", ""),
		})
	})
	return r
}

func makeFetchOffsets(m *maker) api.Request {
	r := &api.OffsetFetchRequest{Header: m.head, GroupID: m.group(), MemberEpoch: -1, RequireStable: m.has("stable") && m.head.APIVersion >= 7}
	if m.head.APIVersion < 2 {
		r.Partitions = []api.TopicPartition{} // there was no way to ask for all
	}
	m.each(func(p api.TopicPartition, _ string) { r.Partitions = append(r.Partitions, p) })
	return r
}

func makeFindCoordinator(m *maker) api.Request {
	return &api.FindCoordinatorRequest{Header: m.head, Key: m.group()}
}

func makeDescribeGroups(m *maker) api.Request {
	return &api.DescribeGroupsRequest{Header: m.head, Groups: m.reals(list(m.get("groups", "g")))}
}

func makeListGroups(m *maker) api.Request {
	r := &api.ListGroupsRequest{Header: m.head}
	if m.head.APIVersion >= 4 {
		r.StatesFilter = list(m.get("states", ""))
	}
	if m.head.APIVersion >= 5 {
		r.TypesFilter = list(m.get("types", ""))
	}
	return r
}

func makeDeleteGroups(m *maker) api.Request {
	return &api.DeleteGroupsRequest{Header: m.head, GroupsNames: m.reals(list(m.get("groups", "g")))}
}

func makeDeleteOffsets(m *maker) api.Request {
	r := &api.OffsetDeleteRequest{Header: m.head, GroupID: m.group()}
	m.each(func(p api.TopicPartition, _ string) { r.Partitions = append(r.Partitions, p) })
	return r
}

// makeProduce: orders/0=a,b,c are three values without keys.
func makeProduce(m *maker) api.Request {
	r := &api.ProduceRequest{Header: m.head, Acks: int16(m.num("acks", -1)), TimeoutMs: m.ms("timeout", 5000)}
	m.each(func(p api.TopicPartition, value string) {
		out := api.ProducePartition{TopicPartition: p}
		for i, v := range list(value) {
			out.Records = append(out.Records, api.Record{Timestamp: firstTimestamp + int64(i), Value: v, NullKey: true})
		}
		r.Partitions = append(r.Partitions, out)
	})
	return r
}

// firstTimestamp is that of the first record of every batch, in milliseconds:
// requests are the same whenever they go out.
const firstTimestamp = 1_700_000_000_000

// makeFetch: orders/0=5 reads from offset 5 on.
func makeFetch(m *maker) api.Request {
	r := &api.FetchRequest{Header: m.head, MaxWaitMs: m.ms("max-wait", 0), MinBytes: int32(m.num("min", 1))}
	m.each(func(p api.TopicPartition, value string) {
		r.Partitions = append(r.Partitions, api.FetchPartition{
			TopicPartition: p, FetchOffset: m.number(p.String(), value),
			CurrentLeaderEpoch: m.epoch(9), LastFetchedEpoch: -1,
		})
	})
	return r
}

// makeListOffsets: orders/0=latest, or earliest, or milliseconds after the
// first timestamp.
func makeListOffsets(m *maker) api.Request {
	r := &api.ListOffsetsRequest{Header: m.head}
	m.each(func(p api.TopicPartition, value string) {
		q := api.ListOffsetsPartition{TopicPartition: p, CurrentLeaderEpoch: m.epoch(4)}
		switch value {
		case "latest":
			q.Timestamp = api.LatestTimestamp
		case "earliest":
			q.Timestamp = api.EarliestTimestamp
		default:
			q.Timestamp = firstTimestamp + m.number(p.String(), value)
		}
		r.Partitions = append(r.Partitions, q)
	})
	return r
}

// makeEpochEnd: orders/0=3 asks where leader epoch 3 ended.
func makeEpochEnd(m *maker) api.Request {
	r := &api.OffsetForLeaderEpochRequest{Header: m.head, ReplicaID: -1}
	m.each(func(p api.TopicPartition, value string) {
		r.Partitions = append(r.Partitions, api.OffsetForLeaderEpochPartition{
			TopicPartition: p, CurrentLeaderEpoch: m.epoch(2), LeaderEpoch: int32(m.number(p.String(), value)),
		})
	})
	return r
}

func makeMetadata(m *maker) api.Request {
	return &api.MetadataRequest{Header: m.head, Topics: m.reals(list(m.get("topics", "orders")))}
}

// makeCreateTopics: topics=new:3,other:-1.
func makeCreateTopics(m *maker) api.Request {
	r := &api.CreateTopicsRequest{Header: m.head, TimeoutMs: 5000, ValidateOnly: m.has("validate")}
	for _, t := range list(m.get("topics", "new:1")) {
		name, n, _ := strings.Cut(t, ":")
		r.Topics = append(r.Topics, api.CreatableTopic{
			Name: m.names.real(name), NumPartitions: int32(m.number(name, n)), ReplicationFactor: int16(m.num("replicas", 1)),
		})
	}
	return r
}

// makeCreatePartitions: topics=orders:4 brings it to four.
func makeCreatePartitions(m *maker) api.Request {
	r := &api.CreatePartitionsRequest{Header: m.head, TimeoutMs: 5000, ValidateOnly: m.has("validate")}
	for _, t := range list(m.get("topics", "orders:2")) {
		name, n, _ := strings.Cut(t, ":")
		r.Topics = append(r.Topics, api.CreatePartitionsTopic{Name: m.names.real(name), Count: int32(m.number(name, n))})
	}
	return r
}
