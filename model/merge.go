package model

import (
	"errors"
	"io"
)

// Merge gives the histories of several processes as one, by their times; of
// events at the same time, those of the earlier source first.
type Merge struct {
	sources []mergeSource
	last    int // whose event was given last
	line    int // where that stands
}

type mergeSource struct {
	r     *Reader
	shift int64
	next  Event
	line  int   // of next
	err   error // instead of next
}

// Add adds a history; shift in µs is added to its times. All are added before
// the first call of Next.
func (m *Merge) Add(r *Reader, shift int64) {
	s := mergeSource{r: r, shift: shift}
	s.advance()
	m.sources = append(m.sources, s)
}

func (s *mergeSource) advance() {
	s.next = Event{}
	s.err = s.r.Next(&s.next)
	s.line = s.r.line
	s.next.At += s.shift
}

// Next reads the next event into e. After the last one of all it gives io.EOF.
// The error of a source, which Source then names, comes as soon as that source
// has no event before it.
func (m *Merge) Next(e *Event) error {
	least := -1
	for i := range m.sources {
		s := &m.sources[i]
		if errors.Is(s.err, io.EOF) {
			continue
		}
		if s.err != nil {
			m.last, m.line = i, s.line
			return s.err
		}
		if least < 0 || s.next.At < m.sources[least].next.At {
			least = i
		}
	}
	if least < 0 {
		return io.EOF
	}
	s := &m.sources[least]
	*e, m.last, m.line = s.next, least, s.line
	s.advance()
	return nil
}

// Source is the number, from 0, of the source that the last event or error
// came from.
func (m *Merge) Source() int { return m.last }

// Line is where in its source that stands, from 1.
func (m *Merge) Line() int { return m.line }

// Drop leaves out the rest of a source.
func (m *Merge) Drop(source int) { m.sources[source].err = io.EOF }
