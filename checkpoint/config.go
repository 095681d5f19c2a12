package checkpoint

import (
	"cmp"
	"fmt"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim"
)

// Mode is what barriers do where an operator has several inputs
// (CheckpointingMode).
type Mode string

// The modes.
const (
	ExactlyOnce Mode = "exactly-once"  // inputs whose barrier has come wait for the others
	AtLeastOnce Mode = "at-least-once" // they do not
)

// Assignment is who decides which subtask reads which partitions.
type Assignment string

// The ways of assignment.
const (
	ByEnumerator Assignment = "enumerator" // the JobManager, by assign()
	ByGroup      Assignment = "group"      // the group protocol, by subscribe()
)

// Never as a number of restarts: the job is not restarted.
const Never = -1

// Config is what a job is made of, and how it is run. Zero fields mean Flink's
// defaults.
type Config struct {
	Name           string
	Topics         []string
	Group          string // that sources commit for, or join
	Parallelism    int    // subtasks of source, operator and sink each: slots that the job needs
	MaxParallelism int    // key groups, 128
	// Forward lets each source feed the operator and the sink of its own slot,
	// which are then a region of their own; else records go where their keys
	// belong.
	Forward bool
	// RestartRegions restarts only the regions that failed
	// (jobmanager.execution.failover-strategy: region); else all of the job.
	RestartRegions bool

	Mode              Mode     // ExactlyOnce
	Interval          sim.Time // between checkpoints; 0: there are none
	Timeout           sim.Time // execution.checkpointing.timeout, 10 min
	MinPause          sim.Time // execution.checkpointing.min-pause, 0
	MaxConcurrent     int      // 1
	TolerableFailures int      // execution.checkpointing.tolerable-failed-checkpoints, 0

	RestartDelay sim.Time // between a failure and the next attempt, 1 s
	MaxRestarts  int      // 0: any number; Never
	// HeartbeatInterval and HeartbeatTimeout (10 s, 50 s) find out about
	// TaskManagers and JobManagers that say nothing any more.
	HeartbeatInterval, HeartbeatTimeout sim.Time
	// SlotTimeout is how long a restart waits for as many slots as Parallelism
	// says; then the job goes on with those that are there. 0: it waits on.
	SlotTimeout sim.Time

	Assignment Assignment // ByEnumerator
	Discovery  sim.Time   // partition.discovery.interval.ms, 5 min; negative: only at the start
	// Start is where partitions of the first discovery begin
	// (OffsetsInitializer); those found later begin at their first record.
	Start Start
	// Bounded ends the job at the offsets where its partitions ended when it
	// first began; it discovers none later.
	Bounded bool

	// Restore is the checkpoint or savepoint that the job begins with, of those
	// that are in the storage under its name (execution.state-recovery.path); 0:
	// it begins without. One that is not there, or is of no use, fails the job. A
	// checkpoint is its own from then on (execution.state-recovery.claim-mode:
	// CLAIM): it is deleted when the next one is complete.
	Restore int64

	Backend  Backend
	SourceAt Pace     // of the source
	WorkAt   sim.Time // an operator's time for a record
	Credits  int      // buffers that may be under way on a channel before the source waits, 2
	Poll     sim.Time // how long a source waits for records at a time, 1 s

	// What is watched in event time; see Watermarks.
	Watermarks Watermarks
	Operator   func() Operator
	Sink       func() Sink
	// Reader makes the source of a subtask of an attempt.
	Reader func(Place) Reader `json:"-"`

	JobManager   sim.NodeID
	TaskManagers []sim.NodeID
	Storage      sim.NodeID // where checkpoints are written
	Store        sim.NodeID // the outside store that sinks and caches use
}

// Place is where in a job a subtask is.
type Place struct {
	Job                  string
	Subtask, Parallelism int
	Attempt              int
	Node                 string // the TaskManager's name
}

// Pace is how long a source takes from the records that it gave until they are
// on their way.
type Pace struct{ Batch, Record sim.Time }

