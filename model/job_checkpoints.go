package model

import (
	"slices"
	"strings"
)

// Checkpoints watches the life of a job's checkpoints (CheckpointCoordinator,
// CheckpointListener, FLIP-27): that one is completed when all of it is durable,
// that a restart goes on from the latest completed one and at its positions,
// that each has every partition once, and that offsets are committed for those
// alone of whose completion the source was told.
type Checkpoints struct {
	Attempts attempts
	List     []checkpoint       // by id; of those that are over only the completed ones
	Latest   int64              // completed, savepoints left out; 0: none
	Known    []TopicPartition   // that a completed one has had, ascending
	Orphans  []orphan           // partitions that one has not
	Expected []restoredPosition // where sources must begin after the restore
	Clients  map[string]int32   // a task manager's newest attempt
	Placed   map[clientPart]bool
	Commits  map[TopicPartition]subsumed
	First    int64 // the first id in the history
	Seen     bool  // there is a job
	Finished bool
	Sum      JobNumbers `canon:"-"`
}

// checkpoint is what is known of one.
type checkpoint struct {
	ID        int64
	Savepoint bool
	Phase     ckptPhase
	Taken     []string // the tasks that took part
	Durable   []string
	Stored    []stored
	Told      []string // clients whose source was told that it is completed
}

type ckptPhase uint8

const (
	pending ckptPhase = iota
	completed
	aborted
)

// orphan is a partition that a completed checkpoint has not.
type orphan struct {
	TopicPartition
	ID    int64
	At    int64 `canon:"-"`
	Event int   `canon:"-"`
}

// restoredPosition is where the source must begin in a partition.
type restoredPosition struct {
	PartitionOffset
	ID     int64
	Client string // who began elsewhere; empty while nobody has
	Began  int64  // where
	Cause  string
	At     int64 `canon:"-"`
	Event  int   `canon:"-"`
}

// subsumed is the last offset committed of a partition, and of which
// checkpoint it was.
type subsumed struct{ Offset, ID int64 }

// Describe implements Monitor.
func (c *Checkpoints) Describe() Description {
	return Description{"checkpoints", Finite, []string{CompletedBeforeDurable, RestoredFromIncomplete, RestoredFromStale, PositionNotRestored,
		PartitionInTwoSources, PartitionInNoSource, CommitWithoutCheckpoint, CommitOfAbortedCheckpoint, CommitBehindSubsumed},
		"one job in a history; sources write the offsets that they store with snapshot-taken, and positioned where they begin"}
}

// concerns implements wholeOnly.
func (c *Checkpoints) concerns() bool { return c.Seen }

// watched lists the kinds of events that concern this monitor.
func (c *Checkpoints) watched() []Kind {
	return []Kind{JobRestored, JobFinished, CheckpointTriggered, CheckpointCompleted, CheckpointAborted, BarrierInjected, AlignmentStarted,
		SnapshotTaken, StateDurable, Notified, SourcePolled, Positioned, Commit, Stopped, End}
}

// Observe implements Monitor.
func (c *Checkpoints) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Positioned, Commit, Stopped, End:
		if !c.Seen {
			return
		}
	default:
		c.Seen = true
	}
	switch e.Kind {
	case JobRestored:
		c.restored(i, e, report)
	case JobFinished:
		c.Finished = true
	case CheckpointTriggered:
		c.Sum.Triggered++
		c.of(e.Op).Savepoint = e.Cause == CauseSavepoint
	case CheckpointCompleted:
		c.Sum.Completed++
		c.completed(i, e, c.of(e.Op), report)
	case CheckpointAborted:
		c.Sum.Aborted++
		c.of(e.Op).Phase = aborted
	case Positioned:
		c.positioned(i, e)
	case Commit:
		if _, job := c.Clients[e.Client]; job {
			c.commit(i, e, report)
		}
	case Stopped:
		delete(c.Clients, e.Client)
		for _, k := range sortedKeys(c.Placed) {
			if k.Client == e.Client {
				delete(c.Placed, k)
			}
		}
	case End:
		c.unread(report)
	default:
		c.task(i, e, report)
	}
}

// task takes what a task did for a checkpoint, or read.
func (c *Checkpoints) task(i int, e *Event, report func(Anomaly)) {
	if c.Clients == nil {
		c.Clients = map[string]int32{}
	}
	if g := c.Clients[e.Client]; e.Generation > g || g == 0 {
		c.Clients[e.Client] = e.Generation
	}
	if e.Kind == SourcePolled {
		if len(c.Expected) > 0 && !c.Attempts.zombie(e) {
			e.ranges(func(p TopicPartition, from, to int64) { c.read(i, e, p, from, report) })
		}
		return
	}
	k := c.of(e.Op)
	switch e.Kind {
	case Notified:
		if e.Cause != CauseAborted && k.isSource(e) && !slices.Contains(k.Told, e.Client) {
			k.Told = append(k.Told, e.Client)
		}
		return
	case StateDurable:
		if !slices.Contains(k.Durable, e.Member) {
			k.Durable = append(k.Durable, e.Member)
		}
		return
	case SnapshotTaken:
		if len(e.Partitions) > 0 {
			k.Stored = append(k.Stored, stored{e.Client, e.Member, slices.Clone(e.Partitions)})
		}
	}
	if !slices.Contains(k.Taken, e.Member) {
		k.Taken = append(k.Taken, e.Member)
	}
}

