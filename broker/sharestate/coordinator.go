package sharestate

import (
	"unicode/utf16"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// StateTopic is the topic of the share coordinators' logs.
const StateTopic = "__share_group_state"

// Coordinator keeps the states of those share partitions that fall to one
// partition of __share_group_state. Its log is durable; live is not.
type Coordinator struct {
	settings  *Settings `canon:"-"` // shared with the broker; never changes
	partition string    `canon:"-"` // as timers name it
	log       stateLog
	live      live
	out       []Answer `canon:"-"` // empty between steps
}

// live is all that a crash drops.
type live struct {
	phase    phase
	states   states
	deferred []deferred
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

// New makes the share coordinator of the only broker, with an empty log.
func New(broker int32, s *Settings) Coordinator {
	return Coordinator{settings: s, partition: StateTopic + "/0", log: newStateLog(broker, s.ReplicationDelay > 0)}
}

// PartitionFor is which of n partitions of __share_group_state a share
// partition falls to (ShareCoordinatorService.partitionFor). In Kafka the
// topic's id stands in the place of its name.
func PartitionFor(k Key, n int32) int32 {
	if n <= 1 {
		return 0
	}
	h := int32(0)
	for _, u := range utf16.Encode([]rune(k.Group + ":" + k.Topic + ":" + itoa(k.Partition))) {
		h = h*31 + int32(u)
	}
	if h == -1<<31 {
		return 0
	}
	return max(h, -h) % n
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

// IsActive tells whether the coordinator has its log loaded and works.
func (c *Coordinator) IsActive() bool { return c.live.phase == active }

// Records gives what is in the coordinator's log; it is good until the next
// step and must not be changed.
func (c *Coordinator) Records() []Record { return c.log.records }

// State gives what is known of a share partition; not ok when that is nothing.
func (c *Coordinator) State(k Key) (v Value, ok bool) {
	p := c.live.states.get(&k)
	if p == nil {
		return Value{}, false
	}
	return p.value, true
}

// AppendHidden appends what tells coordinators apart beside their canonical
// form: while one is not active, what its log says.
func (c *Coordinator) AppendHidden(now sim.Time, buf []byte) []byte {
	if c.live.phase == active {
		return buf
	}
	s := c.replayLog()
	return canon.Append(buf, int64(now), &s)
}

// Unshare makes the coordinator, after its structure was copied, independent
// of the one it was copied from.
func (c *Coordinator) Unshare() {
	c.log.unshare()
	c.out = nil
}

// Handle takes a request. It is false if it is none for a share coordinator.
// Every request is answered once, now or later. One that names no group or no
// partition is answered without any (ShareCoordinatorService).
func (c *Coordinator) Handle(fx *sim.Effects, conn sim.Conn, m sim.Message, t Topics) bool {
	switch r := m.(type) {
	case *api.InitializeShareGroupStateRequest:
		c.change(fx, conn, len(r.Partitions), r.GroupID, func(i int, o *api.ShareStateOutcome) (rec *Record) {
			p := &r.Partitions[i]
			o.TopicPartition = p.TopicPartition
			rec, o.ErrorCode = c.initialize(Key{r.GroupID, p.TopicPartition}, p, t)
			return rec
		})
	case *api.WriteShareGroupStateRequest:
		c.change(fx, conn, len(r.Partitions), r.GroupID, func(i int, o *api.ShareStateOutcome) (rec *Record) {
			p := &r.Partitions[i]
			o.TopicPartition = p.TopicPartition
			rec, o.ErrorCode = c.write(Key{r.GroupID, p.TopicPartition}, &p.SharePartitionState, t)
			return rec
		})
	case *api.DeleteShareGroupStateRequest:
		c.change(fx, conn, len(r.Partitions), r.GroupID, func(i int, o *api.ShareStateOutcome) (rec *Record) {
			o.TopicPartition = r.Partitions[i]
			rec, o.ErrorCode = c.remove(Key{r.GroupID, r.Partitions[i]}, t)
			return rec
		})
	case *api.ReadShareGroupStateRequest:
		c.look(fx, conn, r.GroupID, r.Partitions, func(p *api.ShareStateRead) (api.ShareStateResult, *Record) {
			return c.read(Key{r.GroupID, p.TopicPartition}, p.LeaderEpoch, t)
		})
	case *api.ReadShareGroupStateSummaryRequest:
		c.look(fx, conn, r.GroupID, r.Partitions, func(p *api.ShareStateRead) (api.ShareStateResult, *Record) {
			return c.readSummary(Key{r.GroupID, p.TopicPartition}, t), nil
		})
	default:
		return false
	}
	return true
}

// TopicDeleted forgets the states of a topic (maybeCleanupShareState).
func (c *Coordinator) TopicDeleted(fx *sim.Effects, topic string) {
	if c.live.phase != active {
		return
	}
	var gone []Record
	for _, p := range c.live.states.All() {
		if (*p).key.Topic == topic {
			gone = append(gone, Record{Type: Snapshot, Key: (*p).key, Tombstone: true})
		}
	}
	w := c.begin(fx)
	for i := range gone {
		w.append(&gone[i])
	}
	w.end(sim.Conn{}, nil)
}
