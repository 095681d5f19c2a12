package checkpoint

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// emit puts records on their way to the subtasks that their keys belong to.
func (s *SourceTask) emit(fx *sim.Effects) {
	records := s.emitting
	s.emitting = nil
	s.observeRuns(model.Emitted, records, fx)
	if s.marks != nil {
		for i := range records {
			s.marks.saw(&records[i], fx.Now())
			s.ends(&records[i])
		}
	}
	if len(s.channels) == 1 {
		s.sendRecords(&s.channels[0], records, fx)
	} else {
		for i, share := range s.divide(records) {
			if len(share) > 0 {
				s.sendRecords(&s.channels[i], share, fx)
			}
		}
	}
	s.run(fx)
}

func (s *SourceTask) divide(records []Record) [][]Record {
	n, most := len(s.channels), s.tm.cfg.MaxParallelism
	to := make([]uint16, len(records))
	sizes := make([]int, n)
	for i := range records {
		to[i] = uint16(subtaskOf(keyGroup(records[i].Key, most), n, most))
		sizes[to[i]]++
	}
	all := make([]Record, len(records))
	out := make([][]Record, n)
	at := 0
	for i, size := range sizes {
		out[i] = all[at : at : at+size]
		at += size
	}
	for i := range records {
		out[to[i]] = append(out[to[i]], records[i])
	}
	return out
}

func (s *SourceTask) sendRecords(c *channel, records []Record, fx *sim.Effects) {
	c.owed++
	s.sendOn(c, &Buffer{Records: records}, fx)
}

// send sends a buffer on every channel; it needs no credit.
func (s *SourceTask) send(b func(channel) *Buffer, fx *sim.Effects) {
	for i := range s.channels {
		s.sendOn(&s.channels[i], b(s.channels[i]), fx)
	}
}

func (s *SourceTask) sendOn(c *channel, b *Buffer, fx *sim.Effects) {
	b.Attempt, b.From = s.place.Attempt, s.place.Subtask
	if c.node == fx.Self() {
		s.tm.Operator.handed = append(s.tm.Operator.handed, b)
		fx.SetTimer(timerLocal, "", localDelay)
		return
	}
	fx.Send(c.node, laneData, b)
}

func (s *SourceTask) credit(m *Credit, fx *sim.Effects) {
	if s.tm.status != working || m.Attempt != s.place.Attempt && !s.tm.cfg.Forward {
		return
	}
	for i := range s.channels {
		if c := &s.channels[i]; c.subtask == m.To && c.owed > 0 {
			c.owed--
		}
	}
	s.run(fx)
}

// observeRuns tells the history of records, run by run.
func (s *SourceTask) observeRuns(kind model.Kind, records []Record, fx *sim.Effects) {
	for i := 0; i < len(records); {
		n := run(records[i:])
		s.observe(&model.Event{Kind: kind, TopicPartition: records[i].TopicPartition, From: records[i].Offset, To: records[i+n-1].Offset + 1}, fx)
		i += n
	}
}

// run is how many records at the beginning follow one another in a partition.
func run(records []Record) int {
	n := 1
	for n < len(records) && records[n].TopicPartition == records[0].TopicPartition && records[n].Offset == records[n-1].Offset+1 {
		n++
	}
	return n
}
