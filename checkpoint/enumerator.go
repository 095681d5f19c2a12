package checkpoint

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// enumerator finds partitions and hands them to sources
// (KafkaSourceEnumerator).
type enumerator struct {
	dir        Directory
	discovered bool // the first discovery is over
	known      []model.TopicPartition
	unassigned []Split
	handed     []handed // since the last restore of the whole job

	asking int64   // the operation of dir that is awaited; 0: none
	step   lookup  // what it is about
	found  []Split // being resolved
	again  bool    // a discovery became due in between
	doubts int     // how often partitions of the checkpoint were not there
	fits   bool    // they were, or there is no checkpoint
}

// handed is a split that was given to a subtask after checkpoint after was
// triggered, and before the next.
type handed struct {
	split   Split
	subtask int
	after   int64
}

// EnumeratorState is the enumerator's part of a checkpoint: with it, and the
// splits in the sources' states, a restored job knows which partitions it has
// begun to read, so that those found later begin at their first record.
type EnumeratorState struct {
	Discovered bool                   `json:"discovered"`
	Known      []model.TopicPartition `json:"known,omitempty"`
	Unassigned []Split                `json:"unassigned,omitempty"`
}

// splits are all that the job had begun to read, or was about to.
func (e *EnumeratorState) splits() (out []Split) {
	for _, p := range e.Known {
		out = append(out, Split{TopicPartition: p})
	}
	return out
}

type lookup uint8

const (
	lookPartitions lookup = iota
	lookCommitted
	lookStart // where partitions without a committed offset end
	lookStop
)

func (j *JobManager) enumeratorState() EnumeratorState {
	return EnumeratorState{j.discovered, slices.Clone(j.known), slices.Clone(j.unassigned)}
}

func (j *JobManager) restoreEnumerator() {
	j.enumerator = enumerator{dir: j.dir, asking: j.asking, again: j.asking != 0, fits: j.from == nil}
	if j.from != nil {
		e := j.from.Enumerator
		j.discovered, j.known, j.unassigned = e.Discovered, slices.Clone(e.Known), slices.Clone(e.Unassigned)
	}
}

// looking tells whether partitions may be found that are not handed out yet.
func (e *enumerator) looking() bool { return e.asking != 0 || len(e.unassigned) > 0 }

// discover asks for partitions, and goes on doing so.
func (j *JobManager) discover(fx *sim.Effects) {
	if j.fits && j.discovered && (j.cfg.Discovery < 0 || j.cfg.Bounded) {
		j.handOut(fx)
		return
	}
	if j.cfg.Discovery > 0 {
		fx.SetTimer(timerDiscover, "", j.cfg.Discovery)
	}
	if j.asking != 0 {
		j.again = true
		return
	}
	j.again, j.step = false, lookPartitions
	j.asking = j.dir.Describe(j.cfg.Topics, fx)
}

// looked takes an answer of the directory.
func (j *JobManager) looked(ev *client.DirectoryEvent, fx *sim.Effects) {
	if ev.Op != j.asking {
		return
	}
	j.asking = 0
	switch {
	case j.again: // what it is about is no longer so
		j.discover(fx)
	case j.status != Running:
	case ev.Err != 0:
		fx.SetTimer(timerDiscover, "", retryDiscovery)
	case j.step == lookPartitions:
		if j.checked(ev.Topics, fx) {
			j.foundPartitions(ev.Topics, fx)
		}
	case j.step == lookCommitted:
		j.foundCommitted(ev.Offsets, fx)
	case j.step == lookStart:
		j.resolve(ev.Offsets, func(s *Split, at int64) {
			if s.Offset == StartLatest {
				s.Offset = at
			}
		})
		j.stops(fx)
	case j.step == lookStop:
		j.resolve(ev.Offsets, func(s *Split, at int64) { s.Stop = at })
		j.found = slices.DeleteFunc(j.found, func(s Split) bool { return s.Stop == 0 || s.Offset >= s.Stop })
		j.assigned(fx)
	}
}

// retryDiscovery is how long a discovery that failed waits.
const retryDiscovery = 5 * sim.Second

// mostDoubts is how often partitions of a restored checkpoint may be missing,
// because a broker has not heard of them yet, before the job is given up.
const mostDoubts = 3

// checked tells whether the partitions that the checkpoint speaks of are
// there. A job whose are not would leave out what it has not read of them.
func (j *JobManager) checked(topics []client.TopicSize, fx *sim.Effects) bool {
	if j.fits {
		return true
	}
	sizes := map[string]int32{}
	for _, t := range topics {
		sizes[t.Name] = t.Partitions
	}
	err := j.from.fits(j.cfg, sizes, j.from.Enumerator.splits())
	if j.fits = err == nil; j.fits {
		return true
	}
	if j.doubts++; j.doubts == mostDoubts {
		j.end(FailedJob, "cannot restore: "+err.Error(), fx)
		return false
	}
	fx.SetTimer(timerDiscover, "", retryDiscovery)
	return false
}

