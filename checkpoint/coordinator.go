package checkpoint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// coordinator is the JobManager's part in checkpoints (CheckpointCoordinator):
// it triggers them, gathers acknowledgements, and completes or aborts them.
type coordinator struct {
	pending  []pendingCheckpoint // by id
	kept     []*Metadata         // completed, as far as this process knows them; the newest last
	covered  sim.Time            // when the newest completed one of this attempt was triggered
	lastEnd  sim.Time            // of the last completed one
	failures int                 // in a row
	due      bool                // one is due, and waits for room

	knobs knobs
}

// pendingCheckpoint is one that is triggered and not ended.
type pendingCheckpoint struct {
	id         int64
	at         sim.Time
	savepoint  bool
	finalizing bool // all have acknowledged, its metadata is being written
	meta       Metadata
}

// periodic triggers what is due.
func (j *JobManager) periodic(fx *sim.Effects) {
	fx.SetTimer(timerCheckpoint, "", j.cfg.Interval)
	j.due = true
	j.triggerDue(fx)
}

func (j *JobManager) triggerDue(fx *sim.Effects) {
	if !j.due || !j.allRunning() || j.periodicPending() >= j.cfg.MaxConcurrent {
		return
	}
	if wait := j.lastEnd + j.cfg.MinPause - fx.Now(); j.cfg.MinPause > 0 && wait > 0 {
		fx.SetTimer(timerCheckpoint, "", wait)
		return
	}
	j.due = false
	j.trigger(false, fx)
}

func (j *JobManager) periodicPending() (n int) {
	for i := range j.pending {
		if !j.pending[i].savepoint {
			n++
		}
	}
	return n
}

// trigger begins a checkpoint, or a savepoint: those never expire.
func (j *JobManager) trigger(savepoint bool, fx *sim.Effects) {
	if !j.allRunning() {
		return
	}
	id := j.ha.NextID
	j.ha.NextID++
	p := pendingCheckpoint{id: id, at: fx.Now(), savepoint: savepoint}
	p.meta = Metadata{Job: j.cfg.Name, ID: id, Savepoint: savepoint, Parallelism: len(j.members), MaxParallelism: j.cfg.MaxParallelism,
		Topics: j.cfg.Topics, Enumerator: j.enumeratorState()}
	j.pending = append(j.pending, p)
	ev := model.Event{Kind: model.CheckpointTriggered, Op: id, Generation: int32(j.ha.Attempt), Cause: "periodic"}
	if savepoint {
		ev.Cause = "savepoint"
	} else {
		fx.SetTimer(timerExpire, itoa(id), j.cfg.Timeout)
	}
	fx.Observe(&ev)
	for i := range j.members {
		fx.Send(j.members[i].node, laneControl, &Trigger{Attempt: j.members[i].attempt, ID: id, At: int64(p.at), Savepoint: savepoint})
	}
}

func (j *JobManager) pendingAt(id int64) int {
	return slices.IndexFunc(j.pending, func(p pendingCheckpoint) bool { return p.id == id })
}

// current tells whether a message comes from a place of the running attempt.
func (j *JobManager) current(attempt int) bool {
	return slices.ContainsFunc(j.members, func(m member) bool { return m.attempt == attempt && m.state == running })
}

// acked takes a task's acknowledgement; with the last one the metadata are
// written, and when these are durable the checkpoint is complete.
func (j *JobManager) acked(m *AckCheckpoint, fx *sim.Effects) {
	i := j.pendingAt(m.ID)
	if i < 0 || !j.current(m.Attempt) {
		return
	}
	p := &j.pending[i]
	if slices.ContainsFunc(p.meta.Handles, func(h Handle) bool { return h.Task == m.Handle.Task }) {
		return
	}
	if p.meta.Handles = append(p.meta.Handles, m.Handle); len(p.meta.Handles) < tasksPerSlot*len(j.members) {
		j.failPending(fx)
		return
	}
	slices.SortFunc(p.meta.Handles, func(a, b Handle) int { return strings.Compare(a.Task, b.Task) })
	if j.cfg.Backend.Kind == Memory {
		j.complete(m.ID, fx)
		return
	}
	p.finalizing = true
	fx.Send(j.cfg.Storage, laneControl, &Write{Path: metadataPath(j.cfg.Name, m.ID), Data: p.meta.encode()})
}

func (j *JobManager) metadataWritten(m *Written, fx *sim.Effects) {
	for i := range j.pending {
		p := &j.pending[i]
		if !p.finalizing || metadataPath(j.cfg.Name, p.id) != m.Path {
			continue
		}
		if m.Error != "" {
			j.abort(p.id, "its metadata could not be written: "+m.Error, true, fx)
			return
		}
		j.complete(p.id, fx)
		return
	}
}

