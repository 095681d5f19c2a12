package checkpoint

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// OperatorTask applies what arrives on its channels, in the order of arrival,
// and gives results to the sink of its slot.
type OperatorTask struct {
	tm       *TaskManager
	name     string
	place    Place
	function Operator
	uploads  *Uploads
	touched  []bool // key groups with state

	handed []*Buffer // from the source of the same slot, not arrived yet
	inbox  []*Buffer // arrived and not taken
	gate
	valve   *valve
	ended   int     // channels that have ended
	doing   *Buffer // being worked on
	flushes int64   // the checkpoint whose flush of the sink is awaited; 0: none
	drained bool    // the last watermark has passed
	told    bool    // the JobManager knows that the input has ended
}

const (
	timerWork  = "work"
	timerLocal = "exchange"

	// localDelay is how long a buffer takes within a slot.
	localDelay = 50 * sim.Microsecond
)

func (o *OperatorTask) begin(p Place) {
	o.place, o.name = p, taskName(operatorTask, p.Subtask)
	o.function, o.uploads = o.tm.cfg.Operator(), &Uploads{}
	o.touched = make([]bool, o.tm.cfg.MaxParallelism)
	n := p.Parallelism
	if o.tm.cfg.Forward {
		n = 1
	}
	o.gate = newGate(n, o.tm.cfg.Mode == ExactlyOnce)
	o.valve = newValve(n)
}

func (o *OperatorTask) restore(group int, state []byte) error {
	o.touched[group] = true
	return o.function.Restore(group, state)
}

// channel is the number of the channel on which a source's buffers come.
func (o *OperatorTask) channel(b *Buffer) int {
	if o.tm.cfg.Forward {
		return 0
	}
	return b.From
}

// local takes what the slot's own source has sent.
func (t *TaskManager) local(fx *sim.Effects) {
	o := &t.Operator
	o.inbox = append(o.inbox, o.handed...)
	o.handed = nil
	o.run(fx)
}

func (o *OperatorTask) arrive(b *Buffer, fx *sim.Effects) {
	t := o.tm
	if t.status != working && t.status != waiting || b.Attempt != t.deploy.Attempt {
		return
	}
	o.inbox = append(o.inbox, b)
	o.run(fx)
}

// run takes what can be taken: not from blocked channels, and nothing while
// the task's thread is at work, or waits for the sink.
func (o *OperatorTask) run(fx *sim.Effects) {
	for o.doing == nil && o.flushes == 0 && !o.tm.Sink.full() && o.tm.status != broken && o.tm.status != offering {
		at := slices.IndexFunc(o.inbox, func(b *Buffer) bool { return !o.blocked(o.channel(b)) })
		if at < 0 {
			return
		}
		b := o.inbox[at]
		o.inbox = slices.Delete(o.inbox, at, at+1)
		o.take(b, fx)
	}
}

func (o *OperatorTask) take(b *Buffer, fx *sim.Effects) {
	switch {
	case len(b.Records) > 0 && o.tm.cfg.WorkAt > 0:
		o.doing = b
		fx.SetTimer(timerWork, "", o.tm.cfg.WorkAt*sim.Time(len(b.Records)))
	case len(b.Records) > 0:
		o.apply(b, fx)
	case b.Barrier != 0:
		o.barrier(b, fx)
	case b.HasMark:
		if t, ok := o.valve.take(o.channel(b), b.Watermark, b.Idle); ok {
			o.advance(t, fx)
		}
	case b.End:
		o.ended++
		o.end(fx)
	}
}

// worked ends the work on a buffer.
func (o *OperatorTask) worked(fx *sim.Effects) {
	if b := o.doing; b != nil {
		o.doing = nil
		o.apply(b, fx)
		o.run(fx)
	}
}

// apply takes the effects of records into the state.
func (o *OperatorTask) apply(b *Buffer, fx *sim.Effects) {
	most := o.tm.cfg.MaxParallelism
	out := Output{Now: fx.Now()}
	var late []model.PartitionOffset
	var times []string // of these
	for i := range b.Records {
		r := &b.Records[i]
		g := keyGroup(r.Key, most)
		o.touched[g] = true
		before := out.late
		o.function.Apply(r, g, &out)
		if out.late > before {
			late = append(late, model.PartitionOffset{TopicPartition: r.TopicPartition, Offset: r.Offset})
			times = append(times, itoa(r.Timestamp))
		}
	}
	o.observeApplied(b.Records, late, times, fx)
	o.give(&out, fx)
	o.creditTo(b, fx)
}