func (j *JobManager) foundPartitions(topics []client.TopicSize, fx *sim.Effects) {
	j.found = nil
	for _, t := range topics {
		for p := range t.Partitions {
			tp := model.TopicPartition{Topic: t.Name, Partition: p}
			if !slices.Contains(j.known, tp) {
				j.known = append(j.known, tp)
				j.found = append(j.found, Split{TopicPartition: tp, Offset: StartEarliest})
			}
		}
	}
	if len(topics) < len(j.cfg.Topics) && j.cfg.Discovery > retryDiscovery {
		fx.SetTimer(timerDiscover, "", retryDiscovery)
	}
	switch {
	case len(j.found) == 0:
		j.assigned(fx)
	case j.discovered || j.cfg.Start.From == client.Earliest:
		j.stops(fx)
	case j.cfg.Start.From == Committed:
		j.step = lookCommitted
		j.asking = j.dir.Committed(j.cfg.Group, j.foundList(), fx)
	default:
		j.ends(fx)
	}
}

func (j *JobManager) foundList() (out []model.TopicPartition) {
	for _, s := range j.found {
		out = append(out, s.TopicPartition)
	}
	return out
}

func (j *JobManager) resolve(offsets []model.PartitionOffset, set func(*Split, int64)) {
	for _, o := range offsets {
		for i := range j.found {
			if j.found[i].TopicPartition == o.TopicPartition {
				set(&j.found[i], o.Offset)
			}
		}
	}
}

// foundCommitted begins where the group is, and elsewhere by Start.Reset.
func (j *JobManager) foundCommitted(offsets []model.PartitionOffset, fx *sim.Effects) {
	missing := false
	for _, o := range offsets {
		if o.Offset < 0 && j.cfg.Start.Reset == client.None {
			j.end(FailedJob, fmt.Sprintf("group %s has no committed offset of %v, and Start.Reset is none", j.cfg.Group, o.TopicPartition), fx)
			return
		}
		missing = missing || o.Offset < 0 && j.cfg.Start.Reset == client.Latest
	}
	j.resolve(offsets, func(s *Split, at int64) {
		switch {
		case at >= 0:
			s.Offset = at
		case j.cfg.Start.Reset == client.Latest:
			s.Offset = StartLatest
		}
	})
	if missing {
		j.step = lookStart
		j.asking = j.dir.Ends(j.foundList(), client.Latest, fx)
		return
	}
	j.stops(fx)
}

// ends begins all that was found at its end. The enumerator looks it up, so
// that it is in the next checkpoint even of a source that has not read yet
// (FLINK-28303).
func (j *JobManager) ends(fx *sim.Effects) {
	for i := range j.found {
		j.found[i].Offset = StartLatest
	}
	j.step = lookStart
	j.asking = j.dir.Ends(j.foundList(), client.Latest, fx)
}

// stops looks up where a bounded job ends.
func (j *JobManager) stops(fx *sim.Effects) {
	if !j.cfg.Bounded {
		j.assigned(fx)
		return
	}
	j.step = lookStop
	j.asking = j.dir.Ends(j.foundList(), client.Latest, fx)
}

// assigned ends a discovery.
func (j *JobManager) assigned(fx *sim.Effects) {
	j.unassigned = append(j.unassigned, j.found...)
	j.found = nil
	j.discovered = j.discovered || len(j.known) > 0
	if slices.ContainsFunc(j.members, func(m member) bool { return m.state == ready }) {
		j.runReady(fx)
	}
	j.handOut(fx)
}

// handOut sends splits to the subtasks that they belong to.
func (j *JobManager) handOut(fx *sim.Effects) {
	for i := range j.members {
		m := &j.members[i]
		if m.state != running {
			continue
		}
		if splits := j.take(i); len(splits) > 0 {
			fx.Send(m.node, laneControl, &AddSplits{Attempt: m.attempt, Splits: splits})
		}
	}
}

// take hands out the splits that belong to a subtask.
func (j *JobManager) take(subtask int) (out []Split) {
	j.unassigned = slices.DeleteFunc(j.unassigned, func(s Split) bool {
		if Owner(s.TopicPartition, len(j.members)) != subtask {
			return false
		}
		out = append(out, s)
		j.handed = append(j.handed, handed{s, subtask, j.ha.NextID - 1})
		return true
	})
	return out
}

// giveBack takes the splits back that a subtask was given after the checkpoint
// which it goes on from (addSplitsBack).
func (j *JobManager) giveBack(subtask int, from int64) {
	j.handed = slices.DeleteFunc(j.handed, func(h handed) bool {
		if h.subtask != subtask || h.after < from {
			return false
		}
		j.unassigned = append(j.unassigned, h.split)
		return true
	})
}
