package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/sim"
)

// Job is a checkpointing job (package checkpoint) that reads the Spec's topics
// in place of a group of Handlers. Its TaskManagers are the Spec's Members,
// named tm1, tm2, …, each with one slot; beside them there are its JobManager
// jm, the storage of its checkpoints fs, and the outside store of its sinks,
// store. Spec.Group names the group that its sources commit to; Spec.Client sets
// their consumers. Zero fields mean Flink's defaults.
type Job struct {
	Name           string // the group's
	Parallelism    int    // subtasks of each kind; as many as there are Members
	MaxParallelism int    // key groups, 128
	Forward        bool   // each source feeds its own slot; else records go where their keys belong
	RestartRegions bool   // only what is connected with the failure restarts

	Mode              checkpoint.Mode // exactly-once
	Interval          time.Duration   // between checkpoints; 0: there are none
	Timeout           time.Duration   // of a checkpoint, 10 min
	MinPause          time.Duration   // between a checkpoint's end and the next one's begin
	MaxConcurrent     int             // 1
	TolerableFailures int             // of checkpoints, 0

	RestartDelay      time.Duration // 1 s
	MaxRestarts       int           // 0: any number; checkpoint.Never
	HeartbeatInterval time.Duration // 10 s
	HeartbeatTimeout  time.Duration // 50 s
	SlotTimeout       time.Duration // after which fewer slots will do; 0: never

	Assignment checkpoint.Assignment // by the enumerator
	Discovery  time.Duration         // 5 min; negative: only at the start
	Start      checkpoint.Start      // at the first record
	Bounded    bool                  // the job ends where its partitions ended when it began

	Restore    int64 // the checkpoint in Storage.Files that the job begins with; 0: none
	Backend    checkpoint.Backend
	Pace       Pace          // of the sources
	Work       time.Duration // an operator's time for a record
	Credits    int           // buffers under way on a channel, 2
	Poll       time.Duration // how long a source waits for records, 1 s
	Watermarks Watermarks

	Storage checkpoint.StorageConfig
	Store   checkpoint.StoreConfig

	Operator func() checkpoint.Operator `json:"-"` // counts per key
	Sink     func() checkpoint.Sink     `json:"-"` // keeps nothing
	// Source makes a subtask's source for an attempt. As a Handler it must be
	// deterministic, and may block only in calls of its Env.
	Source func(env checkpoint.Env) checkpoint.Source `json:"-"`
}

// Pace is how long a source takes from the records that it gave until they are
// on their way.
type Pace struct{ Batch, Record time.Duration }

// Watermarks are how a job tells event time.
type Watermarks struct {
	On             bool
	OutOfOrderness time.Duration // that records may be late by
	Idle           time.Duration // after which a partition without records does not count (withIdleness); 0: never
	Every          time.Duration // 200 ms
}

// jobConfig is the job as its nodes take it.
func (r *Trial) jobConfig() checkpoint.Config {
	s, j := r.Spec, r.Spec.Job
	c := checkpoint.Config{
		Name: cmp.Or(j.Name, s.Group.Name), Group: s.Group.Name, Topics: s.Subscribes(1),
		Parallelism: cmp.Or(j.Parallelism, s.Members), MaxParallelism: j.MaxParallelism,
		Forward: j.Forward, RestartRegions: j.RestartRegions,
		Mode: j.Mode, Interval: sim.Span(j.Interval), Timeout: sim.Span(j.Timeout), MinPause: sim.Span(j.MinPause),
		MaxConcurrent: j.MaxConcurrent, TolerableFailures: j.TolerableFailures,
		RestartDelay: sim.Span(j.RestartDelay), MaxRestarts: j.MaxRestarts,
		HeartbeatInterval: sim.Span(j.HeartbeatInterval), HeartbeatTimeout: sim.Span(j.HeartbeatTimeout),
		SlotTimeout: sim.Span(j.SlotTimeout),
		Assignment:  j.Assignment, Discovery: sim.Span(j.Discovery), Start: j.Start, Bounded: j.Bounded,
		Restore: j.Restore, Backend: j.Backend,
		SourceAt: checkpoint.Pace{Batch: sim.Span(j.Pace.Batch), Record: sim.Span(j.Pace.Record)},
		WorkAt:   sim.Span(j.Work), Credits: j.Credits, Poll: sim.Span(j.Poll),
		Watermarks: checkpoint.Watermarks{On: j.Watermarks.On, OutOfOrderness: sim.Span(j.Watermarks.OutOfOrderness),
			Idle: sim.Span(j.Watermarks.Idle), Every: sim.Span(j.Watermarks.Every)},
		Operator: j.Operator, Sink: j.Sink,
		JobManager: r.jobNode(jobManagerAt), Storage: r.jobNode(storageAt), Store: r.jobNode(storeAt),
	}
	for i := range s.Members {
		c.TaskManagers = append(c.TaskManagers, r.member(i))
	}
	return c
}

