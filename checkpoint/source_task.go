package checkpoint

import (
	"errors"
	"io"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// SourceTask runs a Reader: one thing after the other, from its mailbox, and
// polls it when there is nothing else to do and room downstream.
type SourceTask struct {
	tm       *TaskManager
	consumer Consumer
	reader   Reader
	name     string
	place    Place
	peers    []sim.NodeID

	restored bool
	splits   []Split // to restore
	mails    []mail
	doing    ReaderEventKind // what the reader has been told, and not answered; 0: nothing
	now      mail            // what it is about
	emitting []Record        // given by the reader, and not on their way yet
	finished bool
	stopped  bool
	inCall   bool

	channels []channel
	marks    *marker
	stops    []Split // of a bounded job: what is read, and to where
}

// mail is something that the task is to do.
type mail struct {
	kind   ReaderEventKind
	id     int64
	at     int64
	splits []Split

	savepoint bool
}

// channel is the way to one operator subtask.
type channel struct {
	subtask int
	node    sim.NodeID
	owed    int // buffers of records that were not credited yet
}

const (
	timerEmit     = "emit"
	timerSnapshot = "snapshot"
	timerMark     = "watermark"
)

func (s *SourceTask) begin(p Place, peers []sim.NodeID) {
	s.place, s.name, s.peers = p, taskName(sourceTask, p.Subtask), peers
	s.channels = nil
	for i, node := range peers {
		if !s.tm.cfg.Forward || i == p.Subtask {
			s.channels = append(s.channels, channel{subtask: i, node: node})
		}
	}
	if s.tm.cfg.Watermarks.On {
		s.marks = newMarker(&s.tm.cfg.Watermarks)
	}
}

// open begins to read: first what is restored, then what is new.
func (s *SourceTask) open(splits []Split, fx *sim.Effects) {
	s.reader = s.tm.cfg.Reader(s.place)
	s.consumer.Open(fx)
	if s.marks != nil {
		fx.SetTimer(timerMark, "", s.tm.cfg.Watermarks.Every)
	}
	s.mails = append(s.mails, mail{kind: ReaderSplits, splits: splits})
	s.doing = ReaderOpen
	s.add(s.splits)
	s.tell(&ReaderEvent{Kind: ReaderOpen, Restored: s.restored, Splits: s.splits}, fx)
}

// add lets the watermark wait for the splits that are read now.
func (s *SourceTask) add(splits []Split) {
	if s.marks == nil {
		return
	}
	for _, x := range splits {
		if x.Stop == 0 || x.Offset < x.Stop {
			s.marks.add(x.TopicPartition)
		}
		if x.Stop != 0 {
			s.stops = append(s.stops, x)
		}
	}
}

// ends lets the watermark go on without a split that was read to its Stop.
func (s *SourceTask) ends(r *Record) {
	for i := range s.stops {
		if x := &s.stops[i]; x.TopicPartition == r.TopicPartition && r.Offset+1 >= x.Stop {
			s.marks.remove(x.TopicPartition)
		}
	}
}

// tell tells the reader; what it answers inside the call is gone on with
// afterwards.
func (s *SourceTask) tell(ev *ReaderEvent, fx *sim.Effects) {
	outer := s.inCall
	s.inCall = true
	s.reader.Handle(ev, &Port{Task: s, Fx: fx})
	s.inCall = outer
	if !outer {
		s.run(fx)
	}
}

// hear tells the reader what its consumer tells.
func (s *SourceTask) hear(fx *sim.Effects) {
	for {
		ev, ok := s.consumer.Told()
		if !ok {
			return
		}
		if s.reader != nil && !s.stopped {
			s.tell(&ReaderEvent{Kind: ReaderConsumer, Event: ev}, fx)
		}
	}
}

func (s *SourceTask) mail(m mail, fx *sim.Effects) {
	s.mails = append(s.mails, m)
	if s.doing == ReaderGo {
		s.tell(&ReaderEvent{Kind: ReaderWake}, fx)
		return
	}
	s.run(fx)
}

// run goes on with the next mail, or polls.
func (s *SourceTask) run(fx *sim.Effects) {
	for !s.stopped && !s.inCall && s.doing == 0 && s.emitting == nil {
		switch {
		case len(s.mails) > 0:
			s.now = s.mails[0]
			s.mails = slices.Delete(s.mails, 0, 1)
			s.doing = s.now.kind
			if s.doing == ReaderSnapshot {
				s.barrier(fx)
				return
			}
			if s.doing == ReaderSplits {
				s.add(s.now.splits)
			}
			s.tell(&ReaderEvent{Kind: s.doing, ID: s.now.id, Splits: s.now.splits}, fx)
		case s.finished || s.full():
			return
		default:
			s.doing = ReaderGo
			s.tell(&ReaderEvent{Kind: ReaderGo}, fx)
		}
	}
}

func (s *SourceTask) full() bool {
	return slices.ContainsFunc(s.channels, func(c channel) bool { return c.owed >= s.tm.cfg.Credits })
}

func (s *SourceTask) fail(err error, restore bool, fx *sim.Effects) {
	s.tm.fail(s.name, err.Error(), restore, fx)
}

func (s *SourceTask) opened(err error, fx *sim.Effects) {
	if s.doing == ReaderOpen {
		if s.doing = 0; err != nil {
			s.fail(err, true, fx)
		}
		s.run(fx)
	}
}

// polled takes what the reader gives. It is emitted in a step of its own, as
// late as the source's pace says.
func (s *SourceTask) polled(records []Record, err error, fx *sim.Effects) {
	if s.doing != ReaderGo {
		return
	}
	s.doing = 0
	switch {
	case errors.Is(err, io.EOF) && len(records) == 0:
		s.finished = true
		if s.marks != nil {
			s.send(func(channel) *Buffer { return &Buffer{Watermark: lastWatermark, HasMark: true} }, fx)
			fx.StopTimer(timerMark, "")
		}
		s.send(func(channel) *Buffer { return &Buffer{End: true} }, fx)
	case err != nil && !errors.Is(err, io.EOF):
		s.fail(err, false, fx)
	case len(records) > 0:
		s.observeRuns(model.SourcePolled, records, fx)
		s.emitting = records
		pace := s.tm.cfg.SourceAt
		fx.SetTimer(timerEmit, "", pace.Batch+pace.Record*sim.Time(len(records)))
	}
	s.run(fx)
}

func (s *SourceTask) done(err error, fx *sim.Effects) {
	switch s.doing {
	case ReaderSplits, ReaderComplete, ReaderAborted:
		if s.doing = 0; err != nil {
			s.fail(err, false, fx)
		}
		s.run(fx)
	}
}

func (s *SourceTask) timed(label, key string, fx *sim.Effects) {
	switch {
	case s.stopped || s.reader == nil:
	case label == timerEmit:
		s.emit(fx)
	case label == timerSnapshot:
		s.tell(&ReaderEvent{Kind: ReaderSnapshot, ID: s.now.id, At: s.now.at}, fx)
	case label == timerMark:
		fx.SetTimer(timerMark, "", s.tm.cfg.Watermarks.Every)
		s.mark(fx)
	case label == TimerReader:
		s.tell(&ReaderEvent{Kind: ReaderTimer, Key: key}, fx)
	}
}

// barrier sends a checkpoint's barrier on; nothing is emitted between it and
// the snapshot, which is a step of its own.
func (s *SourceTask) barrier(fx *sim.Effects) {
	s.send(func(channel) *Buffer { return &Buffer{Barrier: s.now.id, At: s.now.at, Savepoint: s.now.savepoint} }, fx)
	fx.Observe(&model.Event{Kind: model.BarrierInjected, Member: s.name, Generation: s.tm.generation(), Op: s.now.id})
	fx.SetTimer(timerSnapshot, "", 0)
}

// snapshotted takes the reader's state. A snapshot that fails declines the
// checkpoint; the task goes on.
func (s *SourceTask) snapshotted(splits []Split, err error, fx *sim.Effects) {
	if s.doing != ReaderSnapshot {
		return
	}
	id := s.now.id
	s.doing = 0
	if err != nil {
		s.tm.decline(id, s.name+": "+err.Error(), fx)
		s.run(fx)
		return
	}
	ev := model.Event{Kind: model.SnapshotTaken, Member: s.name, Generation: s.tm.generation(), Op: id}
	for _, x := range splits {
		ev.Partitions = append(ev.Partitions, model.PartitionOffset{TopicPartition: x.TopicPartition, Offset: x.Offset})
	}
	fx.Observe(&ev)
	s.tm.upload(id, s.name, []GroupState{{Data: encodeSplits(splits)}}, nil, fx)
	s.run(fx)
}

// mark passes the watermark on, when it has advanced.
func (s *SourceTask) mark(fx *sim.Effects) {
	t, idle, changed := s.marks.mark(fx.Now())
	if !changed {
		return
	}
	if !idle {
		fx.Observe(&model.Event{Kind: model.Watermarked, Member: s.name, Generation: s.tm.generation(), To: t})
	}
	s.send(func(channel) *Buffer { return &Buffer{Watermark: t, HasMark: true, Idle: idle} }, fx)
}

func (s *SourceTask) observe(e *model.Event, fx *sim.Effects) {
	e.Member, e.Generation = s.name, int32(s.place.Attempt)
	fx.Observe(e)
}

// stop ends the task where it is: what the source did is gone.
func (s *SourceTask) stop(fx *sim.Effects) {
	if s.stopped {
		return
	}
	s.stopped = true
	for _, label := range []string{timerEmit, timerSnapshot, timerMark} {
		fx.StopTimer(label, "")
	}
	if s.reader != nil {
		s.reader.Crash()
		s.consumer.Close(fx)
	}
}

func (s *SourceTask) busy() bool {
	return s.emitting != nil || len(s.mails) > 0 || s.doing != 0 && s.doing != ReaderGo
}
