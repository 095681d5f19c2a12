package scenarios

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
)

// needsKeys tells whether a clause can only be judged with the records' keys
// in the history.
func (p Promise) needsKeys() bool { return p.Forbids(model.PerKeyOrder) }

// Promise is what a Spec claims: a list of clauses, each of which forbids
// some anomalies. What no clause forbids is counted but fails nothing.
type Promise struct{ clauses []Clause }

// Clause is one claim.
type Clause struct {
	Name    string
	Forbids []string // names of anomalies
}

// The anomalies that the scenarios package adds to those of package model.
const (
	NotSettled      = "not-settled"      // after the faults the group does not become stable with lag zero in time
	HandlerPanic    = "handler-panic"    // the handler panicked
	HandlerDiverges = "handler-diverges" // two runs of one seed differ
)

// AtLeastOnce promises that no record is lost, that duplicates are those that
// were processed and not yet committed when a partition changed hands, and
// that the group itself keeps its rules and comes to rest.
func AtLeastOnce() Promise {
	return Promise{}.
		and("no loss", model.CommitAheadOfProcessing, model.LostRecord, model.SkipAcrossHandover).
		and("duplicates only in the uncommitted window", model.RewindBeyondCommit, model.ReprocessedWithinOwnership).
		and("one entitled owner", model.DualEntitlement, model.ZombieCommitAccepted, model.OffsetsNotLinearizable).
		and("settles", NotSettled, HandlerPanic, HandlerDiverges)
}

// NoCommitAfterRevoke promises that nothing is committed for partitions that
// have been given up or lost.
func (p Promise) NoCommitAfterRevoke() Promise {
	return p.and("no commit after revoke", model.CommitAfterRevoke, model.CommitAfterLost)
}

// NoProcessingAfterRevoke promises that no work is finished on partitions
// that have been given up or lost.
func (p Promise) NoProcessingAfterRevoke() Promise {
	return p.and("no processing after revoke", model.ProcessingAfterRevoke)
}

// PerKeyOrder promises that records of one key in one partition are processed
// in their order, but for rewinds to the committed offset.
func (p Promise) PerKeyOrder() Promise {
	return p.and("per-key order", model.NonmonotonicProcessing, model.PerKeyOrder)
}

// MonotoneCommits promises that the committed offset never goes back.
func (p Promise) MonotoneCommits() Promise {
	return p.and("monotone commits", model.CommitRegression)
}

// ExactlyOnceState promises of a checkpointing job that every record it reads
// affects its state exactly once, whatever fails, and that it comes to rest.
func ExactlyOnceState() Promise { return Promise{}.ExactlyOnceState() }

// ExactlyOnceState adds that promise.
func (p Promise) ExactlyOnceState() Promise {
	return p.AtLeastOnceState().
		and("no duplicates in state", model.DuplicateInState).
		and("consistent cuts", model.InconsistentCut, model.PartitionInTwoSources)
}

// AtLeastOnceState promises of a checkpointing job that no record is lost from
// its state, that it goes on from its latest durable checkpoint, and that it
// comes to rest.
func AtLeastOnceState() Promise { return Promise{}.AtLeastOnceState() }

// AtLeastOnceState adds that promise.
func (p Promise) AtLeastOnceState() Promise {
	return p.and("nothing lost from state", model.LostFromState, model.PartitionInNoSource).
		and("restores the latest durable checkpoint", model.CompletedBeforeDurable, model.RestoredFromIncomplete,
			model.RestoredFromStale, model.PositionNotRestored).
		and("settles", NotSettled, HandlerPanic, HandlerDiverges)
}

// ExactlyOnceEndToEnd promises that each record's effect is in the state and in
// the outside store exactly once: that takes a sink that makes a result count
// once however often it is written.
func ExactlyOnceEndToEnd() Promise { return Promise{}.ExactlyOnceEndToEnd() }

// ExactlyOnceEndToEnd adds that promise.
func (p Promise) ExactlyOnceEndToEnd() Promise {
	return p.ExactlyOnceState().and("exactly once in the sink", model.DuplicateInSink, model.SinkOverwritten, model.LostFromSink)
}

// CommitsFollowCheckpoints promises that a job commits offsets for completed
// checkpoints alone, and never one that a later checkpoint subsumes.
func (p Promise) CommitsFollowCheckpoints() Promise {
	return p.and("commits follow checkpoints", model.CommitWithoutCheckpoint, model.CommitOfAbortedCheckpoint, model.CommitBehindSubsumed)
}

// Forbidding promises that anomalies of some names do not happen.
func (p Promise) Forbidding(name string, anomalies ...string) Promise {
	return p.and(name, anomalies...)
}

func (p Promise) and(name string, anomalies ...string) Promise {
	return Promise{append(slices.Clone(p.clauses), Clause{name, anomalies})}
}

// Clauses are the promise's claims.
func (p Promise) Clauses() []Clause { return p.clauses }

// Forbids tells whether a clause forbids an anomaly.
func (p Promise) Forbids(anomaly string) bool {
	return slices.ContainsFunc(p.clauses, func(c Clause) bool { return slices.Contains(c.Forbids, anomaly) })
}
