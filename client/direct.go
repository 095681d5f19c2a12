package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Where Assign begins with a partition whose offset nobody knows yet
// (KafkaPartitionSplit of Flink).
const (
	FromLatest    int64 = -1
	FromEarliest  int64 = -2
	FromCommitted int64 = -3 // of Config.Group; where nothing is committed, by Config.Reset
)

// DirectTimers are the labels of a Direct's timers. The node that it is in has
// none of its own under them.
var DirectTimers = []string{timerRetry, timerTimeout, timerMetadata, timerLookup, timerAutoCommit, timerCommitRetry,
	timerCommitTimeout, timerHeartbeat, timerRejoin, timerSession, timerMaxPoll, timerPrepare, timerClose}

// Direct is a consumer inside a node that has other work, too: a task of a
// checkpointing job. It reads what it is told to (Assign), as no group's member,
// or what a group gives it (Subscribe). What its calls bring about, Told tells
// afterwards.
//
// Assigned by hand it is a kgo client with ConsumePartitions, or a KafkaConsumer
// after assign(). In the history its records and positions are of no group
// then; commits and questions for offsets are, without a member.
//
// To the node's other parts it leaves all connections but those to
// Config.Brokers, and all timers but DirectTimers.
type Direct struct {
	Consumer Consumer
	Opened   bool
	Splits   []model.PartitionOffset // as assigned last
	Conns    []sim.Conn              // on which something came since Open

	base *Config  `canon:"-"`
	told AppEvent `canon:"-"` // what Told gave last
}

// NewDirect makes one; Config.Topics counts for nothing.
func NewDirect(cfg *Config) *Direct {
	d := &Direct{base: cfg}
	d.Consumer.init(cfg)
	return d
}

// Step takes an input of the node, and tells whether it was the consumer's.
func (d *Direct) Step(in *sim.Input, fx *sim.Effects) bool {
	switch in.Kind {
	case sim.InMessage, sim.InClosed:
		if !d.base.isBroker(in.Conn.Peer) {
			return false
		}
		d.note(in)
	case sim.InTimer:
		if !slices.Contains(DirectTimers, in.Label) {
			return false
		}
	default:
		return false
	}
	d.Consumer.step(in, fx)
	d.Consumer.settleStep(fx)
	return true
}

// note keeps the connections that are open.
func (d *Direct) note(in *sim.Input) {
	at := slices.IndexFunc(d.Conns, func(c sim.Conn) bool { return c.Peer == in.Conn.Peer && c.Lane == in.Conn.Lane })
	switch {
	case in.Kind == sim.InMessage && at < 0:
		d.Conns = append(d.Conns, in.Conn)
	case in.Kind == sim.InMessage:
		d.Conns[at] = in.Conn
	case at >= 0 && d.Conns[at] == in.Conn:
		d.Conns = slices.Delete(d.Conns, at, at+1)
	}
	if len(d.Conns) == 0 {
		d.Conns = nil
	}
}

// Told takes the next thing to be told, of the kinds AppRecords, AppCommitted,
// AppOffsets, AppAssigned, AppRevoked, AppLost and AppFailed; it is valid until
// the next call.
func (d *Direct) Told() (*AppEvent, bool) {
	c := &d.Consumer
	if len(c.Told) == 0 {
		return nil, false
	}
	d.told = c.Told[0]
	c.Told = slices.Delete(c.Told, 0, 1)
	return &d.told, true
}

// Open connects; it is set to read nothing.
func (d *Direct) Open(fx *sim.Effects) {
	if d.Opened {
		return
	}
	c := &d.Consumer
	d.Opened, c.Manual = true, true
	d.follow([]string{}, fx)
	if c.cfg.pol.java {
		c.autoCommitBegins(fx) // also without a group's assignment
	}
}

// follow sets the topics that metadata are asked for, and asks.
func (d *Direct) follow(topics []string, fx *sim.Effects) {
	cfg := *d.base
	cfg.Topics = topics
	d.Consumer.cfg = &cfg
	d.Consumer.abandon(forMetadata, fx) // an answer about other topics
	d.Consumer.askMetadata(fx)
}

// Subscribe joins Config.Group to read topics. What was assigned by hand is
// left first: no client mixes the two.
func (d *Direct) Subscribe(topics []string, fx *sim.Effects) {
	if c := &d.Consumer; !c.Manual || len(c.Positions)+len(c.Commits) > 0 {
		d.Close(fx)
	}
	d.Open(fx)
	d.Consumer.Manual = false
	d.follow(topics, fx)
	d.Consumer.settleStep(fx)
}

