package checkpoint

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// upload writes a task's snapshot; when all of it is durable the task
// acknowledges the checkpoint.
func (t *TaskManager) upload(id int64, task string, state []GroupState, known *Uploads, fx *sim.Effects) {
	if err := t.cfg.Backend.admit(id, task, state); err != nil {
		t.decline(id, err.Error(), fx)
		return
	}
	h, writes := t.cfg.Backend.store(t.cfg.Name, id, task, t.deploy.Subtask, state, known)
	u := sending{id: id, task: task, handle: h}
	for _, w := range writes {
		u.paths = append(u.paths, w.Path)
	}
	t.uploads = append(t.uploads, u)
	if len(writes) == 0 {
		t.durable(len(t.uploads)-1, fx)
		return
	}
	for _, w := range writes {
		fx.Send(t.cfg.Storage, laneControl, w)
	}
}

func (t *TaskManager) written(m *Written, fx *sim.Effects) {
	for i := range t.uploads {
		u := &t.uploads[i]
		at := slices.Index(u.paths, m.Path)
		if at < 0 {
			continue
		}
		if m.Error != "" {
			t.decline(u.id, u.task+": "+m.Error, fx)
			t.uploads = slices.Delete(t.uploads, i, i+1)
			return
		}
		if u.paths = slices.Delete(u.paths, at, at+1); len(u.paths) == 0 {
			t.durable(i, fx)
		}
		return
	}
}

func (t *TaskManager) durable(i int, fx *sim.Effects) {
	u := t.uploads[i]
	t.uploads = slices.Delete(t.uploads, i, i+1)
	fx.Observe(&model.Event{Kind: model.StateDurable, Member: u.task, Generation: t.generation(), Op: u.id})
	fx.Send(t.cfg.JobManager, laneControl, &AckCheckpoint{Attempt: t.deploy.Attempt, ID: u.id, Handle: u.handle})
}

func (t *TaskManager) decline(id int64, why string, fx *sim.Effects) {
	fx.Send(t.cfg.JobManager, laneControl, &DeclineCheckpoint{Attempt: t.deploy.Attempt, ID: id, Why: why})
}
