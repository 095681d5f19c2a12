package broker_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// The lanes that scripts send on if they do not say.
const (
	laneGroup sim.Lane = iota // JoinGroup and SyncGroup
	laneBeat                  // all other requests to the coordinator
	laneData                  // requests to partitions
)

// request lets a member send what a script line says.
func (s *script) request(verb string, o options) bool {
	build, ok := requestBuilders[verb]
	if !ok {
		return false
	}
	m := s.member(o)
	lane, r := build.lane, build.make(s, m, o)
	s.send(m, s.node(o.get("to", "")), sim.Lane(o.num("lane", int64(lane))), r)
	return true
}

var requestBuilders = map[string]struct {
	lane sim.Lane
	make func(*script, *scriptMember, options) sim.Message
}{
	"join":             {laneGroup, makeJoin},
	"sync":             {laneGroup, makeSync},
	"heartbeat":        {laneBeat, makeHeartbeat},
	"leave":            {laneBeat, makeLeave},
	"commit":           {laneBeat, makeCommit},
	"fetch-offsets":    {laneBeat, makeFetchOffsets},
	"describe":         {laneBeat, makeDescribe},
	"list":             {laneBeat, makeList},
	"delete-groups":    {laneBeat, makeDeleteGroups},
	"delete-offsets":   {laneBeat, makeDeleteOffsets},
	"find-coordinator": {laneBeat, makeFindCoordinator},
	"produce":          {laneData, makeProduce},
	"fetch":            {laneData, makeFetch},
	"list-offsets":     {laneData, makeListOffsets},
	"metadata":         {laneData, makeMetadata},
	"epoch-end":        {laneData, makeEpochEnd},
	"create-topic":     {laneData, makeCreateTopic},
	"delete-topics":    {laneData, makeDeleteTopics},
	"add-partitions":   {laneData, makeAddPartitions},
	"api-versions":     {laneData, makeAPIVersions},
	"nonsense":         {laneData, func(*script, *scriptMember, options) sim.Message { return &api.FetchResponse{} }},
}

// header gives the version that a script asks for, or the newest.
func (m *scriptMember) header(o options, newest int64) api.Header {
	return api.Header{APIVersion: int16(o.num("v", newest)), ClientID: m.name}
}

func makeJoin(_ *script, m *scriptMember, o options) sim.Message {
	sub := api.Subscription{Topics: list(o.get("topics", "orders")), GenerationID: -1, UserData: o.get("userdata", "")}
	r := &api.JoinGroupRequest{
		Header: m.header(o, 9), GroupID: o.get("group", "g"), MemberID: o.get("id", m.id), GroupInstanceID: o.get("instance", ""),
		SessionTimeoutMs: int32(o.ms("session", 10_000)), RebalanceTimeoutMs: int32(o.ms("rebalance", 60_000)),
		ProtocolType: o.get("type", "consumer"),
	}
	for _, p := range list(o.get("protocols", "range")) {
		r.Protocols = append(r.Protocols, api.JoinGroupProtocol{Name: p, Metadata: sub})
	}
	return r
}

func makeSync(s *script, m *scriptMember, o options) sim.Message {
	r := &api.SyncGroupRequest{
		Header: m.header(o, 5), GroupID: o.get("group", "g"), MemberID: o.get("id", m.id), GroupInstanceID: o.get("instance", ""),
		GenerationID: int32(o.num("gen", int64(m.generation))),
		ProtocolType: o.get("type", "consumer"), ProtocolName: o.get("protocol", "range"),
	}
	// assign=m1:orders/0,orders/1;m2:… with members' names, or their ids.
	if a := o.get("assign", ""); a != "" && s.leader() == m.name {
		for _, part := range strings.Split(a, ";") {
			who, what, _ := strings.Cut(part, ":")
			if known := s.members[who]; known != nil {
				who = known.id
			}
			r.Assignments = append(r.Assignments, api.SyncGroupAssignment{MemberID: who, Assignment: partitions(list(what))})
		}
	}
	return r
}

