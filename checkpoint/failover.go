package checkpoint

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// failover restarts what a failure of a subtask's slot concerns: its region,
// or the job (RestartPipelinedRegionFailoverStrategy, RestartAll).
func (j *JobManager) failover(subtask int, why string, fx *sim.Effects) {
	if j.status == FailedJob || j.status == Over {
		return
	}
	if !j.cfg.Forward || !j.cfg.RestartRegions || j.status != Running {
		j.restartAll(why, fx)
		return
	}
	j.abortAll("a region restarts", fx)
	j.cancel(subtask, fx)
	j.members[subtask] = member{}
	j.later(why, fx)
}

func (j *JobManager) restartAll(why string, fx *sim.Effects) {
	if j.status == FailedJob || j.status == Over {
		return
	}
	j.abortAll("the job restarts", fx)
	for i := range j.members {
		j.cancel(i, fx)
	}
	j.members = nil
	j.status, j.read = Waiting, ""
	fx.StopTimer(timerCheckpoint, "")
	fx.StopTimer(timerDiscover, "")
	j.later(why, fx)
}

// later deploys again after the restart's delay, if the job may.
func (j *JobManager) later(why string, fx *sim.Effects) {
	j.why, j.delayed, j.hurried = why, true, false
	j.restarts++
	if most := j.cfg.MaxRestarts; most < 0 || most > 0 && j.restarts > most {
		j.end(FailedJob, why, fx)
		return
	}
	fx.SetTimer(timerRestart, "", j.cfg.RestartDelay)
	if j.cfg.SlotTimeout > 0 {
		fx.SetTimer(timerSlots, "", j.cfg.SlotTimeout)
	}
}

// cancel ends a subtask's part in its attempt.
func (j *JobManager) cancel(subtask int, fx *sim.Effects) {
	m := &j.members[subtask]
	if m.state == vacant {
		return
	}
	m.state = vacant
	if j.hasSlot(m.node) {
		fx.Send(m.node, laneControl, &Cancel{Attempt: m.attempt})
	}
}

// deploy begins an attempt when there are slots for it.
func (j *JobManager) deploy(fx *sim.Effects) {
	switch {
	case j.delayed:
	case j.status == Running:
		j.deployVacant(fx)
	case j.status == Waiting && j.enoughSlots():
		fx.StopTimer(timerSlots, "")
		j.load(fx)
	}
}

func (j *JobManager) enoughSlots() bool {
	return len(j.slots) >= j.ha.Parallelism || j.hurried && len(j.slots) > 0
}

// load gets the metadata of the checkpoint to go on from. Those of this
// process's own checkpoints are at hand.
func (j *JobManager) load(fx *sim.Effects) {
	id := j.ha.goesOnFrom()
	if j.from = j.keptAs(id); id == 0 || j.from != nil {
		j.begin(fx)
		return
	}
	j.status, j.read = Loading, metadataPath(j.cfg.Name, id)
	fx.Send(j.cfg.Storage, laneControl, &Read{Path: j.read})
}

// keptAs is a checkpoint whose metadata are at hand; nil for others.
func (j *JobManager) keptAs(id int64) *Metadata {
	if i := slices.IndexFunc(j.kept, func(m *Metadata) bool { return m.ID == id }); i >= 0 {
		return j.kept[i]
	}
	return nil
}

// content is the metadata file. One that cannot be used fails the job: to go
// on without it would lose what it stands for.
func (j *JobManager) content(m *Content, fx *sim.Effects) {
	if j.status != Loading || m.Path != j.read {
		return
	}
	j.read = ""
	if m.Error != "" {
		j.end(FailedJob, fmt.Sprintf("cannot restore: %s: %s", m.Path, m.Error), fx)
		return
	}
	meta, err := ReadMetadata(m.Path, m.Data)
	if err == nil {
		err = meta.fits(j.cfg, nil, meta.Enumerator.splits())
	}
	if err == nil && metadataPath(j.cfg.Name, meta.ID) != m.Path {
		err = &FormatError{m.Path, "", fmt.Sprintf("it is of checkpoint %d", meta.ID), remedyOther}
	}
	if err != nil {
		j.end(FailedJob, "cannot restore: "+err.Error(), fx)
		return
	}
	j.from = meta
	j.kept = append(j.kept, meta)
	if !j.enoughSlots() {
		j.status = Waiting
		return
	}
	j.begin(fx)
}

// storageGone asks again for what was asked of the storage.
func (j *JobManager) storageGone(fx *sim.Effects) {
	if j.status == Loading {
		j.status, j.read = Waiting, ""
		j.delayed = true
		fx.SetTimer(timerRestart, "", j.cfg.RestartDelay)
	}
	for i := range j.pending {
		if j.pending[i].finalizing {
			j.abort(j.pending[i].id, "its metadata could not be written", true, fx)
			return
		}
	}
}