// isSource tells whether e is of the source of its client, as far as can be
// told: other tasks of the same process store no positions.
func (k *checkpoint) isSource(e *Event) bool {
	for _, s := range k.Stored {
		if s.Client == e.Client {
			return s.Task == e.Member
		}
	}
	return true
}

// of gives a checkpoint, new if it was not known.
func (c *Checkpoints) of(id int64) *checkpoint {
	at, ok := slices.BinarySearchFunc(c.List, id, func(k checkpoint, id int64) int { return int(k.ID - id) })
	if !ok {
		if c.First == 0 {
			c.First = id
		}
		c.List = slices.Insert(c.List, at, checkpoint{ID: id})
	}
	return &c.List[at]
}

// checkpointsKept is how many are remembered beside savepoints: more than pass
// while a commit waits for a broker that is down.
const checkpointsKept = 512

// completed judges a checkpoint when its coordinator says that it is complete.
func (c *Checkpoints) completed(i int, e *Event, k *checkpoint, report func(Anomaly)) {
	k.Phase = completed
	k.Savepoint = k.Savepoint || e.Cause == CauseSavepoint
	var open []string
	for _, task := range k.Taken {
		if !slices.Contains(k.Durable, task) {
			open = append(open, task)
		}
	}
	if slices.Sort(open); len(open) > 0 {
		report(found(CompletedBeforeDurable, i, e, TopicPartition{}).describe(
			checkpointOf(k.ID) + " completed, and what " + strings.Join(open, ", ") + " took is not durable"))
	}
	c.partitions(i, e, k, report)
	if !k.Savepoint {
		c.Latest = max(c.Latest, k.ID)
	}
	if over := len(c.List) - checkpointsKept; over > 0 {
		n := 0
		c.List = slices.DeleteFunc(c.List, func(k checkpoint) bool {
			n++
			return n <= over && !k.Savepoint && k.Phase != pending && k.ID != c.Latest
		})
	}
}

// partitions looks for each in the sources' parts of a completed checkpoint.
func (c *Checkpoints) partitions(i int, e *Event, k *checkpoint, report func(Anomaly)) {
	holders := map[TopicPartition]string{}
	for _, s := range k.Stored {
		for _, p := range s.Partitions {
			if first, twice := holders[p.TopicPartition]; twice && first != s.Task {
				report(found(PartitionInTwoSources, i, e, p.TopicPartition).describe(
					"is in " + checkpointOf(k.ID) + " with " + first + " and with " + s.Task))
			}
			holders[p.TopicPartition] = s.Task
		}
	}
	c.Orphans = slices.DeleteFunc(c.Orphans, func(o orphan) bool {
		if holders[o.TopicPartition] == "" {
			return false
		}
		o.report(report) // its reading had not ended: it goes on
		return true
	})
	for _, p := range c.Known {
		known := func(o orphan) bool { return o.TopicPartition == p }
		if holders[p] == "" && len(k.Stored) > 0 && !slices.ContainsFunc(c.Orphans, known) {
			c.Orphans = append(c.Orphans, orphan{p, k.ID, e.At, i})
		}
	}
	for _, p := range sortedKeys(holders) {
		if at, ok := slices.BinarySearchFunc(c.Known, p, TopicPartition.Compare); !ok {
			c.Known = slices.Insert(c.Known, at, p)
		}
	}
}

// partitions are those that its sources stored, ascending.
func (k *checkpoint) partitions() (all []TopicPartition) {
	for _, s := range k.Stored {
		for _, p := range s.Partitions {
			all = append(all, p.TopicPartition)
		}
	}
	slices.SortFunc(all, TopicPartition.Compare)
	return slices.Compact(all)
}

// Finish implements Monitor: a partition that a bounded job has read to its end
// is in no source any more, so that one is missing is told when it is known that
// this was not why.
func (c *Checkpoints) Finish(report func(Anomaly)) {
	if c.Finished {
		return
	}
	for _, o := range c.Orphans {
		o.report(report)
	}
}

func (o *orphan) report(report func(Anomaly)) {
	a := Anomaly{Name: PartitionInNoSource, At: o.At, Event: o.Event, TopicPartition: o.TopicPartition}
	report(a.describe("is in no source's part of " + checkpointOf(o.ID) + ", though it was in one before"))
}
