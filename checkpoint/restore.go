package checkpoint

import (
	"slices"

	"github.com/groundhogsim/groundhog/sim"
)

// begin makes the slot part of an attempt: the state is fetched that its
// subtasks go on from.
func (t *TaskManager) begin(d *Deploy, fx *sim.Effects) {
	if t.status != offering {
		if d.Attempt <= t.deploy.Attempt {
			return
		}
		t.cancel(fx)
	}
	t.deploy, t.status, t.files = d, restoring, map[string][]byte{}
	t.place = Place{Job: t.cfg.Name, Subtask: d.Subtask, Parallelism: d.Parallelism, Attempt: d.Attempt, Node: fx.Name(fx.Self())}
	t.Source.begin(t.place, d.Peers)
	t.Operator.begin(t.place)
	t.Sink.begin(t.place)
	for _, h := range t.wanted() {
		for _, path := range h.Paths() {
			if _, ok := t.files[path]; !ok {
				t.files[path] = nil
				t.missing++
				fx.Send(t.cfg.Storage, laneControl, &Read{Path: path})
			}
		}
	}
	if t.missing == 0 {
		t.restore(fx)
	}
}

// wanted are the handles that the slot's subtasks go on from: their own, or,
// when the parallelism has changed, all that their share may be in.
func (t *TaskManager) wanted() []*Handle {
	var out []*Handle
	for i := range t.deploy.Handles {
		h := &t.deploy.Handles[i]
		switch {
		case h.Task == taskName(sourceTask, h.Subtask):
			if !t.sameParallelism() || t.cfg.Assignment == ByGroup || h.Subtask == t.deploy.Subtask {
				out = append(out, h)
			}
		case h.Task == taskName(operatorTask, h.Subtask):
			if t.cfg.Forward && h.Subtask%t.deploy.Parallelism == t.deploy.Subtask || !t.cfg.Forward && t.overlaps(h.Subtask) {
				out = append(out, h)
			}
		case h.Subtask%t.deploy.Parallelism == t.deploy.Subtask:
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b *Handle) int { return a.Subtask - b.Subtask })
	return out
}

func (t *TaskManager) sameParallelism() bool { return t.deploy.Was == t.deploy.Parallelism }

// overlaps tells whether an operator subtask of the checkpoint had key groups
// that are this one's now.
func (t *TaskManager) overlaps(was int) bool {
	for g := range t.cfg.MaxParallelism {
		if subtaskOf(g, t.deploy.Was, t.cfg.MaxParallelism) == was && t.mine(g) {
			return true
		}
	}
	return false
}

// mine tells whether a key group is this slot's operator's.
func (t *TaskManager) mine(group int) bool {
	return t.cfg.Forward || subtaskOf(group, t.deploy.Parallelism, t.cfg.MaxParallelism) == t.deploy.Subtask
}

func (t *TaskManager) content(m *Content, fx *sim.Effects) {
	if t.status != restoring {
		return
	}
	if data, ok := t.files[m.Path]; !ok || data != nil {
		return
	}
	if m.Error != "" {
		t.fail(t.Source.name, m.Path+": "+m.Error, true, fx)
		return
	}
	t.files[m.Path] = m.Data
	if t.missing--; t.missing == 0 {
		t.restore(fx)
	}
}

// restore gives the subtasks their state, and offers the slot to the others.
func (t *TaskManager) restore(fx *sim.Effects) {
	d := t.deploy
	var splits []Split // of all the sources whose state the slot has
	for _, h := range t.wanted() {
		state, err := load(h, t.cfg.Name, d.From, t.files)
		switch {
		case err != nil:
		case h.Task == taskName(sourceTask, h.Subtask):
			t.Source.restored = true
			splits, err = appendSplits(splits, state)
		case h.Task == taskName(operatorTask, h.Subtask):
			err = t.restoreOperator(state)
		default:
			err = t.Sink.restore(state)
		}
		if err != nil {
			t.fail(h.Task, err.Error(), true, fx)
			return
		}
	}
	t.files = nil
	t.status = waiting
	t.Source.splits = t.share(splits)
	t.Sink.restored(fx)
	fx.Send(t.cfg.JobManager, laneControl, &Ready{Attempt: d.Attempt})
}

func appendSplits(splits []Split, state []GroupState) ([]Split, error) {
	for _, s := range state {
		more, err := decodeSplits(s.Data)
		if err != nil {
			return nil, err
		}
		splits = append(splits, more...)
	}
	return splits, nil
}

// share is the subtask's share of the splits in the sources' states: all of its
// own; after a change of parallelism as many in a row as its turn is, the first
// subtasks taking one more where they do not come out even: whatever topics
// they are of (RoundRobinOperatorStateRepartitioner.repartitionSplitState).
// Every subtask of a group gets all.
func (t *TaskManager) share(splits []Split) []Split {
	if t.sameParallelism() || t.cfg.Assignment == ByGroup {
		return splits
	}
	each, more := len(splits)/t.deploy.Parallelism, len(splits)%t.deploy.Parallelism
	at := func(subtask int) int { return subtask*each + min(subtask, more) }
	return splits[at(t.deploy.Subtask):at(t.deploy.Subtask+1)]
}

func (t *TaskManager) restoreOperator(state []GroupState) error {
	for _, s := range state {
		if !t.mine(s.Group) {
			continue
		}
		if err := t.Operator.restore(s.Group, s.Data); err != nil {
			return err
		}
	}
	return nil
}

// storageGone learns that what was under way to the storage is lost.
func (t *TaskManager) storageGone(fx *sim.Effects) {
	if t.status == restoring {
		t.fail(t.Source.name, "lost the storage while restoring", false, fx)
		return
	}
	for len(t.uploads) > 0 {
		u := t.uploads[0]
		t.uploads = t.uploads[1:]
		t.decline(u.id, u.task+": lost the storage", fx)
	}
}
