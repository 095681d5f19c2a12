package checkpoint

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// TaskManager is a node with one slot: a source, an operator and a sink
// subtask of the attempt that it has been made part of.
type TaskManager struct {
	cfg      *Config
	consumer Consumer

	status  slotStatus
	place   Place
	deploy  *Deploy
	files   map[string][]byte // of the checkpoint to restore
	missing int               // of them are still to come
	uploads []sending

	Source   SourceTask
	Operator OperatorTask
	Sink     SinkTask
}

type slotStatus uint8

const (
	offering  slotStatus = iota // no attempt has it
	restoring                   // state is being fetched
	waiting                     // for the others
	working
	broken // a task has failed; the JobManager knows, and will cancel
)

// sending is a task's snapshot on its way to the storage.
type sending struct {
	id     int64
	task   string
	handle Handle
	paths  []string // not written yet
}

const (
	sourceTask   = "source"
	operatorTask = "operator"
	sinkTask     = "sink"

	tasksPerSlot = 3
)

func taskName(task string, subtask int) string { return fmt.Sprintf("%s-%d", task, subtask) }

const (
	timerRegister   = "register"
	timerHeartbeat  = "tm-heartbeat"
	timerJobManager = "jobmanager"

	// registerAgain is how long a TaskManager waits for a JobManager to be there.
	registerAgain = sim.Second
)

// NewTaskManager makes a TaskManager.
func NewTaskManager(cfg *Config, consumer Consumer) *TaskManager {
	t := &TaskManager{cfg: cfg, consumer: consumer}
	t.reset()
	return t
}

func (t *TaskManager) reset() {
	t.status, t.deploy, t.files, t.missing, t.uploads = offering, nil, nil, 0, nil
	t.Source = SourceTask{tm: t, consumer: t.consumer}
	t.Operator = OperatorTask{tm: t}
	t.Sink = SinkTask{tm: t, lastTag: t.Sink.lastTag}
}

// Crash implements sim.Node.
func (t *TaskManager) Crash() {
	if t.Source.reader != nil {
		t.Source.reader.Crash()
	}
	t.consumer.Crash()
	t.reset()
}

// Step implements sim.Node.
func (t *TaskManager) Step(in *sim.Input, fx *sim.Effects) {
	switch {
	case in.Kind == sim.InStart:
		t.consumer.Step(in, fx)
		t.register(fx)
	case t.consumer.Step(in, fx):
	case in.Kind == sim.InMessage:
		t.message(in, fx)
	case in.Kind == sim.InClosed:
		t.closed(in.Conn, fx)
	case in.Kind == sim.InTimer:
		t.timed(in, fx)
	case in.Kind == sim.InCommand:
		t.command(in.Label, in.Key, fx)
	}
	t.Source.hear(fx)
}

func (t *TaskManager) register(fx *sim.Effects) {
	fx.Send(t.cfg.JobManager, laneControl, &Register{})
	fx.SetTimer(timerHeartbeat, "", t.cfg.HeartbeatInterval)
	fx.SetTimer(timerJobManager, "", t.cfg.HeartbeatTimeout)
}

func (t *TaskManager) message(in *sim.Input, fx *sim.Effects) {
	switch m := in.Msg.(type) {
	case *Buffer:
		t.Operator.arrive(m, fx)
	case *Credit:
		t.Source.credit(m, fx)
	case *StoreResponse:
		t.Sink.answered(m, fx)
	case *Written:
		t.written(m, fx)
	case *Content:
		t.content(m, fx)
	case *Heartbeat:
		fx.SetTimer(timerJobManager, "", t.cfg.HeartbeatTimeout)
	case *Disconnect:
		t.cancel(fx)
		t.register(fx)
	case *Deploy:
		t.begin(m, fx)
	default:
		t.control(m, fx)
	}
}

// control takes what the JobManager says of the attempt; of others there is
// nothing to be done.
func (t *TaskManager) control(m sim.Message, fx *sim.Effects) {
	if t.status == offering {
		return
	}
	switch m := m.(type) {
	case *Run:
		if t.status == waiting && m.Attempt == t.deploy.Attempt {
			t.status = working
			t.Source.open(m.Splits, fx)
		}
	case *AddSplits:
		t.mail(m.Attempt, mail{kind: ReaderSplits, splits: m.Splits}, fx)
	case *Trigger:
		t.mail(m.Attempt, mail{kind: ReaderSnapshot, id: m.ID, at: m.At, savepoint: m.Savepoint}, fx)
	case *Notify:
		t.notified(m, fx)
	case *Cancel:
		if m.Attempt == t.deploy.Attempt {
			t.cancel(fx)
		}
	}
}

