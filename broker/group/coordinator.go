package group

import (
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/internal/flat"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// Coordinator coordinates groups. Its log, its epoch and what is settled of
// the copies are durable; live is not.
type Coordinator struct {
	settings *Settings `canon:"-"` // shared with the broker; never changes
	// partition is that of __consumer_offsets, as timers name it; shared
	// says that other brokers have it, too.
	partition string `canon:"-"`
	shared    bool   `canon:"-"`
	log       offsetsLog
	epoch     int32 // how often it was loaded; part of member ids from 2 on
	live      live
	out       []Answer `canon:"-"` // empty between steps
	scratch   []Record `canon:"-"` // room for the records of one operation
	grew      bool     `canon:"-"` // the log has; only the brokers of a cluster look at it
	calls     []Call   `canon:"-"` // to share coordinators; empty between steps
	calling   []calling
	serial    int64 `canon:"-"` // of the last call
}

// live is all that a crash and a resignation drop.
type live struct {
	phase     phase
	unloading bool // its broker leads the partition no more
	durable   durable
	undo      []undo
	groups    flat.Map[string, *classic]
	deferred  []deferred
	serials   flat.Map[string, int32] // how many member ids were made for a client or instance id
	givenIDs  []string                // ids to give to the next new members (GiveMemberID)
	// initStamps are of share groups whose partitions are being initialised.
	initStamps flat.Map[string, initStamp]

	// What the timer of expiry is for, which the times of commits tell; these
	// are no part of the state's identity.
	loadedAt    sim.Time `canon:"-"`
	expiry      sim.Time `canon:"-"`
	expiryArmed bool     `canon:"-"`
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
// partitions that exist only, and share groups are given these.
type Topics interface {
	HasPartition(api.TopicPartition) bool
	Topic(name string) (t TopicInfo, ok bool)
}

// TopicInfo is one topic.
type TopicInfo struct {
	ID         int64 // tells it from one of the same name before
	Partitions int32
}

// New makes the coordinator of the only broker, with an empty log.
func New(broker int32, s *Settings) Coordinator {
	return NewShard(broker, 0, s)
}

// NewShard is New for one of several partitions of __consumer_offsets.
func NewShard(broker, partition int32, s *Settings) Coordinator {
	return Coordinator{settings: s, partition: partitionName(partition), log: newOffsetsLog(broker, s.ReplicationDelay > 0)}
}

// NewReplica makes what a broker of a cluster has for one partition of
// __consumer_offsets: a replica of its log, and a coordinator while it leads.
func NewReplica(broker, partition int32, s *Settings, rules log.Rules) Coordinator {
	return Coordinator{
		settings: s, partition: partitionName(partition), shared: true,
		log: offsetsLog{Replication: log.NewReplicaState(broker, rules), compactAt: minCompact},
	}
}

func partitionName(i int32) string {
	if i == 0 {
		return OffsetsPartition
	}
	return OffsetsTopic + "/" + strconv.Itoa(int(i))
}

// Crash drops what does not outlive the process.
func (c *Coordinator) Crash() {
	c.live = live{}
	c.out, c.calls, c.calling = nil, nil, nil
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
	case *api.DescribeGroupsRequest:
		c.describeGroups(conn, r)
	case *api.ListGroupsRequest:
		c.listGroups(conn, r)
	case *api.DeleteGroupsRequest:
		c.deleteGroups(fx, conn, r, t)
	case *api.OffsetDeleteRequest:
		c.offsetDelete(fx, conn, r, t)
	default:
		return c.handleShare(fx, conn, m, t)
	}
	return true
}

// handleShare takes the requests that are about share groups.
func (c *Coordinator) handleShare(fx *sim.Effects, conn sim.Conn, m sim.Message, t Topics) bool {
	switch r := m.(type) {
	case *api.ShareGroupHeartbeatRequest:
		c.shareHeartbeat(fx, conn, r, t)
	case *api.ShareGroupDescribeRequest:
		c.shareDescribe(conn, r, t)
	case *api.AlterShareGroupOffsetsRequest:
		c.alterShareOffsets(fx, conn, r, t)
	case *api.DeleteShareGroupOffsetsRequest:
		c.deleteShareOffsets(fx, conn, r, t)
	case *api.DescribeShareGroupOffsetsRequest:
		c.describeShareOffsets(conn, r, t)
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
// form. The log of the only broker's, while it is active, says nothing that its
// durable state does not; in all other phases the log is all there is. What
// other brokers have to agree with counts to the last offset.
func (c *Coordinator) AppendHidden(now sim.Time, buf []byte) []byte {
	if c.shared {
		buf = canon.Append(buf, int64(now), &c.log.Replication)
		return canon.Append(buf, int64(now), &c.log.records)
	}
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
	c.out, c.scratch, c.calls = nil, nil, nil
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
	c.rememberGroup(id, false, "")
	return *c.live.groups.Put(id, newClassic(id, fx.Now()))
}