// observeApplied tells the history which records are in the state, and which
// were left out.
func (o *OperatorTask) observeApplied(records []Record, late []model.PartitionOffset, times []string, fx *sim.Effects) {
	ev := model.Event{Kind: model.Applied, Member: o.name, Generation: o.tm.generation()}
	if n := run(records); n == len(records) && late == nil {
		ev.TopicPartition, ev.From, ev.To = records[0].TopicPartition, records[0].Offset, records[n-1].Offset+1
		fx.Observe(&ev)
		return
	}
	ev.Partitions = make([]model.PartitionOffset, 0, len(records))
	for i := range records {
		p := model.PartitionOffset{TopicPartition: records[i].TopicPartition, Offset: records[i].Offset}
		if !slices.Contains(late, p) {
			ev.Partitions = append(ev.Partitions, p)
		}
	}
	if len(ev.Partitions) > 0 {
		fx.Observe(&ev)
	}
	if late != nil {
		fx.Observe(&model.Event{Kind: model.Late, Member: o.name, Generation: o.tm.generation(), Partitions: late, Values: times})
	}
}

func (o *OperatorTask) give(out *Output, fx *sim.Effects) {
	for i := range out.emit {
		o.tm.Sink.write(&out.emit[i], fx)
	}
}

// creditTo lets the sender of a buffer send another one.
func (o *OperatorTask) creditTo(b *Buffer, fx *sim.Effects) {
	c := &Credit{Attempt: b.Attempt, To: o.place.Subtask}
	node := o.tm.deploy.Peers[b.From]
	if node == fx.Self() {
		o.tm.Source.credit(c, fx)
		return
	}
	fx.Send(node, laneData, c)
}

// advance moves event time on.
func (o *OperatorTask) advance(t int64, fx *sim.Effects) {
	fx.Observe(&model.Event{Kind: model.Watermarked, Member: o.name, Generation: o.tm.generation(), To: t})
	out := Output{Now: fx.Now()}
	o.function.Watermark(t, &out)
	o.give(&out, fx)
}

// barrier takes one into the gate; when all that are awaited have come the
// state is taken, and the sink flushed before anything else.
func (o *OperatorTask) barrier(b *Buffer, fx *sim.Effects) {
	switch o.gate.take(o.channel(b), b.Barrier) {
	case aligning:
		fx.Observe(&model.Event{Kind: model.AlignmentStarted, Member: o.name, Generation: o.tm.generation(), Op: b.Barrier})
	case aligned:
		o.snapshot(b.Barrier, b.Savepoint, fx)
	}
}

func (o *OperatorTask) snapshot(id int64, savepoint bool, fx *sim.Effects) {
	fx.Observe(&model.Event{Kind: model.SnapshotTaken, Member: o.name, Generation: o.tm.generation(), Op: id})
	var state []GroupState
	for g, touched := range o.touched {
		if !touched {
			continue
		}
		if data := o.function.Snapshot(g); data != nil {
			state = append(state, GroupState{Group: g, Data: data})
		}
	}
	known := o.uploads
	if savepoint {
		known = nil
	}
	o.tm.upload(id, o.name, state, known, fx)
	o.flushes = id
	o.tm.Sink.barrier(id, fx)
}

// flushed goes on after the sink's snapshot.
func (o *OperatorTask) flushed(fx *sim.Effects) {
	o.flushes = 0
	o.run(fx)
}

// aborted gives up the alignment for a checkpoint.
func (o *OperatorTask) aborted(id int64, fx *sim.Effects) {
	o.gate.abort(id)
	o.run(fx)
}

// end lets all windows fire when all input has ended, and tells the JobManager
// when what they gave is written.
func (o *OperatorTask) end(fx *sim.Effects) {
	if o.ended < o.gate.channels() || o.told {
		return
	}
	if !o.drained {
		o.drained = true
		out := Output{Now: fx.Now()}
		o.function.Watermark(lastWatermark, &out)
		o.give(&out, fx)
	}
	if o.tm.Sink.waits() {
		return
	}
	o.told = true
	fx.Send(o.tm.cfg.JobManager, laneControl, &Finished{Attempt: o.place.Attempt})
}

func (o *OperatorTask) busy() bool {
	return o.doing != nil || o.flushes != 0 || slices.ContainsFunc(o.inbox, carries) || slices.ContainsFunc(o.handed, carries)
}

func carries(b *Buffer) bool { return len(b.Records) > 0 }
