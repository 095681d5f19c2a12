package checkpoint

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// JobManager is the node that runs a job: it deploys attempts to slots,
// restarts them (failover.go), triggers checkpoints (coordinator.go) and hands
// out partitions (enumerator.go).
type JobManager struct {
	cfg *Config
	// ha is what outlives the process (high-availability services).
	ha ha

	status   Status
	why      string // of the restart that is due, or of the failure
	slots    []slot // registered TaskManagers, by node
	members  []member
	restarts int
	delayed  bool // the restart's delay is not over
	hurried  bool // SlotTimeout is over
	from     *Metadata
	read     string // the metadata file that is awaited

	coordinator
	enumerator
}

// Status is how a job is.
type Status string

// The statuses.
const (
	Waiting   Status = "waiting"   // for slots
	Loading   Status = "loading"   // the metadata of the checkpoint to restore
	Deploying Status = "deploying" // tasks restore their state
	Running   Status = "running"
	FailedJob Status = "failed"
	Over      Status = "finished"
)

// ha is kept where a JobManager's process does not matter.
type ha struct {
	Attempt     int
	NextID      int64
	Latest      []int64 // completed checkpoints that are kept, the newest last
	Savepoints  []int64
	Restore     int64 // a savepoint to restore next; 0: the latest checkpoint
	Parallelism int
	Ended       Status // FailedJob, Over
	Why         string
}

// begin forgets all checkpoints but the one that the job begins with, if any.
func (h *ha) begin(restore int64) {
	h.Latest, h.Savepoints = nil, nil
	if restore > 0 {
		h.Latest = []int64{restore}
	}
}

// goesOnFrom is the checkpoint that the next attempt restores; 0 for none.
func (h *ha) goesOnFrom() int64 {
	if n := len(h.Latest); h.Restore == 0 && n > 0 {
		return h.Latest[n-1]
	}
	return h.Restore
}

// slot is a TaskManager that offers itself.
type slot struct {
	node sim.NodeID
	conn sim.Conn
}

// member is a subtask's place in the running attempt.
type member struct {
	node     sim.NodeID
	attempt  int // its own: with regions they differ
	state    memberState
	finished bool
}

type memberState uint8

const (
	vacant memberState = iota
	deployed
	ready
	running
)

const (
	timerRestart    = "restart"
	timerSlots      = "slots"
	timerAlive      = "alive"
	timerCheckpoint = "checkpoint"
	timerExpire     = "checkpoint-timeout"
	timerNotify     = "notify"
	timerDiscover   = "discover"
)

// NewJobManager makes the JobManager of a job.
func NewJobManager(cfg *Config, dir Directory) *JobManager {
	j := &JobManager{cfg: cfg, ha: ha{NextID: cfg.Restore + 1, Parallelism: cfg.Parallelism}}
	j.ha.begin(cfg.Restore)
	j.enumerator.dir = dir
	j.reset()
	return j
}

func (j *JobManager) reset() {
	dir := j.dir
	j.status, j.why, j.slots, j.members = Waiting, "start", nil, nil
	j.restarts, j.delayed, j.hurried, j.from, j.read = 0, false, false, nil, ""
	j.coordinator = coordinator{knobs: j.knobs}
	j.enumerator = enumerator{dir: dir}
	if j.ha.Ended != "" {
		j.status, j.why = j.ha.Ended, j.ha.Why
	}
}

// Crash implements sim.Node. The memory backend keeps checkpoints on the
// JobManager's heap, so they are gone.
func (j *JobManager) Crash() {
	j.dir.Crash()
	if j.cfg.Backend.Kind == Memory {
		j.ha.begin(j.cfg.Restore)
	}
	j.reset()
	j.why = "the JobManager came back"
}

// Step implements sim.Node.
func (j *JobManager) Step(in *sim.Input, fx *sim.Effects) {
	switch {
	case j.dir.Step(in, fx):
	case in.Kind == sim.InStart:
		if j.cfg.SlotTimeout > 0 {
			fx.SetTimer(timerSlots, "", j.cfg.SlotTimeout)
		}
	case in.Kind == sim.InMessage:
		j.message(in, fx)
	case in.Kind == sim.InClosed:
		j.closed(in.Conn, fx)
	case in.Kind == sim.InTimer:
		j.timed(in, fx)
	case in.Kind == sim.InCommand:
		j.command(in.Label, in.Key, fx)
	}
	for {
		ev, ok := j.dir.Told()
		if !ok {
			return
		}
		j.looked(ev, fx)
	}
}

func (j *JobManager) message(in *sim.Input, fx *sim.Effects) {
	from := in.Conn.Peer
	switch m := in.Msg.(type) {
	case *Register:
		j.register(in.Conn, fx)
	case *Heartbeat:
		if !j.hasSlot(from) {
			fx.Reply(in.Conn, &Disconnect{})
			return
		}
		fx.SetTimer(timerAlive, fx.Name(from), j.cfg.HeartbeatTimeout)
		fx.Reply(in.Conn, m)
	case *Ready:
		j.isReady(from, m.Attempt, fx)
	case *AckCheckpoint:
		j.acked(m, fx)
	case *DeclineCheckpoint:
		j.declined(m, fx)
	case *Failed:
		j.taskFailed(from, m, fx)
	case *Finished:
		j.finished(from, m.Attempt, fx)
	case *Content:
		j.content(m, fx)
	case *Written:
		j.metadataWritten(m, fx)
	}
}

