package sharestate

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// The coordinator's timers, as decision logs name them; their key is the
// partition of __share_group_state.
const (
	TimerReplicate    = "replicate"              // the other replicas have caught up
	TimerWriteTimeout = "share-write-timeout"    // they have not
	TimerReady        = "share-coordinator-load" // the coordinator has read its log
)

// deferred is an answer that waits for the high watermark; they are in the
// order of their offsets.
type deferred struct {
	offset   int64    `canon:"-"`   // done when the high watermark is here; the order tells enough
	deadline sim.Time `canon:"rel"` // fails then
	conn     sim.Conn
	answer   sim.Message `canon:"shared"`
	// waits is the first partition of the answer that waits; those before it
	// failed on the spot.
	waits int
}

// writing is a request under way: each of its partitions is an operation of its
// own in Kafka, and they are answered together.
type writing struct {
	c     *Coordinator
	fx    *sim.Effects
	waits int // the first partition that waits; -1: none so far
	at    int // the partition that is looked at
	was   bool
}

func (c *Coordinator) begin(fx *sim.Effects) *writing {
	w := &writing{c: c, fx: fx, waits: -1, was: c.log.Lagging()}
	if w.was {
		w.waits = 0
	}
	return w
}

// append adds a record to the log and replays it. The error is the append's.
func (w *writing) append(r *Record) api.ErrorCode {
	switch c := w.c; {
	case c.live.phase != active:
		return c.inactive()
	case !c.log.Leads():
		return api.NotCoordinator
	case c.log.UnderMinISR():
		return api.CoordinatorNotAvailable
	default:
		c.log.append(r)
		c.live.states.replay(r, c.settings.SnapshotUpdateRecordsPerSnapshot)
		if w.waits < 0 {
			w.waits = w.at
		}
		return api.None
	}
}

// end answers, now or when all is committed.
func (w *writing) end(conn sim.Conn, answer sim.Message) {
	c := w.c
	if !c.log.Lagging() {
		c.answer(conn, answer)
		return
	}
	if !w.was && c.log.Trailed() {
		w.fx.SetTimer(TimerReplicate, c.partition, c.settings.ReplicationDelay)
	}
	if answer == nil {
		return
	}
	timeout := sim.Time(c.settings.WriteTimeoutMs) * sim.Millisecond
	c.live.deferred = append(c.live.deferred, deferred{
		offset: c.log.end, deadline: w.fx.Now() + timeout, conn: conn, answer: answer, waits: w.waits,
	})
	if len(c.live.deferred) == 1 {
		w.fx.SetTimer(TimerWriteTimeout, c.partition, timeout)
	}
}

func (c *Coordinator) answer(conn sim.Conn, m sim.Message) {
	if m != nil {
		c.out = append(c.out, Answer{conn, m})
	}
}

// change is a request that changes states: each of n partitions through do.
func (c *Coordinator) change(fx *sim.Effects, conn sim.Conn, n int, group string, do func(int, *api.ShareStateOutcome) *Record) {
	a := &api.ShareGroupStateResponse{}
	if group == "" || n == 0 {
		c.answer(conn, a)
		return
	}
	a.Partitions = make([]api.ShareStateOutcome, n)
	w := c.begin(fx)
	for w.at = range n {
		o := &a.Partitions[w.at]
		if r := do(w.at, o); r != nil {
			o.ErrorCode = w.append(r)
		}
	}
	if err := c.inactive(); err != api.None {
		c.answer(conn, failed(a, 0, err)) // whatever was found of states that are not there
		return
	}
	w.end(conn, a)
}

