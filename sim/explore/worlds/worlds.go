// Package worlds explores a simulated world exhaustively: its own nodes, not
// a model of them, in every order that bounded delay and a budget of faults
// allow.
package worlds

import (
	"fmt"

	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/explore"
)

// Checker watches what nodes observe and is part of the state: what it
// remembers tells states apart, so it must remember little.
type Checker interface {
	sim.Observer
	// Clone gives a checker that goes on as this one would.
	Clone() Checker
	// Encode appends what it remembers.
	Encode(buf []byte) []byte
	// Violated is the set of properties that do not hold: bit i for the i-th.
	Violated() uint64
}

// Model makes a world into a transition system for package explore. Its
// states are worlds; the search clones, steps and encodes them.
type Model struct {
	// Start is the state from which to search. It must be untimed
	// (World.SetUntimed), with draws fixed and a budget of faults.
	Start *sim.World
	// Bound is how long a message may stay under way, and a timer be overdue.
	Bound sim.Time
	// Checker watches; Names are its properties.
	Checker Checker
	Names   []string

	encoded int // bytes of the longest encoding seen, for the memory bound
}

// New makes a model of a world, or says which node cannot be cloned.
func New(start *sim.World, bound sim.Time, c Checker, names ...string) (*Model, error) {
	if err := start.CanClone(); err != nil {
		return nil, err
	}
	return &Model{Start: start, Bound: bound, Checker: c, Names: names, encoded: len(start.Encode(nil))}, nil
}

// State is one world with its checker.
type State struct {
	w     *sim.World
	c     Checker
	codes []byte
}

// Init implements explore.Model.
func (m *Model) Init() []State {
	s := State{w: m.Start.Clone(), c: m.Checker.Clone()}
	s.w.SetObserver(s.c)
	return []State{s}
}

// Actions implements explore.Model.
func (m *Model) Actions(s *State, buf []sim.Action) []sim.Action {
	for _, c := range s.w.Within(m.Bound, nil) {
		buf = append(buf, c.Action)
	}
	return s.w.Faults(buf)
}

// Apply implements explore.Model.
func (m *Model) Apply(dst, src *State, a sim.Action) {
	if dst.w == nil {
		dst.w = &sim.World{}
	}
	src.w.CopyInto(dst.w)
	dst.c = src.c.Clone()
	dst.w.SetObserver(dst.c)
	if err := dst.w.Apply(dst.w.Earliest(a), a); err != nil {
		// Actions gave it, so this is a mistake in sim; the state stays as it
		// was, and the search finds nothing new behind it.
		src.w.CopyInto(dst.w)
	}
}

// Fingerprint implements explore.Model.
func (m *Model) Fingerprint(s *State) uint64 {
	s.codes = s.c.Encode(s.w.Encode(s.codes[:0]))
	return sim.HashBytes(s.codes)
}

// Properties implements explore.Model.
func (m *Model) Properties() []string { return m.Names }

// Check implements explore.Model.
func (m *Model) Check(s *State) uint64 { return s.c.Violated() }

// Describe implements explore.Model.
func (m *Model) Describe(a sim.Action) string { return m.Start.Names().Print(a) }

// StateBytes implements explore.Sizer: a world in memory takes some times the
// bytes of its encoding.
func (m *Model) StateBytes() uint64 { return uint64(16*m.encoded + 4096) }

// DescribeState implements explore.StateDescriber.
func (m *Model) DescribeState(s *State) string { return fmt.Sprintf("at %v", s.w.Now()) }

var _ explore.Model[State, sim.Action] = (*Model)(nil)
