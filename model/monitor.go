package model

// Monitor watches a history event by event and reports what is wrong with it.
//
// A monitor's state is plain: structs, slices and maps that it alone holds.
// So a finite one can be copied and encoded by reflection and be part of a
// state in exhaustive search; what does not belong to that state's identity
// (counters, times, event numbers) is tagged canon:"-".
type Monitor interface {
	// Observe takes event i of the history, counted from 0. It does not keep e,
	// but may keep the slices e has.
	Observe(i int, e *Event, report func(Anomaly))
	// Finish is called once, when the history is over.
	Finish(report func(Anomaly))
	// Describe says what the monitor is.
	Describe() Description
}

// Class says where a monitor can serve.
type Class string

const (
	// Finite monitors have a state bounded by the members, partitions and
	// records of the world: they can be part of a state in exhaustive search.
	Finite Class = "finite"
	// Ledgers read a whole run: they keep times, or more with every event.
	Ledger Class = "ledger"
)

// Description is what a monitor says of itself.
type Description struct {
	Name      string
	Class     Class
	Anomalies []string // what it can report
	Assumes   string   // what must hold of the history for its reports to be right
}

// NotChecked says of a check that it was not made, or not on everything.
type NotChecked struct {
	Check string // an anomaly's name
	Why   string
}

// watcher is a monitor that only some kinds of events concern.
type watcher interface {
	watched() []Kind
}

// partial is a monitor that may have to leave something unchecked.
type partial interface {
	// unchecked is asked after Finish.
	unchecked() []NotChecked
}

// wholeOnly is a monitor that compares what different nodes of a job tell: of
// a history that has not all of them, or not from the start (Options.Midlife),
// its reports would mean nothing, and are not made.
type wholeOnly interface {
	// concerns tells whether there was anything to judge.
	concerns() bool
}