// Poll asks for up to most records, until StopPolling.
func (d *Direct) Poll(most int, fx *sim.Effects) {
	if d.Opened {
		d.Consumer.Poll(most, fx)
		d.Consumer.settleStep(fx)
	}
}

// StopPolling ends a poll that has brought nothing yet.
func (d *Direct) StopPolling() { d.Consumer.StopPolling() }

// PositionOf is the offset of the next record to be told of a partition; -1
// when that is not known.
func (d *Direct) PositionOf(p model.TopicPartition) int64 { return d.Consumer.PositionOf(p) }

// Commit stores offsets, and gives the number that AppCommitted tells. Without
// a membership commits go one after the other (kadm.CommitOffsets,
// KafkaConsumer.commitSync; see sendManual); with one as Consumer.Commit says.
func (d *Direct) Commit(offsets []model.PartitionOffset, fx *sim.Effects) int64 {
	c := &d.Consumer
	if !d.Opened {
		c.LastOp++
		c.tell(AppEvent{Kind: AppCommitted, Op: c.LastOp, Err: disconnected})
		return c.LastOp
	}
	op := c.Commit(offsets, fx)
	c.settleStep(fx)
	return op
}

// AskCommitted asks for the group's offsets: AppOffsets.
func (d *Direct) AskCommitted(of []model.TopicPartition, fx *sim.Effects) int64 {
	c := &d.Consumer
	if !d.Opened {
		c.LastOp++
		c.tell(AppEvent{Kind: AppOffsets, Op: c.LastOp, Err: disconnected})
		return c.LastOp
	}
	return c.AskCommitted(of, fx)
}

// CallbackDone says that the application's callback is over.
func (d *Direct) CallbackDone(fx *sim.Effects) {
	if d.Opened {
		d.Consumer.CallbackDone(fx)
		d.Consumer.settleStep(fx)
	}
}

// Crash drops all that does not survive the process.
func (d *Direct) Crash() {
	d.Consumer.init(d.base)
	*d = Direct{Consumer: d.Consumer, base: d.base}
}

// Close ends all that is under way, as a client that is thrown away: nothing
// more is told, and commits that were not answered may have taken effect or not.
// A group's member says that it leaves, unless it is static, and waits for
// nothing: no callback runs. Afterwards Open, Assign or Subscribe begin anew.
func (d *Direct) Close(fx *sim.Effects) {
	if !d.Opened {
		return
	}
	c := &d.Consumer
	c.dropOwned(fx)
	last, left := c.sayLeaving(fx)
	for _, conn := range d.Conns {
		if !left || conn != last {
			fx.Hangup(conn)
		}
	}
	var keep []call
	for i := range c.List {
		switch k := &c.List[i]; {
		case k.State == backing:
			fx.StopTimer(timerRetry, c.retryKey(*k))
		case k.State == waiting:
		case left && k.Conn == last: // its answers must be known when they come
			k.State = abandoned
			keep = append(keep, *k)
		default:
			fx.Hangup(k.Conn)
			fx.StopTimer(timerTimeout, c.cfg.laneKeys[k.Broker][k.Conn.Lane])
		}
	}
	for _, label := range DirectTimers {
		fx.StopTimer(label, "")
	}
	fx.StopTimer(timerHeartbeat, keyFast)
	tag := c.LastTag
	d.Crash()
	if c.LastTag = tag; left {
		c.List, d.Conns = keep, []sim.Conn{last}
	}
}

// dropOwned tells the history that a member owns nothing any more: it has
// revoked it, or lost it already.
func (c *Consumer) dropOwned(fx *sim.Effects) {
	owned := c.Owned
	if c.Running != noCallback && c.Running != onAssigned {
		c.observe(fx, c.ownership(model.RevokeDone, c.Giving))
		owned = minus(owned, c.Giving)
	}
	if len(owned) == 0 {
		return
	}
	kind := model.Revoked
	if c.Phase != member || c.Generation < 0 || c.Failure != api.None && !c.Revoking {
		kind = model.Lost
	}
	c.observe(fx, c.ownership(kind, owned))
	c.observe(fx, c.ownership(model.RevokeDone, owned))
}

// sayLeaving sends LeaveGroup, if a member would, and gives the connection.
func (c *Consumer) sayLeaving(fx *sim.Effects) (on sim.Conn, sent bool) {
	known := c.Coordinator >= 0 && c.MemberID != "" && c.Phase != starting && (c.Phase != resting || !c.cfg.pol.java)
	if c.Manual || !known || c.cfg.InstanceID != "" && (c.cfg.pol.java || !c.RejoinOwed) {
		return sim.Conn{}, false
	}
	c.abandon(forLeave, fx)
	c.sendLeave("the client is thrown away", fx)
	return c.List[len(c.List)-1].Conn, true
}