func makeHeartbeat(_ *script, m *scriptMember, o options) sim.Message {
	return &api.HeartbeatRequest{
		Header: m.header(o, 4), GroupID: o.get("group", "g"), MemberID: o.get("id", m.id),
		GroupInstanceID: o.get("instance", ""), GenerationID: int32(o.num("gen", int64(m.generation))),
	}
}

func makeLeave(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.LeaveGroupRequest{Header: m.header(o, 5), GroupID: o.get("group", "g")}
	for _, id := range strings.Split(o.get("id", m.id), ",") {
		r.Members = append(r.Members, api.LeaveGroupMember{MemberID: id, GroupInstanceID: o.get("instance", "")})
	}
	return r
}

func makeCommit(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.OffsetCommitRequest{
		Header: m.header(o, 9), GroupID: o.get("group", "g"), MemberID: o.get("id", m.id), GroupInstanceID: o.get("instance", ""),
		GenerationIDOrMemberEpoch: int32(o.num("gen", int64(m.generation))), RetentionTimeMs: o.ms("retention", api.DefaultRetention),
	}
	meta := o.get("metadata", "")
	if n := o.num("metadata-length", 0); n > 0 {
		meta = strings.Repeat("é", int(n))
	}
	for _, x := range o[1:] {
		if strings.Contains(x.key, "/") {
			r.Partitions = append(r.Partitions, api.OffsetCommitPartition{
				TopicPartition: partition(x.key), CommittedOffset: number(x.value), CommittedLeaderEpoch: -1, CommittedMetadata: meta,
			})
		}
	}
	return r
}

func makeFetchOffsets(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.OffsetFetchRequest{Header: m.header(o, 9), GroupID: o.get("group", "g"), RequireStable: o.has("stable")}
	for _, x := range o[1:] {
		if strings.Contains(x.key, "/") {
			r.Partitions = append(r.Partitions, partition(x.key))
		}
	}
	return r
}

// describe m1 g,h: groups by their ids.
func makeDescribe(_ *script, m *scriptMember, o options) sim.Message {
	return &api.DescribeGroupsRequest{Header: m.header(o, 6), Groups: list(o.word(1, "g"))}
}

// list m1 states=stable,empty types=classic
func makeList(_ *script, m *scriptMember, o options) sim.Message {
	return &api.ListGroupsRequest{Header: m.header(o, 5), StatesFilter: list(o.get("states", "")), TypesFilter: list(o.get("types", ""))}
}

// delete-groups m1 g,h: groups by their ids.
func makeDeleteGroups(_ *script, m *scriptMember, o options) sim.Message {
	return &api.DeleteGroupsRequest{Header: m.header(o, 2), GroupsNames: list(o.word(1, "g"))}
}

// delete-offsets m1 orders/0 group=g
func makeDeleteOffsets(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.OffsetDeleteRequest{Header: m.header(o, 0), GroupID: o.get("group", "g")}
	for _, x := range o[1:] {
		if strings.Contains(x.key, "/") {
			r.Partitions = append(r.Partitions, partition(x.key))
		}
	}
	return r
}

func makeFindCoordinator(_ *script, m *scriptMember, o options) sim.Message {
	return &api.FindCoordinatorRequest{Header: m.header(o, 6), Key: "g", KeyType: int8(o.num("type", 0))}
}

// produce m1 orders/0=a,b,c: three values without keys, stamped with the time.
func makeProduce(s *script, m *scriptMember, o options) sim.Message {
	r := &api.ProduceRequest{Header: m.header(o, 11), Acks: int16(o.num("acks", -1)), TimeoutMs: int32(o.ms("timeout", 0))}
	for _, x := range o[1:] {
		if !strings.Contains(x.key, "/") {
			continue
		}
		p := api.ProducePartition{TopicPartition: partition(x.key)}
		for _, v := range list(x.value) {
			p.Records = append(p.Records, api.Record{Timestamp: int64(s.world.Now() / sim.Millisecond), Value: v, NullKey: true})
		}
		r.Partitions = append(r.Partitions, p)
	}
	return r
}