// Start is where a job begins to read (OffsetsInitializer).
type Start struct {
	From  client.Reset // Earliest, Latest; or Committed
	Reset client.Reset // with Committed: where nothing is committed; None fails the job
}

// Committed as Start.From: at the group's committed offsets.
const Committed client.Reset = "committed"

// Lanes that the nodes of a job use towards each other.
const (
	laneControl sim.Lane = 0
	laneData    sim.Lane = 1
)

// ConfigError is what is wrong with a Config, and what to do.
type ConfigError struct{ Field, Want string }

func (e *ConfigError) Error() string { return "Job." + e.Field + ": " + e.Want }

// Check tells what keeps a Config from being run.
func (c *Config) Check() error {
	switch {
	case c.Name == "":
		return &ConfigError{"Name", "a job needs one: checkpoints are kept under it"}
	case len(c.Topics) == 0:
		return &ConfigError{"Topics", "name at least one"}
	case c.Parallelism < 1:
		return &ConfigError{"Parallelism", "at least one subtask is needed"}
	case c.MaxParallelism != 0 && c.MaxParallelism < c.Parallelism:
		return &ConfigError{"MaxParallelism", fmt.Sprintf("%d is less than the parallelism %d", c.MaxParallelism, c.Parallelism)}
	case c.Mode != "" && c.Mode != ExactlyOnce && c.Mode != AtLeastOnce:
		return &ConfigError{"Mode", fmt.Sprintf("%q is none; there are %s and %s", c.Mode, ExactlyOnce, AtLeastOnce)}
	case c.Assignment != "" && c.Assignment != ByEnumerator && c.Assignment != ByGroup:
		return &ConfigError{"Assignment", fmt.Sprintf("%q is none; there are %s and %s", c.Assignment, ByEnumerator, ByGroup)}
	case c.Interval < 0 || c.Timeout < 0 || c.MinPause < 0:
		return &ConfigError{"Interval", "times cannot be negative"}
	case c.Reader == nil:
		return &ConfigError{"Source", "there is none"}
	case c.Restore < 0:
		return &ConfigError{"Restore", fmt.Sprintf("%d is no checkpoint's id", c.Restore)}
	case c.Bounded && c.Assignment == ByGroup:
		return &ConfigError{"Bounded", "a group reads without end; take ByEnumerator"}
	case c.Start.From == Committed && c.Start.Reset == "":
		return &ConfigError{"Start.Reset", "say where to begin where nothing is committed: earliest, latest or none"}
	}
	if err := c.Watermarks.check(); err != nil {
		return err
	}
	return c.Backend.check()
}

// WithDefaults fills what is zero.
func (c Config) WithDefaults() *Config {
	c.MaxParallelism = cmp.Or(c.MaxParallelism, max(128, c.Parallelism))
	c.Mode = cmp.Or(c.Mode, ExactlyOnce)
	c.Timeout = cmp.Or(c.Timeout, 10*60*sim.Second)
	c.MaxConcurrent = cmp.Or(c.MaxConcurrent, 1)
	c.RestartDelay = cmp.Or(c.RestartDelay, sim.Second)
	c.HeartbeatInterval = cmp.Or(c.HeartbeatInterval, 10*sim.Second)
	c.HeartbeatTimeout = cmp.Or(c.HeartbeatTimeout, 50*sim.Second)
	c.Assignment = cmp.Or(c.Assignment, ByEnumerator)
	c.Discovery = cmp.Or(c.Discovery, 5*60*sim.Second)
	c.Start.From = cmp.Or(c.Start.From, client.Earliest)
	c.Credits = cmp.Or(c.Credits, 2)
	c.Poll = cmp.Or(c.Poll, sim.Second)
	c.Watermarks = c.Watermarks.WithDefaults()
	if c.Operator == nil {
		c.Operator = func() Operator { return &Counts{} }
	}
	if c.Sink == nil {
		c.Sink = func() Sink { return Blackhole{} }
	}
	return &c
}
