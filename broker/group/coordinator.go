package group

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/internal/flat"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// Coordinator coordinates groups. Its log, its epoch and what is settled of
// the copies are durable; live is not.
type Coordinator struct {
	settings *Settings `canon:"-"` // shared with the broker; never changes
	log      offsetsLog
	epoch    int32 // how often it was loaded; part of member ids from 2 on
	live     live
	out      []Answer `canon:"-"` // empty between steps
	scratch  []Record `canon:"-"` // room for the records of one operation
}

// live is all that a crash and a resignation drop.
type live struct {
	phase    phase
	durable  durable
	undo     []undo
	groups   flat.Map[string, *classic]
	deferred []deferred
	serials  flat.Map[string, int32] // how many member ids were made for a client or instance id
	givenIDs []string                // ids to give to the next new members (GiveMemberID)
}

type phase uint8

const (
	down phase = iota
	loading
	active
)

// Answer is a response that the coordinator has for a connection.
type Answer struct {
	Conn    sim.Conn
	Message sim.Message
}

// Topics is what the coordinator must know of topics: offsets are kept for
// partitions that exist only.
type Topics interface {
	HasPartition(api.TopicPartition) bool
}

// New makes the coordinator of a broker, with an empty log.
func New(broker int32, s *Settings) Coordinator {
	return Coordinator{settings: s, log: newOffsetsLog(broker, s.ReplicationDelay > 0)}
}

// Crash drops what does not outlive the process.
func (c *Coordinator) Crash() {
	c.live = live{}
	c.out = nil
}

// Take gives what there is to answer, in order. The slice is good until the
// coordinator is called again.
func (c *Coordinator) Take() []Answer {
	out := c.out
	c.out = c.out[:0]
	return out
}

// Handle takes a request. It is false if it is none for a coordinator of
// groups. Every request is answered once, now or later, unless a newer one
// takes its place.
func (c *Coordinator) Handle(fx *sim.Effects, conn sim.Conn, m sim.Message, t Topics) bool {
	switch r := m.(type) {
	case *api.HeartbeatRequest:
		c.heartbeat(fx, conn, r)
	case *api.OffsetCommitRequest:
		c.offsetCommit(fx, conn, r, t)
	case *api.OffsetFetchRequest:
		c.offsetFetch(fx, conn, r)
	case *api.JoinGroupRequest:
		c.joinGroup(fx, conn, r)
	case *api.SyncGroupRequest:
		c.syncGroup(fx, conn, r)
	case *api.LeaveGroupRequest:
		c.leaveGroup(fx, conn, r)
	default:
		return false
	}
	return true
}

// GiveMemberID prescribes the id of the next new member. So a comparison with
// a live broker can use the ids that the broker drew.
func (c *Coordinator) GiveMemberID(id string) {
	c.live.givenIDs = append(c.live.givenIDs, id)
}

// AppendHidden appends what tells coordinators apart beside their canonical
// form. An active one's log says nothing that its durable state does not; in
// all other phases the log is all there is.
func (c *Coordinator) AppendHidden(now sim.Time, buf []byte) []byte {
	if c.live.phase == active {
		return buf
	}
	d, u := c.replayLog()
	buf = canon.Append(buf, int64(now), &d)
	return canon.Append(buf, int64(now), &u)
}

// Unshare makes the coordinator, after its structure was copied, independent
// of the one it was copied from.
func (c *Coordinator) Unshare() {
	c.log.unshare()
	c.out, c.scratch = nil, nil
}

func (c *Coordinator) answer(conn sim.Conn, m sim.Message) {
	c.unguard(conn)
	c.out = append(c.out, Answer{conn, m})
}

// inactive is the error of requests to a coordinator that is not active.
func (c *Coordinator) inactive() api.ErrorCode {
	switch c.live.phase {
	case active:
		return api.None
	case loading:
		return api.CoordinatorLoadInProgress
	}
	return api.NotCoordinator
}

func (c *Coordinator) group(id string) *classic {
	if g := c.live.groups.Get(id); g != nil {
		return *g
	}
	return nil
}

func (c *Coordinator) newGroup(fx *sim.Effects, id string) *classic {
	return *c.live.groups.Put(id, newClassic(id, fx.Now()))
}

// observe tells the history what happened in a group.
func observe(fx *sim.Effects, kind model.Kind, g *classic, member, cause string) {
	e := &model.Event{Kind: kind, Group: g.id, Generation: g.generation, Member: member, Cause: cause}
	if kind != model.Removed {
		e.Members = g.memberIDs()
	}
	fx.Observe(e)
}
