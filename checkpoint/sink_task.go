package checkpoint

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// SinkTask writes the operator's results to the outside store. It runs in the
// operator's thread: at a barrier that waits until all writes are answered.
type SinkTask struct {
	tm       *TaskManager
	name     string
	place    Place
	function Sink

	lastTag uint64
	asked   []*StoreRequest // not answered yet, by tag
	flush   int64           // the checkpoint whose snapshot waits for answers; 0: none

	prepared []prepared // of a TwoPhase, not committed yet
	restores [][]byte
}

// prepared is what a TwoPhase will commit when a checkpoint is complete.
type prepared struct {
	id    int64
	state []byte
}

// sinkWindow is how many writes may be under way before the operator waits.
const sinkWindow = 256

const timerSinkSnapshot = "sink-snapshot"

func (s *SinkTask) begin(p Place) {
	s.place, s.name, s.function = p, taskName(sinkTask, p.Subtask), s.tm.cfg.Sink()
}

func (s *SinkTask) full() bool  { return len(s.asked) >= sinkWindow }
func (s *SinkTask) waits() bool { return len(s.asked) > 0 }

// restore takes what an earlier attempt had prepared.
func (s *SinkTask) restore(state []GroupState) error {
	for _, x := range state {
		s.restores = append(s.restores, x.Data)
	}
	return nil
}

// restored commits what the checkpoint says was prepared: it is complete,
// whether anybody was told or not; what was begun besides is given up.
func (s *SinkTask) restored(fx *sim.Effects) {
	two, ok := s.function.(TwoPhase)
	if !ok {
		return
	}
	for _, state := range s.restores {
		s.ask(two.Commit(state), fx)
	}
	s.ask(two.Abort(s.restores), fx)
	s.restores = nil
}

func (s *SinkTask) write(r *Result, fx *sim.Effects) {
	if q := s.function.Write(r); q != nil {
		s.ask([]*StoreRequest{q}, fx)
	}
}

func (s *SinkTask) ask(requests []*StoreRequest, fx *sim.Effects) {
	for _, q := range requests {
		s.lastTag++
		q.Tag, q.Task, q.Attempt = s.lastTag, s.name, s.place.Attempt
		s.asked = append(s.asked, q)
		fx.Send(s.tm.cfg.Store, laneData, q)
	}
}

// answered takes the store's answer.
func (s *SinkTask) answered(m *StoreResponse, fx *sim.Effects) {
	at := slices.IndexFunc(s.asked, func(q *StoreRequest) bool { return q.Tag == m.Tag })
	if at < 0 || s.tm.status == broken || s.tm.status == offering {
		return
	}
	q := s.asked[at]
	if s.asked[at] = nil; at == 0 { // answers come in the order of the requests
		s.asked = s.asked[1:]
	} else {
		s.asked = slices.Delete(s.asked, at, at+1)
	}
	if m.Error != "" {
		s.tm.fail(s.name, fmt.Sprintf("%s %s: %s", q.Command, q.Key, m.Error), false, fx)
		return
	}
	if len(q.Of) > 0 {
		ev := model.Event{Kind: model.Written, Member: s.name, Generation: s.tm.generation()}
		for i := range q.Of {
			ev.Partitions = append(ev.Partitions, model.PartitionOffset{TopicPartition: q.Of[i].TopicPartition, Offset: q.Of[i].Offset})
		}
		fx.Observe(&ev)
	}
	if s.flush != 0 && s.flushed() {
		fx.SetTimer(timerSinkSnapshot, "", 0)
	}
	s.tm.Operator.end(fx)
	s.tm.Operator.run(fx)
}

// barrier begins the flush for a checkpoint.
func (s *SinkTask) barrier(id int64, fx *sim.Effects) {
	s.flush = id
	if two, ok := s.function.(TwoPhase); ok {
		state, before := two.PrepareCommit(id)
		s.prepared = append(s.prepared, prepared{id, state})
		s.ask(before, fx)
	}
	if s.flushed() {
		fx.SetTimer(timerSinkSnapshot, "", 0)
	}
}

// flushed tells whether a checkpoint need not wait for answers.
func (s *SinkTask) flushed() bool {
	_, unwaited := s.function.(Unwaited)
	return unwaited || !s.waits()
}

// snapshot is the sink's part of a checkpoint, once all is written.
func (s *SinkTask) snapshot(fx *sim.Effects) {
	id := s.flush
	if id == 0 || !s.flushed() {
		return
	}
	s.flush = 0
	fx.Observe(&model.Event{Kind: model.SnapshotTaken, Member: s.name, Generation: s.tm.generation(), Op: id})
	var state []GroupState
	for i, p := range s.prepared {
		state = append(state, GroupState{Group: i, Data: p.state})
	}
	s.tm.upload(id, s.name, state, nil, fx)
	s.tm.Operator.flushed(fx)
}

// completed commits what was prepared for a checkpoint and those before it.
func (s *SinkTask) completed(id int64, fx *sim.Effects) {
	two, ok := s.function.(TwoPhase)
	if !ok {
		return
	}
	for len(s.prepared) > 0 && s.prepared[0].id <= id {
		p := s.prepared[0]
		s.prepared = s.prepared[1:]
		s.ask(two.Commit(p.state), fx)
	}
}