func (t *TaskManager) mail(attempt int, m mail, fx *sim.Effects) {
	if t.status == working && attempt == t.deploy.Attempt {
		t.Source.mail(m, fx)
	}
}

// notified tells every task how a checkpoint ended.
func (t *TaskManager) notified(m *Notify, fx *sim.Effects) {
	if t.status != working || m.Attempt != t.deploy.Attempt {
		return
	}
	cause, kind := "completed", ReaderComplete
	if !m.Completed {
		cause, kind = "aborted", ReaderAborted
	}
	fx.Observe(&model.Event{Kind: model.Notified, Member: t.Source.name, Generation: t.generation(), Op: m.ID, Cause: cause})
	if m.Completed {
		t.Operator.uploads.confirmed(m.ID)
		t.Sink.completed(m.ID, fx)
	} else {
		t.Operator.uploads.aborted(m.ID)
		t.Operator.aborted(m.ID, fx)
	}
	t.Source.mail(mail{kind: kind, id: m.ID}, fx)
}

func (t *TaskManager) generation() int32 { return int32(t.deploy.Attempt) }

func (t *TaskManager) timed(in *sim.Input, fx *sim.Effects) {
	switch in.Label {
	case timerRegister:
		t.register(fx)
	case timerHeartbeat:
		fx.Send(t.cfg.JobManager, laneControl, &Heartbeat{})
		fx.SetTimer(timerHeartbeat, "", t.cfg.HeartbeatInterval)
	case timerJobManager:
		t.cancel(fx)
		t.register(fx)
	case timerWork:
		t.Operator.worked(fx)
	case timerLocal:
		t.local(fx)
	case timerSinkSnapshot:
		t.Sink.snapshot(fx)
	default:
		t.Source.timed(in.Label, in.Key, fx)
	}
}

// closed learns that a connection is gone. Without its JobManager an attempt
// is over; without a peer, the storage or the store a task fails.
func (t *TaskManager) closed(c sim.Conn, fx *sim.Effects) {
	if c.Peer == t.cfg.JobManager {
		t.cancel(fx)
		fx.StopTimer(timerHeartbeat, "")
		fx.StopTimer(timerJobManager, "")
		fx.SetTimer(timerRegister, "", registerAgain)
		return
	}
	if t.status == offering || t.status == broken {
		return
	}
	switch {
	case c.Peer == t.cfg.Store:
		if t.Sink.waits() {
			t.fail(t.Sink.name, "lost the store", false, fx)
		}
	case c.Peer == t.cfg.Storage:
		t.storageGone(fx)
	case c.Lane == laneData && slices.Contains(t.deploy.Peers, c.Peer) && t.status == working:
		t.fail(t.Operator.name, "lost "+fx.Name(c.Peer), false, fx)
	}
}

// command is a failure on request: fail source, fail operator, fail sink; also
// while the attempt is being restored.
func (t *TaskManager) command(label, key string, fx *sim.Effects) {
	if label == "fail" && t.status != offering {
		t.fail(taskName(key, t.deploy.Subtask), "failed on request", false, fx)
	}
}

// fail stops the tasks of the slot and tells the JobManager.
func (t *TaskManager) fail(task, why string, restore bool, fx *sim.Effects) {
	if t.status == broken || t.status == offering {
		return
	}
	fx.Observe(&model.Event{Kind: model.TaskFailed, Member: task, Generation: t.generation(), Error: why})
	fx.Send(t.cfg.JobManager, laneControl, &Failed{Attempt: t.deploy.Attempt, Task: task, Why: why, Restore: restore})
	t.stop(fx)
	t.status = broken
}

// stop ends the tasks, in the middle of what they do.
func (t *TaskManager) stop(fx *sim.Effects) {
	t.Source.stop(fx)
	fx.StopTimer(timerWork, "")
	fx.StopTimer(timerLocal, "")
	fx.StopTimer(timerSinkSnapshot, "")
	t.uploads, t.files, t.missing = nil, nil, 0
}

func (t *TaskManager) cancel(fx *sim.Effects) {
	if t.status == offering {
		return
	}
	t.stop(fx)
	t.reset()
}

// Unsettled tells what keeps the slot's part of the job from being at rest.
func (t *TaskManager) Unsettled() string {
	switch {
	case t.status == offering:
		return ""
	case t.status != working:
		return "is being deployed"
	case t.Source.busy():
		return "has records that are not emitted"
	case t.Operator.busy():
		return "has records that are not applied"
	case t.Sink.waits():
		return "has results that are not written"
	}
	return ""
}

// Working tells whether the slot is part of a running attempt, and as which
// subtask.
func (t *TaskManager) Working() (subtask int, ok bool) {
	if t.status != working {
		return 0, false
	}
	return t.deploy.Subtask, true
}
