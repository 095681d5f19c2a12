// Package signs has monitors that tell how a handler went wrong, beside those of
// package model, which tell what. Each is a gauge of a Spec: what it finds is
// among the run's findings, and its number is how much that is.
package signs

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// The anomalies by which wrong handlers are told apart, where those of package
// model say what went wrong, and not how.
const (
	LostInCrash       = "lost-in-crash"         // committed records died with the process that had them, and all that came after them in its partition
	LostInHole        = "lost-in-hole"          // the same, but records after them were done
	LostAtRevoke      = "lost-at-revoke"        // records were committed and not done when their partition was given up in good order
	LostAtRebalance   = "lost-at-rebalance"     // a member kept a partition through a rebalance, and dropped records of it
	LostWhileOwned    = "lost-while-owned"      // a member dropped records of a partition that it had all the time
	ForeignCommit     = "foreign-commit"        // a commit was accepted for a partition that another member had
	CommitOvertaken   = "commit-overtaken"      // a commit took back what the same member had committed since it had the partition
	UncommittedRevoke = "uncommitted-at-revoke" // a partition was given up in good order with work done and not committed
	DrainExceeded     = "drain-exceeded"        // the group went on without a living member that was slow to rejoin
	BlockedByMember   = "blocked-by-member"     // a rebalance waited for a member's work
	SoughtOver        = "sought-over"           // a reader sought beyond records that nobody did
	Thrashing         = "thrashing"             // a member lost what it was assigned again and again before it had done anything
	RedoneInFlight    = "redone-in-flight"      // a record was finished after its partition was given up, and done by the next owner, too
)

// sign makes a monitor a gauge: what it reports becomes findings of the run,
// and how much that is the number.
func sign(name string, monitor func() model.Monitor) scenarios.Gauge {
	return scenarios.Gauge{Name: name, Unit: "findings", New: func(*scenarios.Trial) scenarios.Meter { return &meter{monitor: monitor()} }}
}

type meter struct {
	monitor model.Monitor
	events  int
	found   []scenarios.Finding
}

// Observe implements scenarios.Meter.
func (s *meter) Observe(e *model.Event) {
	s.monitor.Observe(s.events, e, s.report)
	s.events++
}

func (s *meter) report(a model.Anomaly) { s.found = append(s.found, a) }

// Read implements scenarios.Meter.
func (s *meter) Read(o *scenarios.Outcome) []int64 {
	s.monitor.Finish(s.report)
	o.Findings = append(slices.Clip(o.Findings), s.found...)
	return []int64{int64(len(s.found))}
}

// The gauges.
var (
	HowLost     = sign("how lost", func() model.Monitor { return &lossSigns{} })
	Foreign     = sign("commits for others", func() model.Monitor { return &foreignCommits{} })
	Overtaken   = sign("commits overtaken", func() model.Monitor { return &overtaken{} })
	Uncommitted = sign("given up uncommitted", func() model.Monitor { return &revokeSigns{} })
	InFlight    = sign("finished after giving up", func() model.Monitor { return &revokeSigns{late: true} })
	Drained     = sign("out for being slow", func() model.Monitor { return &drainSigns{} })
	Sought      = sign("sought over", func() model.Monitor { return &seekSigns{} })
	Thrashes    = sign("assigned for nothing", func() model.Monitor { return &thrashing{} })
)