// fetch m1 orders/0=5: from offset 5 on.
func makeFetch(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.FetchRequest{
		Header: m.header(o, 13), MaxWaitMs: int32(o.ms("max-wait", 500)), MinBytes: int32(o.num("min", 1)), MaxRecords: int32(o.num("max", 500)),
	}
	for _, x := range o[1:] {
		if strings.Contains(x.key, "/") {
			r.Partitions = append(r.Partitions, api.FetchPartition{
				TopicPartition: partition(x.key), FetchOffset: number(x.value), CurrentLeaderEpoch: int32(o.num("epoch", -1)),
				LastFetchedEpoch: int32(o.num("last", -1)),
			})
		}
	}
	return r
}

// list-offsets m1 orders/0=latest: or earliest, or milliseconds.
func makeListOffsets(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.ListOffsetsRequest{Header: m.header(o, 10)}
	for _, x := range o[1:] {
		if !strings.Contains(x.key, "/") {
			continue
		}
		q := api.ListOffsetsPartition{TopicPartition: partition(x.key), CurrentLeaderEpoch: int32(o.num("epoch", -1))}
		switch x.value {
		case "latest":
			q.Timestamp = api.LatestTimestamp
		case "earliest":
			q.Timestamp = api.EarliestTimestamp
		default:
			q.Timestamp = number(x.value)
		}
		r.Partitions = append(r.Partitions, q)
	}
	return r
}