// complete ends a checkpoint well: from here on it is what the job goes on
// from, whoever learns of it. Earlier ones that are pending are subsumed.
func (j *JobManager) complete(id int64, fx *sim.Effects) {
	p := j.pending[j.pendingAt(id)]
	j.pending = slices.Delete(j.pending, j.pendingAt(id), j.pendingAt(id)+1)
	fx.StopTimer(timerExpire, itoa(id))
	ev := model.Event{Kind: model.CheckpointCompleted, Op: id, Generation: int32(j.ha.Attempt), Cause: "periodic"}
	if p.savepoint {
		ev.Cause = "savepoint"
	}
	fx.Observe(&ev)
	meta := &p.meta
	if p.savepoint {
		j.ha.Savepoints = append(j.ha.Savepoints, id)
		j.kept = append([]*Metadata{meta}, j.kept...)
		return
	}
	j.failures, j.covered, j.lastEnd = 0, p.at, fx.Now()
	for len(j.pending) > 0 && j.pending[0].id < id && !j.pending[0].savepoint {
		j.abort(j.pending[0].id, "subsumed", false, fx)
	}
	j.keep(meta, fx)
	switch late := j.knobs.onComplete(); {
	case late < 0:
	case late > 0:
		fx.SetTimer(timerNotify, itoa(id), late)
	default:
		j.notify(id, true, fx)
	}
	if j.allFinished() {
		j.end(Over, "", fx)
		return
	}
	j.triggerDue(fx)
}

// keep makes a completed checkpoint the latest, and lets go of what it
// replaces (state.checkpoints.num-retained is 1).
func (j *JobManager) keep(meta *Metadata, fx *sim.Effects) {
	old := j.kept
	j.kept = nil
	for _, m := range old {
		if m.Savepoint {
			j.kept = append(j.kept, m)
		}
	}
	j.kept = append(j.kept, meta)
	j.ha.Latest = []int64{meta.ID}
	if j.cfg.Backend.Kind == Memory {
		return
	}
	for _, m := range old {
		if m.Savepoint {
			continue
		}
		for _, path := range garbage(m, j.kept) {
			fx.Send(j.cfg.Storage, laneControl, &Delete{Path: path})
		}
	}
}

// notify tells all slots how a checkpoint ended, as well as it can.
func (j *JobManager) notify(id int64, completed bool, fx *sim.Effects) {
	for i := range j.members {
		if m := &j.members[i]; m.state == running && j.hasSlot(m.node) {
			fx.Send(m.node, laneControl, &Notify{Attempt: m.attempt, ID: id, Completed: completed})
		}
	}
}

// declined ends a checkpoint in which a task cannot take part.
func (j *JobManager) declined(m *DeclineCheckpoint, fx *sim.Effects) {
	if j.current(m.Attempt) {
		j.abort(m.ID, m.Why, true, fx)
	}
}

// abort ends a checkpoint that will not be completed. Counted ones add to the
// failures in a row of which the job tolerates some (CheckpointFailureManager).
func (j *JobManager) abort(id int64, why string, counts bool, fx *sim.Effects) {
	i := j.pendingAt(id)
	if i < 0 {
		return
	}
	for _, path := range leftovers(j.pending[i].meta.Handles) {
		fx.Send(j.cfg.Storage, laneControl, &Delete{Path: path})
	}
	j.pending = slices.Delete(j.pending, i, i+1)
	fx.StopTimer(timerExpire, itoa(id))
	fx.Observe(&model.Event{Kind: model.CheckpointAborted, Op: id, Generation: int32(j.ha.Attempt), Cause: why})
	if !j.knobs.onAbort() {
		j.notify(id, false, fx)
	}
	if !counts {
		return
	}
	if j.failures++; j.failures > j.cfg.TolerableFailures {
		j.failures = 0
		j.restartAll(fmt.Sprintf("checkpoint %d failed: %s", id, why), fx)
		return
	}
	j.triggerDue(fx)
}

func (j *JobManager) abortAll(why string, fx *sim.Effects) {
	for len(j.pending) > 0 {
		j.abort(j.pending[0].id, why, false, fx)
	}
}

// failPending ends a checkpoint that somebody outside wants to fail, in the
// middle: when a task has acknowledged it.
func (j *JobManager) failPending(fx *sim.Effects) {
	for i := range j.pending {
		p := &j.pending[i]
		if len(p.meta.Handles) > 0 && slices.Contains(j.knobs.fail, p.id) {
			j.abort(p.id, "failed on request", true, fx)
			return
		}
	}
}