// look is a request that reads states: each partition through do.
func (c *Coordinator) look(fx *sim.Effects, conn sim.Conn, group string, asked []api.ShareStateRead, do func(*api.ShareStateRead) (api.ShareStateResult, *Record)) {
	a := &api.ReadShareGroupStateResponse{}
	if group == "" || len(asked) == 0 {
		c.answer(conn, a)
		return
	}
	a.Partitions = make([]api.ShareStateResult, len(asked))
	w := c.begin(fx)
	for w.at = range asked {
		res, r := do(&asked[w.at])
		if r != nil {
			if err := w.append(r); err != api.None {
				res = api.ShareStateResult{TopicPartition: res.TopicPartition, ErrorCode: err}
			}
		}
		a.Partitions[w.at] = res
	}
	if err := c.inactive(); err != api.None {
		c.answer(conn, failed(a, 0, err))
		return
	}
	w.end(conn, a)
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

// Fire takes a timer that went off. It is false if it is none of the
// coordinator's.
func (c *Coordinator) Fire(fx *sim.Effects, label, key string) bool {
	if key != c.partition {
		return false
	}
	switch label {
	case TimerReplicate:
		c.log.CatchUp()
		c.Committed(fx)
	case TimerWriteTimeout:
		n := 0
		for n < len(c.live.deferred) && c.live.deferred[n].deadline <= fx.Now() {
			n++
		}
		// REQUEST_TIMED_OUT, as handleOperationException tells it.
		c.finish(fx, n, api.CoordinatorNotAvailable)
	case TimerReady:
		c.loaded()
	default:
		return false
	}
	return true
}

// Committed answers what the high watermark has passed.
func (c *Coordinator) Committed(fx *sim.Effects) {
	if !c.log.Leads() {
		return
	}
	n := 0
	for n < len(c.live.deferred) && c.live.deferred[n].offset <= c.log.HighWatermark() {
		n++
	}
	c.finish(fx, n, api.None)
}

// finish answers the first n that wait.
func (c *Coordinator) finish(fx *sim.Effects, n int, err api.ErrorCode) {
	for i := range n {
		d := &c.live.deferred[i]
		if err != api.None {
			c.answer(d.conn, failed(d.answer, d.waits, err))
		} else {
			c.answer(d.conn, d.answer)
		}
	}
	if c.live.deferred = slices.Clone(c.live.deferred[n:]); len(c.live.deferred) == 0 {
		c.live.deferred = nil
		fx.StopTimer(TimerWriteTimeout, c.partition)
		return
	}
	fx.SetTimer(TimerWriteTimeout, c.partition, c.live.deferred[0].deadline-fx.Now())
}

// failed is an answer of which all from a partition on has failed.
func failed(answer sim.Message, from int, err api.ErrorCode) sim.Message {
	switch a := answer.(type) {
	case *api.ShareGroupStateResponse:
		f := &api.ShareGroupStateResponse{Partitions: slices.Clone(a.Partitions)}
		for i := from; i < len(f.Partitions); i++ {
			f.Partitions[i].ErrorCode = err
		}
		return f
	case *api.ReadShareGroupStateResponse:
		f := &api.ReadShareGroupStateResponse{Partitions: slices.Clone(a.Partitions)}
		for i := from; i < len(f.Partitions); i++ {
			f.Partitions[i] = api.ShareStateResult{TopicPartition: f.Partitions[i].TopicPartition, ErrorCode: err}
		}
		return f
	}
	return answer
}

// Start is the broker coming up, and with it the coordinator: the log is there,
// all else is read from it.
func (c *Coordinator) Start(fx *sim.Effects) {
	if len(c.log.records) > 0 {
		c.log.NewEpoch()
	}
	if c.log.Lagging() {
		fx.SetTimer(TimerReplicate, c.partition, c.settings.ReplicationDelay)
	}
	c.load(fx)
}

// Reload makes the coordinator resign and come back, as when the leadership of
// its partition moves away and back.
func (c *Coordinator) Reload(fx *sim.Effects) {
	c.finish(fx, len(c.live.deferred), api.NotCoordinator)
	fx.StopTimer(TimerReady, c.partition)
	c.log.NewEpoch()
	c.load(fx)
}

func (c *Coordinator) load(fx *sim.Effects) {
	c.live = live{phase: loading}
	if len(c.log.records) == 0 || c.settings.LoadDelay == 0 {
		c.loaded()
		return
	}
	fx.SetTimer(TimerReady, c.partition, c.settings.LoadDelay)
}

func (c *Coordinator) loaded() {
	if c.live.phase == loading {
		c.live.states = c.replayLog()
		c.live.phase = active
	}
}

func (c *Coordinator) replayLog() (s states) {
	for i := range c.log.records {
		s.replay(&c.log.records[i], c.settings.SnapshotUpdateRecordsPerSnapshot)
	}
	return s
}