// The nodes that a job has besides its TaskManagers, in the order in which
// they stand behind all others.
const (
	jobManagerAt = iota
	storageAt
	storeAt
)

var jobNodes = []string{jobManagerAt: "jm", storageAt: "fs", storeAt: "store"}

// jobNode is one of a job's own nodes.
func (r *Trial) jobNode(i int) sim.NodeID {
	return sim.NodeID(len(r.Names.Nodes) - len(jobNodes) + i)
}

// isTask tells whether a node is a TaskManager.
func (r *Trial) isTask(id sim.NodeID) bool {
	return r.Spec.Job != nil && id >= r.member(0) && id < r.member(r.Spec.Members)
}

// memberName is the name of the node of a member; they count from 1.
func (s *Spec) memberName(i int) string {
	if s.Job != nil && i <= s.Members {
		return fmt.Sprintf("tm%d", i)
	}
	return fmt.Sprintf("m%d", i)
}

// validateJob tells what is wrong with the Spec's job.
func (s *Spec) validateJob() error {
	j := s.Job
	switch {
	case s.Handler != nil:
		return &SpecError{"Handler", "a Spec has a Job or a Handler; groups Beside a job bring their own"}
	case j.Source == nil:
		return &SpecError{"Job.Source", "there is none; for instance sources.Kafka"}
	case s.Group.instance != nil:
		return &SpecError{"Group", "a job's sources are no static members; leave Static away"}
	case j.Parallelism > s.Members && j.SlotTimeout == 0:
		return &SpecError{"Job.Parallelism", fmt.Sprintf("%d are more than the %d Members have slots for; add Members, or set SlotTimeout", j.Parallelism, s.Members)}
	case s.Promise.needsKeys():
		return &SpecError{"Promise", "the order per key is a promise of handlers; a job has ExactlyOnceState and its like"}
	}
	for i, f := range s.Faults {
		if f.tampers || f.handlers {
			return &SpecError{fmt.Sprintf("Faults[%d]", i), fmt.Sprintf("%s is for groups of handlers; for a job take Crash, TaskFailure or JobManagerCrash", f.Name)}
		}
	}
	for i := range s.Beside {
		if s.Beside[i].Handler == nil {
			return &SpecError{fmt.Sprintf("Beside[%d].Handler", i), "beside a job a group needs its own"}
		}
	}
	r := &Trial{Spec: s, Names: s.names()}
	c := r.jobConfig()
	c.Reader = func(checkpoint.Place) checkpoint.Reader { return nil }
	for _, err := range []error{c.Check(), j.Storage.Check()} {
		var wrong *checkpoint.ConfigError
		if errors.As(err, &wrong) {
			return &SpecError{"Job." + wrong.Field, wrong.Want}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settle is how long a job may take to come to rest: until who is gone has been
// noticed, in a restart, once more for what that one leaves behind, until a
// checkpoint that hangs has expired and the next ones are through; and until
// partitions that were added last are found.
func (j *Job) settle(r *Trial) time.Duration {
	given := r.jobConfig()
	c := given.WithDefaults()
	d := 2*(c.HeartbeatTimeout+c.HeartbeatInterval+c.RestartDelay+c.SlotTimeout) + c.Timeout + 3*(c.Interval+c.MinPause)
	if c.Discovery > 0 && !c.Bounded {
		d += c.Discovery
	}
	return d.Duration() + time.Minute
}