func (j *JobManager) timed(in *sim.Input, fx *sim.Effects) {
	switch in.Label {
	case timerRestart:
		j.delayed = false
		j.deploy(fx)
	case timerSlots:
		j.hurried = true
		j.deploy(fx)
	case timerAlive:
		if id, ok := j.slotNamed(in.Key, fx); ok {
			j.slotGone(id, "no heartbeat of "+in.Key, fx)
		}
	case timerCheckpoint:
		j.periodic(fx)
	case timerExpire:
		id, _ := strconv.ParseInt(in.Key, 10, 64)
		j.abort(id, "expired", true, fx)
	case timerNotify:
		id, _ := strconv.ParseInt(in.Key, 10, 64)
		j.notify(id, true, fx)
	case timerDiscover:
		j.discover(fx)
	}
}

// register takes a slot; one that was known has come back with a new process.
func (j *JobManager) register(c sim.Conn, fx *sim.Effects) {
	at, known := slices.BinarySearchFunc(j.slots, c.Peer, func(s slot, id sim.NodeID) int { return int(s.node) - int(id) })
	if known {
		j.slots[at].conn = c
	} else {
		j.slots = slices.Insert(j.slots, at, slot{c.Peer, c})
	}
	fx.SetTimer(timerAlive, fx.Name(c.Peer), j.cfg.HeartbeatTimeout)
	if i := j.memberOn(c.Peer); i >= 0 && j.status != Waiting {
		j.failover(i, fx.Name(c.Peer)+" has come back", fx)
	}
	j.deploy(fx)
}

func (j *JobManager) slotNamed(name string, fx *sim.Effects) (sim.NodeID, bool) {
	for _, s := range j.slots {
		if fx.Name(s.node) == name {
			return s.node, true
		}
	}
	return 0, false
}

// memberOn is the subtask whose place is a node's slot; -1 for none.
func (j *JobManager) memberOn(node sim.NodeID) int {
	return slices.IndexFunc(j.members, func(m member) bool { return m.node == node && m.state != vacant })
}

func (j *JobManager) hasSlot(node sim.NodeID) bool {
	return slices.ContainsFunc(j.slots, func(s slot) bool { return s.node == node })
}

// closed learns that a connection is gone, and with it what was under way.
func (j *JobManager) closed(c sim.Conn, fx *sim.Effects) {
	switch {
	case c.Peer == j.cfg.Storage:
		j.storageGone(fx)
	case slices.ContainsFunc(j.slots, func(s slot) bool { return s.conn == c }):
		j.slotGone(c.Peer, "lost "+fx.Name(c.Peer), fx)
	}
}

func (j *JobManager) slotGone(node sim.NodeID, why string, fx *sim.Effects) {
	j.slots = slices.DeleteFunc(j.slots, func(s slot) bool { return s.node == node })
	fx.StopTimer(timerAlive, fx.Name(node))
	if i := j.memberOn(node); i >= 0 {
		j.failover(i, why, fx)
	}
}

// command does what somebody outside asks for.
func (j *JobManager) command(label, key string, fx *sim.Effects) {
	n, _ := strconv.Atoi(firstWord(key))
	switch label {
	case "savepoint":
		j.trigger(true, fx)
	case "rescale":
		if n > 0 && n <= j.cfg.MaxParallelism {
			j.ha.Parallelism = n
			j.restartAll(fmt.Sprintf("rescaled to %d", n), fx)
		}
	case "restore-savepoint":
		if k := len(j.ha.Savepoints); k > 0 {
			j.ha.Restore = j.ha.Savepoints[k-1]
			j.restartAll("savepoint", fx)
		}
	default:
		j.knobs.turn(label, key)
		j.failPending(fx)
	}
}

// end ends the job for good.
func (j *JobManager) end(s Status, why string, fx *sim.Effects) {
	j.status, j.why = s, why
	j.ha.Ended, j.ha.Why = s, why
	j.stopTimers(fx)
	ev := model.Event{Kind: model.JobFinished, Generation: int32(j.ha.Attempt)}
	if s == FailedJob {
		ev.Kind, ev.Error = model.JobFailed, why
		for i := range j.members {
			j.cancel(i, fx)
		}
	}
	fx.Observe(&ev)
}

func (j *JobManager) stopTimers(fx *sim.Effects) {
	fx.StopTimer(timerCheckpoint, "")
	fx.StopTimer(timerDiscover, "")
	fx.StopTimer(timerRestart, "")
	for i := range j.pending {
		fx.StopTimer(timerExpire, itoa(j.pending[i].id))
	}
}

// Status is how the job is, and why.
func (j *JobManager) Status() (Status, string) { return j.status, j.why }

// Attempt is the number of the last attempt.
func (j *JobManager) Attempt() int { return j.ha.Attempt }

// Unsettled tells what keeps the job from being at rest; empty when nothing
// does. A checkpoint under way does not.
func (j *JobManager) Unsettled() string {
	switch {
	case j.status == Over || j.status == FailedJob:
		return ""
	case j.status != Running:
		return fmt.Sprintf("the job is %s: %s", j.status, j.why)
	case j.looking():
		return "the enumerator looks for partitions"
	}
	for i := range j.members {
		if j.members[i].state != running {
			return fmt.Sprintf("subtask %d is not running", i)
		}
	}
	return ""
}

// Covered is when the newest completed checkpoint of this attempt was
// triggered; negative when there is none.
func (j *JobManager) Covered() sim.Time { return j.covered }

// Checkpointing tells whether the job takes checkpoints.
func (j *JobManager) Checkpointing() bool { return j.cfg.Interval > 0 }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
