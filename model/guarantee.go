package model

import "strings"

// Level is what can happen to records on their way.
type Level uint8

// The levels. No: they may be lost, and may count twice.
const (
	No          Level = iota
	AtMostOnce        // may be lost
	AtLeastOnce       // may count twice
	ExactlyOnce
)

func (l Level) String() string {
	return [...]string{"none", "at-most-once", "at-least-once", "exactly-once"}[l&3]
}

func levelOf(loses, repeats bool) Level {
	switch {
	case loses && repeats:
		return No
	case loses:
		return AtMostOnce
	case repeats:
		return AtLeastOnce
	}
	return ExactlyOnce
}

func (l Level) loses() bool   { return l == No || l == AtMostOnce }
func (l Level) repeats() bool { return l == No || l == AtLeastOnce }

// Within tells whether nothing can happen at l that cannot at o.
func (l Level) Within(o Level) bool {
	return (!l.loses() || o.loses()) && (!l.repeats() || o.repeats())
}

// Replay is from where a source reads again after a failure.
type Replay string

// The ways of replay.
const (
	ReplayCheckpoint Replay = "checkpoint" // the positions stored with the state
	ReplayCommitted  Replay = "committed"  // the group's committed offsets, whatever the state holds
	ReplayStart      Replay = "start"      // the first record, with an empty state
	ReplayNone       Replay = "none"       // the end: what was under way is gone
)

// SinkKind is how results leave a job (DeliveryGuarantee, and what makes up
// for one).
type SinkKind string

// The kinds of sinks.
const (
	SinkNone        SinkKind = "none"          // nothing is waited for: DeliveryGuarantee.NONE
	SinkAtLeastOnce SinkKind = "at-least-once" // flushed before the snapshot
	SinkIdempotent  SinkKind = "idempotent"    // a result takes the place of itself, by (topic, partition, offset)
	SinkTwoPhase    SinkKind = "two-phase"     // visible with the checkpoint, to readers of what is committed
)

// Configuration is what a job's guarantee hangs on.
type Configuration struct {
	Replay        Replay
	AtLeastOnce   bool // barriers are not aligned (CheckpointingMode.AT_LEAST_ONCE)
	GroupAssigned bool // partitions move by the group protocol, without a restore of the job
	Sink          SinkKind
}

// Guarantee is a cell of the lattice source replay × state × sink.
type Guarantee struct {
	Replay   Replay // empty in what a run has shown
	State    Level
	Sink     SinkKind // empty in what a run has shown
	EndToEnd Level
}

// String names the cell.
func (g Guarantee) String() string {
	var parts []string
	if g.Replay != "" {
		parts = append(parts, "replay from "+string(g.Replay))
	}
	parts = append(parts, "state "+g.State.String())
	if g.Sink != "" {
		parts = append(parts, "sink "+string(g.Sink))
	}
	return strings.Join(parts, " × ") + " → end-to-end " + g.EndToEnd.String()
}

// Within tells whether what g stands for keeps what promise does.
func (g Guarantee) Within(promise Guarantee) bool {
	return g.State.Within(promise.State) && g.EndToEnd.Within(promise.EndToEnd)
}

// Promised computes what a configuration promises. Committed offsets are no
// part of it but where there is nothing else.
func Promised(c Configuration) Guarantee {
	// The state of before a failure is gone, and its records are not read again.
	loses := c.Replay == ReplayNone || c.Replay == ReplayCommitted
	// Records of after the barrier are in the snapshot; or a new owner reads from
	// the committed offset what the state has already.
	repeats := c.Replay == ReplayCheckpoint && c.AtLeastOnce || c.Replay != ReplayNone && c.GroupAssigned
	return Cell(c.Replay, levelOf(loses, repeats), c.Sink)
}

// Cell computes the end-to-end level: exactly once is exactly once in the
// state, and a sink that makes a result count once however often it is
// written. Two phases do that only where checkpoints end the second one. A
// sink cannot bring back what the state lost.
func Cell(replay Replay, state Level, sink SinkKind) Guarantee {
	once := sink == SinkIdempotent || sink == SinkTwoPhase && replay == ReplayCheckpoint
	loses := state.loses() || sink == SinkNone || replay == ReplayNone
	return Guarantee{replay, state, sink, levelOf(loses, state.repeats() || replay != ReplayNone && !once)}
}

// Shown is what a run's report shows: of one run, so it is the best that can be
// said.
func Shown(r *Report) Guarantee {
	n := func(names ...string) (sum int) {
		for _, name := range names {
			sum += r.Counts[name]
		}
		return sum
	}
	lost, repeated := n(LostFromState) > 0, n(DuplicateInState) > 0
	state := levelOf(lost, repeated)
	return Guarantee{State: state, EndToEnd: levelOf(lost || n(LostFromSink) > 0, repeated || n(DuplicateInSink, SinkOverwritten) > 0)}
}
