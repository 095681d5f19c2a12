package scenarios

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim"
)

// JobNodes are a job's nodes in one world, and what its subtasks run at
// present. Like the nodes they are not safe for use by several goroutines.
type JobNodes struct {
	Config  *checkpoint.Config
	Manager *checkpoint.JobManager
	Storage sim.Node
	Store   *checkpoint.Store

	run       *Trial
	tasks     []*checkpoint.TaskManager
	consumers []checkpoint.Consumer // of the tasks
	hosts     []*sourceHost         // of attempts that go on
}

// JobPorts are a job's ways out of its own nodes.
type JobPorts struct {
	Consumer  func(member int) checkpoint.Consumer // of a TaskManager; they count from 1
	Directory checkpoint.Directory
	Storage   sim.Node
}

// NewJobNodes makes the nodes of a trial's job. failed is told when a source
// panics, from inside a step.
func NewJobNodes(run *Trial, ports JobPorts, failed func(error)) (*JobNodes, error) {
	given := run.jobConfig()
	w := &JobNodes{run: run, Config: given.WithDefaults(), Storage: ports.Storage, Store: checkpoint.NewStore(run.Spec.Job.Store)}
	w.Config.Reader = func(at checkpoint.Place) checkpoint.Reader { return w.host(run.Spec.Job, at, failed) }
	if err := w.Config.Check(); err != nil {
		return nil, err
	}
	for i := range run.Spec.Members {
		c := ports.Consumer(1 + i)
		w.tasks, w.consumers = append(w.tasks, checkpoint.NewTaskManager(w.Config, c)), append(w.consumers, c)
	}
	w.Manager = checkpoint.NewJobManager(w.Config, ports.Directory)
	return w, nil
}

// Node is the job's node of a number; nil for nodes that are not the job's.
func (w *JobNodes) Node(id sim.NodeID) sim.Node {
	switch {
	case w.run.isTask(id):
		return w.tasks[id-w.run.member(0)]
	case id == w.run.jobNode(jobManagerAt):
		return w.Manager
	case id == w.run.jobNode(storageAt):
		return w.Storage
	case id == w.run.jobNode(storeAt):
		return w.Store
	}
	return nil
}

// newJob makes a job's nodes: its TaskManagers, which stand in the members'
// places, and the others, which stand behind all nodes.
func (s *simulation) newJob() (tasks, others []sim.Node, err error) {
	admin := s.run.Spec.Client.config()
	admin.ClientID, admin.Group, admin.Brokers = jobNodes[jobManagerAt], s.run.Spec.Group.Name, s.run.brokers()
	s.job, err = NewJobNodes(s.run, JobPorts{
		Consumer:  func(member int) checkpoint.Consumer { return client.NewDirect(memberConfig(s.run, member, 1)) },
		Directory: client.NewDirectory(admin.WithDefaults()),
		Storage:   checkpoint.NewStorage(s.run.Spec.Job.Storage),
	}, s.failed)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range s.job.tasks {
		tasks = append(tasks, t)
	}
	return tasks, []sim.Node{jobManagerAt: s.job.Manager, storageAt: s.job.Storage, storeAt: s.job.Store}, nil
}

// host makes what runs the source of a subtask's attempt.
func (w *JobNodes) host(j *Job, at checkpoint.Place, failed func(error)) checkpoint.Reader {
	h := &sourceHost{place: at, make: j.Source, timeout: w.Config.Poll.Duration(), bounded: w.Config.Bounded, failed: failed}
	w.hosts = append(slices.DeleteFunc(w.hosts, func(h *sourceHost) bool { return h.over }), h)
	return h
}

// End lets go of the sources' coroutines: their defers run, and their calls do
// nothing.
func (w *JobNodes) End() {
	for _, h := range w.hosts {
		h.Crash()
	}
}

// Failed tells whether the job has ended badly: nothing will come any more.
func (w *JobNodes) Failed() bool {
	status, _ := w.Manager.Status()
	return status == checkpoint.FailedJob
}

// JobLogs are what a job's world knows of the topics: how many partitions one has,
// where a partition ends, and when something last happened that is more than
// routine (Chronicle.Stirred).
type JobLogs struct {
	Partitions func(topic string) int32
	End        func(p Partition) int64
	Stirred    sim.Time
}

// Unsettled tells what keeps the job from being at rest: running with
// nothing left to read, and with a checkpoint that was triggered after
// everything was done; or finished, if it is bounded. It is empty when nothing
// does.
func (w *JobNodes) Unsettled(logs JobLogs) string {
	switch status, why := w.Manager.Status(); {
	case status == checkpoint.FailedJob:
		return "the job has failed: " + why
	case status == checkpoint.Over:
		return ""
	}
	if why := w.Manager.Unsettled(); why != "" {
		return why
	}
	if w.Config.Bounded {
		return "the job has not finished"
	}
	for i, t := range w.tasks {
		if id := w.run.member(i); slices.Contains(w.run.Retired, id) {
			continue
		}
		if why := t.Unsettled(); why != "" {
			return w.run.Spec.memberName(1+i) + " " + why
		}
	}
	for _, t := range w.Config.Topics {
		for i := range logs.Partitions(t) {
			p := Partition{Topic: t, Partition: i}
			at, end := w.position(p), logs.End(p)
			if at < 0 {
				return fmt.Sprintf("nobody reads %v", p)
			}
			if at < end {
				return fmt.Sprintf("%v is read up to %d of %d", p, at, end)
			}
		}
	}
	if w.Manager.Checkpointing() && w.Manager.Covered() < logs.Stirred {
		return "no checkpoint has completed since the last record"
	}
	return ""
}

// position is how far the furthest consumer has read a partition; negative
// when none reads it.
func (w *JobNodes) position(p Partition) int64 {
	at := int64(-1)
	for _, c := range w.consumers {
		at = max(at, c.PositionOf(p))
	}
	return at
}