func makeMetadata(_ *script, m *scriptMember, o options) sim.Message {
	r := &api.MetadataRequest{Header: m.header(o, 12)}
	if t, ok := o.find("topics"); ok {
		r.Topics = list(t)
	}
	return r
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func partition(s string) api.TopicPartition {
	topic, n, _ := strings.Cut(s, "/")
	return api.TopicPartition{Topic: topic, Partition: int32(number(n))}
}

func partitions(names []string) (ps []api.TopicPartition) {
	for _, n := range names {
		ps = append(ps, partition(n))
	}
	return ps
}

// answerText is an answer as scripts show it: what matters, in a few words.
func answerText(m sim.Message) string {
	switch r := m.(type) {
	case *api.JoinGroupResponse:
		return "JoinGroup " + joinText(r)
	case *api.SyncGroupResponse:
		return "SyncGroup " + syncText(r)
	case *api.HeartbeatResponse:
		return "Heartbeat " + r.ErrorCode.String()
	case *api.LeaveGroupResponse:
		text := "LeaveGroup " + r.ErrorCode.String()
		for _, p := range r.Members {
			text += fmt.Sprintf(" %s %s", strings.TrimSpace(p.MemberID+" "+p.GroupInstanceID), p.ErrorCode)
		}
		return text
	case *api.OffsetCommitResponse:
		text := "OffsetCommit"
		for _, p := range r.Partitions {
			text += fmt.Sprintf(" %s %s", p.TopicPartition, p.ErrorCode)
		}
		return text
	case *api.OffsetFetchResponse:
		text := "OffsetFetch " + r.ErrorCode.String()
		for _, p := range r.Partitions {
			text += fmt.Sprintf(" %s at %d", p.TopicPartition, p.CommittedOffset)
			if p.Metadata != "" {
				text += fmt.Sprintf(" %q", p.Metadata)
			}
			if p.ErrorCode != api.None {
				text += " " + p.ErrorCode.String()
			}
		}
		return text
	}
	if text, ok := adminText(m); ok {
		return text
	}
	return dataText(m)
}

// adminText is an answer to a request about groups from outside.
func adminText(m sim.Message) (text string, ok bool) {
	switch r := m.(type) {
	case *api.DescribeGroupsResponse:
		text = "DescribeGroups"
		for i := range r.Groups {
			text += describedText(&r.Groups[i])
		}
	case *api.ListGroupsResponse:
		text = "ListGroups " + r.ErrorCode.String()
		for _, g := range r.Groups {
			text += " " + strings.Join([]string{g.GroupID, g.ProtocolType, g.GroupState, g.GroupType}, ":")
		}
	case *api.DeleteGroupsResponse:
		text = "DeleteGroups"
		for _, g := range r.Results {
			text += fmt.Sprintf(" %s %s", g.GroupID, g.ErrorCode)
		}
	case *api.OffsetDeleteResponse:
		text = "OffsetDelete " + r.ErrorCode.String()
		for _, p := range r.Partitions {
			text += fmt.Sprintf(" %s %s", p.TopicPartition, p.ErrorCode)
		}
	default:
		return "", false
	}
	return text, true
}

// describedText is a group as DescribeGroups tells of it, a member a line.
func describedText(g *api.DescribedGroup) string {
	text := fmt.Sprintf("\n%s: %s", g.GroupID, g.ErrorCode)
	if g.ErrorMessage != "" {
		text += fmt.Sprintf(" %q", g.ErrorMessage)
	}
	text += strings.TrimRight(fmt.Sprintf(" %s %s %s", g.GroupState, g.ProtocolType, g.ProtocolData), " ")
	for _, d := range g.Members {
		text += "\n  " + d.MemberID
		if d.GroupInstanceID != "" {
			text += " instance " + d.GroupInstanceID
		}
		if d.MemberMetadata != nil {
			text += fmt.Sprintf(" wants %s", strings.Join(d.MemberMetadata.Topics, ","))
		}
		for i, p := range d.MemberAssignment {
			if i == 0 {
				text += " has"
			}
			text += " " + p.String()
		}
	}
	return text
}

func joinText(r *api.JoinGroupResponse) string {
	if r.ErrorCode != api.None {
		return strings.TrimSpace(fmt.Sprintf("%s %s", r.ErrorCode, r.MemberID))
	}
	text := fmt.Sprintf("generation %d %s, %s", r.GenerationID, r.ProtocolName, r.MemberID)
	if r.Leader != r.MemberID {
		return text + " follows " + r.Leader
	}
	text += " leads"
	for _, m := range r.Members {
		text += fmt.Sprintf(" %s[%s]", m.MemberID, strings.Join(m.Metadata.Topics, ","))
	}
	if r.SkipAssignment {
		text += ", no assignment asked"
	}
	return text
}

func syncText(r *api.SyncGroupResponse) string {
	if r.ErrorCode != api.None {
		return r.ErrorCode.String()
	}
	text := r.ProtocolName + ":"
	for _, p := range r.Assignment {
		text += " " + p.String()
	}
	if len(r.Assignment) == 0 {
		text += " nothing"
	}
	return text
}

func dataText(m sim.Message) string {
	switch r := m.(type) {
	case *api.ProduceResponse:
		text := "Produce"
		for _, p := range r.Partitions {
			text += fmt.Sprintf(" %s %s at %d", p.TopicPartition, p.ErrorCode, p.BaseOffset)
		}
		return text
	case *api.FetchResponse:
		text := "Fetch"
		for _, p := range r.Partitions {
			text += fmt.Sprintf(" %s %s hw %d:", p.TopicPartition, p.ErrorCode, p.HighWatermark)
			if d := p.DivergingEpoch; d != nil {
				text += fmt.Sprintf(" epoch %d ended at %d", d.LeaderEpoch, d.EndOffset)
			}
			for _, rec := range p.Records {
				text += fmt.Sprintf(" %d=%s", rec.Offset, rec.Value)
			}
		}
		return text
	case *api.ListOffsetsResponse:
		text := "ListOffsets"
		for _, p := range r.Partitions {
			text += fmt.Sprintf(" %s %s %d (timestamp %d, epoch %d)", p.TopicPartition, p.ErrorCode, p.Offset, p.Timestamp, p.LeaderEpoch)
		}
		return text
	case *api.MetadataResponse:
		text := fmt.Sprintf("Metadata brokers %v", r.Brokers)
		for _, t := range r.Topics {
			text += fmt.Sprintf(" %q %s %d partitions", t.Name, t.ErrorCode, len(t.Partitions))
			if len(t.Partitions) > 0 {
				text += fmt.Sprintf(" epoch %d", t.Partitions[0].LeaderEpoch)
			}
			for i, p := range t.Partitions {
				if p.ErrorCode != api.None {
					text += fmt.Sprintf(" %d %s", i, p.ErrorCode)
				}
			}
		}
		return text
	case *api.FindCoordinatorResponse:
		return fmt.Sprintf("FindCoordinator %s %d", r.ErrorCode, r.NodeID)
	}
	return topicText(m)
}