// begin deploys a whole attempt.
func (j *JobManager) begin(fx *sim.Effects) {
	n := min(j.ha.Parallelism, len(j.slots))
	j.ha.Attempt++
	j.status, j.covered, j.lastEnd = Deploying, -1, fx.Now()
	j.members = make([]member, n)
	for i := range j.members {
		j.members[i] = member{node: j.slots[i].node, attempt: j.ha.Attempt, state: deployed}
	}
	ev := model.Event{Kind: model.JobRestored, Generation: int32(j.ha.Attempt), Cause: j.why}
	if j.from != nil {
		ev.Op = j.from.ID
	}
	fx.Observe(&ev)
	j.restoreEnumerator()
	if j.ha.Restore != 0 { // until there is a newer checkpoint, a failure comes back to it
		j.ha.Latest, j.ha.Restore = []int64{j.ha.Restore}, 0
	}
	for i := range j.members {
		j.send(i, fx)
	}
}

// deployVacant fills the places of regions that have failed.
func (j *JobManager) deployVacant(fx *sim.Effects) {
	for i := range j.members {
		if j.members[i].state != vacant {
			continue
		}
		at := slices.IndexFunc(j.slots, func(s slot) bool { return j.memberOn(s.node) < 0 })
		if at < 0 {
			return
		}
		j.ha.Attempt++
		j.from = j.keptAs(j.ha.goesOnFrom())
		j.members[i] = member{node: j.slots[at].node, attempt: j.ha.Attempt, state: deployed}
		ev := model.Event{Kind: model.JobRestored, Generation: int32(j.ha.Attempt), Cause: j.why,
			Members: []string{taskName(sourceTask, i), taskName(operatorTask, i), taskName(sinkTask, i)}}
		if j.from != nil {
			ev.Op = j.from.ID
		}
		fx.Observe(&ev)
		j.giveBack(i, ev.Op)
		j.send(i, fx)
	}
}

func (j *JobManager) send(subtask int, fx *sim.Effects) {
	m := &j.members[subtask]
	d := &Deploy{Attempt: m.attempt, Subtask: subtask, Parallelism: len(j.members)}
	for i := range j.members {
		d.Peers = append(d.Peers, j.members[i].node)
	}
	if j.from != nil {
		d.From, d.Handles, d.Was = j.from.ID, j.from.Handles, j.from.Parallelism
	}
	fx.Send(m.node, laneControl, d)
}

// isReady starts the sources when all of the attempt can be sent to.
func (j *JobManager) isReady(node sim.NodeID, attempt int, fx *sim.Effects) {
	i := j.memberOn(node)
	if i < 0 || j.members[i].attempt != attempt {
		fx.Send(node, laneControl, &Cancel{Attempt: attempt}) // the attempt was given up while it could not be reached
		return
	}
	if j.members[i].state != deployed {
		return
	}
	j.members[i].state = ready
	if j.status == Deploying && slices.ContainsFunc(j.members, func(m member) bool { return m.state != ready }) {
		return
	}
	j.status = Running
	// What ends is known as a whole before it begins, and a checkpoint that
	// somebody brought is looked at before anything is read: see assigned.
	brought := j.ha.Attempt == 1 && !j.fits
	if j.cfg.Assignment == ByEnumerator && (brought || !j.discovered && j.cfg.Bounded) {
		j.discover(fx)
		return
	}
	j.runReady(fx)
	if j.cfg.Assignment == ByEnumerator {
		j.discover(fx)
	}
}

// runReady starts the sources that are ready.
func (j *JobManager) runReady(fx *sim.Effects) {
	for i := range j.members {
		if m := &j.members[i]; m.state == ready {
			m.state = running
			fx.Send(m.node, laneControl, &Run{Attempt: m.attempt, Splits: j.take(i)})
		}
	}
	if j.allRunning() && j.cfg.Interval > 0 {
		fx.SetTimer(timerCheckpoint, "", j.cfg.Interval)
	}
}

func (j *JobManager) allRunning() bool {
	return len(j.members) > 0 && !slices.ContainsFunc(j.members, func(m member) bool { return m.state != running })
}

// taskFailed restarts what a task's failure concerns. State that cannot be
// restored fails the job: an attempt without it would lose what it stands for.
func (j *JobManager) taskFailed(node sim.NodeID, m *Failed, fx *sim.Effects) {
	i := j.memberOn(node)
	if i < 0 || j.members[i].attempt != m.Attempt {
		return
	}
	if m.Restore {
		j.end(FailedJob, "cannot restore: "+m.Why, fx)
		return
	}
	j.failover(i, m.Task+": "+m.Why, fx)
}

// finished ends a bounded job when all its subtasks are done: after a last
// checkpoint, which lets sinks and sources commit what they have.
func (j *JobManager) finished(node sim.NodeID, attempt int, fx *sim.Effects) {
	i := j.memberOn(node)
	if i < 0 || j.members[i].attempt != attempt {
		return
	}
	j.members[i].finished = true
	if !j.allFinished() {
		return
	}
	if j.cfg.Interval == 0 {
		j.end(Over, "", fx)
		return
	}
	fx.StopTimer(timerCheckpoint, "")
	j.abortAll("the job ends", fx)
	j.trigger(false, fx)
}

func (j *JobManager) allFinished() bool {
	return len(j.members) > 0 && !slices.ContainsFunc(j.members, func(m member) bool { return !m.finished })
}
