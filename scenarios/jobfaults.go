package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/sim"
)

// Faults of jobs; Crash, Vanish, Pause, Cut and Disconnect strike their
// TaskManagers.
var (
	// TaskFailure makes one task of a TaskManager fail: its source, operator or
	// sink. The process goes on.
	TaskFailure = Fault{Name: "task-failure", job: true, plan: func(p *Planner, i int, at time.Duration) {
		kinds := []string{"source", "operator", "sink"}
		p.FailTask(at, p.member("task-failure", i), kinds[p.Pick("task-kind", i, len(kinds))])
	}}
	// JobManagerCrash kills the JobManager; it comes back.
	JobManagerCrash = Fault{Name: "job-manager-crash", job: true, plan: func(p *Planner, i int, at time.Duration) {
		p.At(at, sim.Crash, jobNodes[jobManagerAt])
		p.At(at+time.Second+p.Draw("jm-down-for", i, 20*time.Second), sim.Start, jobNodes[jobManagerAt])
	}}
	// StorageFails makes some writes of state fail.
	StorageFails = Fault{Name: "storage-fails", job: true, plan: func(p *Planner, i int, at time.Duration) {
		p.Storage(at, fmt.Sprintf("fail-writes %d", 1+p.Pick("failing-writes", i, 4)))
	}}
	// StorageSlow makes some writes of state take long.
	StorageSlow = Fault{Name: "storage-slow", job: true, plan: func(p *Planner, i int, at time.Duration) {
		p.Storage(at, fmt.Sprintf("slow-writes %v %d", time.Second+p.Draw("slow-for", i, 20*time.Second), 1+p.Pick("slow-writes", i, 4)))
	}}
	// StorageTears leaves some files half written, and says so.
	StorageTears = Fault{Name: "storage-tears", job: true, plan: func(p *Planner, i int, at time.Duration) {
		p.Storage(at, fmt.Sprintf("tear-writes %d", 1+p.Pick("torn-writes", i, 4)))
	}}
	// LoseNotifications loses, or tells late, how some checkpoints ended.
	LoseNotifications = Fault{Name: "lose-notifications", job: true, plan: func(p *Planner, i int, at time.Duration) {
		n := 1 + p.Pick("lost-notifications", i, 3)
		switch p.Pick("which-notifications", i, 3) {
		case 0:
			p.JobManager(at, fmt.Sprintf("lose-complete %d", n))
		case 1:
			p.JobManager(at, fmt.Sprintf("late-complete %d %v", n, time.Millisecond+p.Draw("late-by", i, 20*time.Second)))
		default:
			p.JobManager(at, fmt.Sprintf("lose-abort %d", n))
		}
	}}
)

// FailCheckpoint makes the n-th checkpoint of a job fail.
func FailCheckpoint(n int) Fault {
	return Fault{Name: fmt.Sprintf("fail-checkpoint-%d", n), job: true, plan: func(p *Planner, _ int, at time.Duration) {
		p.FailCheckpoint(at, n)
	}}
}

// Rescale restarts a job with another parallelism; there must be as many slots.
func Rescale(parallelism int) Fault {
	return Fault{Name: fmt.Sprintf("rescale-%d", parallelism), job: true, plan: func(p *Planner, _ int, at time.Duration) {
		p.Rescale(at, parallelism)
	}}
}

// Savepoint makes a job take a savepoint.
var Savepoint = Fault{Name: "savepoint", job: true, plan: func(p *Planner, _ int, at time.Duration) {
	p.JobManager(at, "savepoint")
}}

// FailTask makes a task of a TaskManager fail: source, operator or sink.
func (p *Planner) FailTask(at time.Duration, node, task string) {
	switch task {
	case "source", "operator", "sink":
		p.Command(at, "fail "+task, node)
	default:
		p.wrong("FailTask", fmt.Sprintf("%q is no task; there are source, operator and sink", task))
	}
}

// FailCheckpoint makes a checkpoint fail, if it is not over when the moment
// comes: when its first task has acknowledged it.
func (p *Planner) FailCheckpoint(at time.Duration, id int) {
	p.JobManager(at, fmt.Sprintf("fail-checkpoint %d", id))
}

// Rescale restarts the job with another parallelism.
func (p *Planner) Rescale(at time.Duration, parallelism int) {
	if n := p.run.Spec.Members; parallelism < 1 || parallelism > n {
		p.wrong("Rescale", fmt.Sprintf("%d cannot be: there are %d slots, one for each of the Members", parallelism, n))
		return
	}
	p.JobManager(at, fmt.Sprintf("rescale %d", parallelism))
}

// JobManager plans a command to the JobManager: "savepoint", "rescale N",
// "restore-savepoint", "lose-complete N", "lose-abort N", "late-complete N SPAN",
// "fail-checkpoint ID".
func (p *Planner) JobManager(at time.Duration, command string) { p.jobNode(jobManagerAt, at, command) }

// Storage plans a command to the storage of checkpoints: see checkpoint.Storage.
func (p *Planner) Storage(at time.Duration, command string) {
	label, key, _ := strings.Cut(command, " ")
	if err := checkpoint.CheckStorageCommand(label, key); err != nil {
		p.wrong("Storage", err.Error())
		return
	}
	p.jobNode(storageAt, at, command)
}

// OutsideStore plans a command to the outside store: see checkpoint.Store.
func (p *Planner) OutsideStore(at time.Duration, command string) { p.jobNode(storeAt, at, command) }

func (p *Planner) jobNode(i int, at time.Duration, command string) {
	if p.run.Spec.Job == nil {
		p.wrong(command, "the Spec has no Job")
		return
	}
	p.Command(at, command, jobNodes[i])
}

// peerOf draws whose connections to a member break: those of the first broker;
// with a job, of any node that a TaskManager talks to.
func (p *Planner) peerOf(member string, i int) string {
	if p.run.Spec.Job == nil {
		return "b0"
	}
	var peers []string
	for n, name := range p.run.Names.Nodes {
		if id := sim.NodeID(n); p.run.isBrokerNode(id) || p.run.isTask(id) && name != member || n >= len(p.run.Names.Nodes)-len(jobNodes) {
			peers = append(peers, name)
		}
	}
	return peers[p.Pick("disconnect-from", i, len(peers))]
}

// disconnect plans that all connections between two nodes break.
func (p *Planner) disconnect(at time.Duration, member, peer string) {
	a := sim.Action{Kind: sim.Reset, Node: p.action(sim.Reset, peer).Node, Peer: p.action(sim.Reset, member).Node}
	for lane := range lanes {
		a.Lane = sim.Lane(lane)
		p.run.Plan = append(p.run.Plan, sim.Entry{At: sim.Span(at), Action: a})
	}
}

// isBrokerNode tells whether a node is a broker.
func (r *Trial) isBrokerNode(id sim.NodeID) bool { return id < r.member(0) }
