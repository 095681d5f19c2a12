package realkafka

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/model"
)

// joinTap tells of a member that joins, and what its requests and answers show
// of the coordinator: that a rebalance begins with the first request to join
// after a generation was formed, and that one was formed, of which the leader
// is told. The coordinator knows a little earlier: when a session ends it
// waits for requests of which the first is seen only later.
func (c *consumer) joinTap(r kmsg.Request) func(kmsg.Response) {
	req := r.(*kmsg.JoinGroupRequest)
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.member = false
	if c.joined && !c.dead { // else it only asks again, with the id that it was given
		why := ""
		if req.Reason != nil {
			why = joinCause(*req.Reason)
		}
		c.tellMember(model.Event{Kind: model.Joining, Cause: why})
		c.play.rebalancing(c.crowd.Group.Name, c.name()+": "+why)
	}
	c.joined = true // also when the answer is lost
	return func(r kmsg.Response) { c.joinAnswered(r.(*kmsg.JoinGroupResponse)) }
}

func (c *consumer) joinAnswered(resp *kmsg.JoinGroupResponse) {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	switch kerr.ErrorForCode(resp.ErrorCode) {
	case kerr.MemberIDRequired, kerr.UnknownMemberID:
		c.joined = false
	case nil:
		if resp.LeaderID == resp.MemberID && !c.dead {
			c.play.formed(c.crowd.Group.Name, resp)
		}
	}
}

// joinCause is the reason that a franz-go client gives, in the words of the
// simulated one.
func joinCause(reason string) string {
	for _, known := range [][2]string{
		{"beginning to manage", "start"}, {"normal rebalance", "rebalance"}, {"previously errored", "after a failure"},
		{"new partitions", "metadata"}, {"after revoking", "revoked"},
	} {
		if strings.Contains(reason, known[0]) {
			return known[1]
		}
	}
	return reason
}

// group is what is known of a group. p.mu is held.
func (p *play) group(name string) *group {
	if p.groups[name] == nil {
		p.groups[name] = &group{}
	}
	return p.groups[name]
}

// group is what the members' requests show of their coordinator.
type group struct {
	forming    bool  // a rebalance is under way
	generation int32 // formed last
}

// rebalancing tells that a rebalance begins, unless one is under way. p.mu is
// held.
func (p *play) rebalancing(group, why string) {
	if g := p.group(group); !g.forming {
		g.forming = true
		p.emit(&model.Event{Kind: model.Rebalancing, Node: p.trial.Names.Name(0), Group: group,
			Generation: g.generation, Cause: why})
	}
}

// formed tells that a generation is complete, the leader first. p.mu is held.
func (p *play) formed(group string, resp *kmsg.JoinGroupResponse) {
	g := p.group(group)
	g.forming, g.generation = false, resp.Generation
	members := []string{resp.LeaderID}
	for _, m := range resp.Members {
		if m.MemberID != resp.LeaderID {
			members = append(members, m.MemberID)
		}
	}
	p.emit(&model.Event{Kind: model.Formed, Node: p.trial.Names.Name(0), Group: group,
		Generation: resp.Generation, Members: members})
}
