package broker

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/sim"
)

// The coordinator's shards of one broker, one for each partition of
// __consumer_offsets: requests go to that of their group (GroupCoordinatorService).
// Those that name several groups, or none, are split, and their answers put
// together when all shards have answered.

// gather is a request that several shards answer.
type gather struct {
	conn    sim.Conn
	request sim.Message `canon:"shared"`
	parts   []part
}

// part is one shard's part of a request.
type part struct {
	shard  int32
	answer sim.Message `canon:"shared"` // nil while it has none
}

// coordinate gives a request to the coordinator of groups. It is false if it is
// none for that.
func (b *Broker) coordinate(fx *sim.Effects, c sim.Conn, m sim.Message) bool {
	if r, ok := m.(*api.ListGroupsRequest); ok && (b.member != nil || len(b.shards) > 1) {
		b.listGroups(fx, c, r)
		return true
	}
	if len(b.shards) == 1 {
		return b.shards[0].Handle(fx, c, m, b)
	}
	switch r := m.(type) {
	case *api.DescribeGroupsRequest:
		b.split(fx, c, m, r.Groups, func(names []string) sim.Message {
			return &api.DescribeGroupsRequest{Header: r.Header, Groups: names}
		})
		return true
	case *api.DeleteGroupsRequest:
		b.split(fx, c, m, r.GroupsNames, func(names []string) sim.Message {
			return &api.DeleteGroupsRequest{Header: r.Header, GroupsNames: names}
		})
		return true
	case *api.ShareGroupDescribeRequest:
		b.split(fx, c, m, r.GroupIDs, func(names []string) sim.Message {
			return &api.ShareGroupDescribeRequest{Header: r.Header, GroupIDs: names}
		})
		return true
	}
	return b.CoordinatorOf(groupOf(m)).Handle(fx, c, m, b)
}

// groupOf is the group that a request is about.
func groupOf(m sim.Message) string {
	switch r := m.(type) {
	case *api.HeartbeatRequest:
		return r.GroupID
	case *api.OffsetCommitRequest:
		return r.GroupID
	case *api.OffsetFetchRequest:
		return r.GroupID
	case *api.JoinGroupRequest:
		return r.GroupID
	case *api.SyncGroupRequest:
		return r.GroupID
	case *api.LeaveGroupRequest:
		return r.GroupID
	case *api.OffsetDeleteRequest:
		return r.GroupID
	case *api.ShareGroupHeartbeatRequest:
		return r.GroupID
	}
	return ""
}

// split asks each shard for its groups.
func (b *Broker) split(fx *sim.Effects, c sim.Conn, m sim.Message, names []string, request func([]string) sim.Message) {
	g := gather{conn: c, request: m}
	mine := make([][]string, len(b.shards))
	for _, name := range names {
		i := group.PartitionFor(name, int32(len(b.shards)))
		mine[i] = append(mine[i], name)
	}
	for i := range mine {
		if mine[i] != nil {
			g.parts = append(g.parts, part{shard: int32(i)})
		}
	}
	b.begin(fx, g, func(shard int32) sim.Message { return request(mine[shard]) })
}

// listGroups asks the shards that there are: those that work or load.
func (b *Broker) listGroups(fx *sim.Effects, c sim.Conn, r *api.ListGroupsRequest) {
	g := gather{conn: c, request: r}
	for i := range b.shards {
		if b.shards[i].IsActive() || b.shards[i].IsLoading() {
			g.parts = append(g.parts, part{shard: int32(i)})
		}
	}
	b.begin(fx, g, func(int32) sim.Message { return r })
}

// begin sends each shard its part; the answers come with those to all other
// requests.
func (b *Broker) begin(fx *sim.Effects, g gather, request func(shard int32) sim.Message) {
	if len(g.parts) == 0 {
		b.reply(fx, g.conn, g.merged())
		return
	}
	b.live.gathers = append(b.live.gathers, g)
	for i := range g.parts {
		b.shards[g.parts[i].shard].Handle(fx, g.conn, request(g.parts[i].shard), b)
	}
}

// deliver takes a shard's answer to the one who asked, or to what it is a part of.
func (b *Broker) deliver(fx *sim.Effects, shard int32, a *group.Answer) {
	i := slices.IndexFunc(b.live.gathers, func(g gather) bool { return g.conn == a.Conn })
	if i < 0 {
		b.reply(fx, a.Conn, a.Message)
		return
	}
	g, waits := &b.live.gathers[i], false
	for j := range g.parts {
		if p := &g.parts[j]; p.shard == shard {
			p.answer = a.Message
		}
		waits = waits || g.parts[j].answer == nil
	}
	if waits {
		return
	}
	done := *g
	if b.live.gathers = slices.Delete(b.live.gathers, i, i+1); len(b.live.gathers) == 0 {
		b.live.gathers = nil
	}
	b.reply(fx, done.conn, done.merged())
}

// merged is the answer to the whole request: the shards' answers one behind the
// other, by partition (in Kafka a HashMap's order).
func (g *gather) merged() sim.Message {
	switch g.request.(type) {
	case *api.DescribeGroupsRequest:
		a := &api.DescribeGroupsResponse{}
		for _, p := range g.parts {
			a.Groups = append(a.Groups, p.answer.(*api.DescribeGroupsResponse).Groups...)
		}
		return a
	case *api.DeleteGroupsRequest:
		a := &api.DeleteGroupsResponse{}
		for _, p := range g.parts {
			a.Results = append(a.Results, p.answer.(*api.DeleteGroupsResponse).Results...)
		}
		return a
	case *api.ShareGroupDescribeRequest:
		a := &api.ShareGroupDescribeResponse{}
		for _, p := range g.parts {
			a.Groups = append(a.Groups, p.answer.(*api.ShareGroupDescribeResponse).Groups...)
		}
		return a
	}
	a := &api.ListGroupsResponse{}
	for _, p := range g.parts {
		switch one := p.answer.(*api.ListGroupsResponse); one.ErrorCode {
		case api.None:
			a.Groups = append(a.Groups, one.Groups...)
		case api.NotCoordinator: // lost meanwhile
		default:
			return &api.ListGroupsResponse{ErrorCode: one.ErrorCode}
		}
	}
	return a
}

// fireShard gives a timer to the shard that it is of.
func (b *Broker) fireShard(fx *sim.Effects, label, key string) bool {
	if len(b.shards) == 1 {
		return b.shards[0].Fire(fx, label, key, b)
	}
	if id, ok := group.GroupOfTimer(label, key); ok {
		return b.CoordinatorOf(id).Fire(fx, label, key, b)
	}
	for i := range b.shards {
		if b.shards[i].Partition() == key {
			return b.shards[i].Fire(fx, label, key, b)
		}
	}
	return false
}
