package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/model"
)

// jobMoments are the lines of a timeline that tell of a job: what it goes on
// from, what is in a checkpoint, and what became of the records that matter.
func jobMoments(e *model.Event, f Finding) []moment {
	m := moment{at: e.At, who: e.Client, weight: 2}
	task := e.Member
	if e.Generation > 1 {
		task = fmt.Sprintf("%s (attempt %d)", e.Member, e.Generation)
	}
	switch e.Kind {
	case model.JobRestored:
		m.who, m.weight = "", 1
		m.rest = fmt.Sprintf("attempt %d from checkpoint %d: %s", e.Generation, e.Op, e.Cause)
		if e.Op == 0 {
			m.rest = fmt.Sprintf("attempt %d from nothing: %s", e.Generation, e.Cause)
		}
	case model.JobFailed, model.JobFinished:
		m.who, m.weight, m.rest = "", 1, strings.TrimRight(strings.ReplaceAll(string(e.Kind), "-", " ")+": "+e.Error, ": ")
	case model.CheckpointCompleted, model.CheckpointAborted:
		m.who, m.rest = "", fmt.Sprintf("checkpoint %d %s", e.Op, strings.TrimPrefix(string(e.Kind), "checkpoint-"))
		if e.Kind == model.CheckpointAborted {
			m.rest += ": " + e.Cause
		}
	case model.CheckpointTriggered:
		m.who, m.rest, m.weight = "", fmt.Sprintf("checkpoint %d triggered: %s", e.Op, e.Cause), 4
	case model.BarrierInjected:
		m.verb, m.rest, m.weight = task+" sends barrier", fmt.Sprint(e.Op), 4
	case model.SnapshotTaken:
		m.verb, m.rest = task+" snapshot", fmt.Sprint(e.Op)
		if at := stored(e, f); at != "" {
			m.rest += ": " + at
			m.weight = near(e, f)
		} else {
			m.weight = 4
		}
	case model.Notified:
		m.verb, m.rest, m.weight = task+" is told:", fmt.Sprintf("checkpoint %d %s", e.Op, e.Cause), 3
	case model.TaskFailed:
		m.verb, m.rest, m.weight = task+" fails:", e.Error, 1
	case model.Emitted, model.Applied, model.Late:
		m.verb = task + " " + map[model.Kind]string{model.Emitted: "emits", model.Applied: "applies", model.Late: "drops as late"}[e.Kind]
		return ofRecords(m, e, f)
	case model.Stored:
		m.verb, m.rest = "takes "+e.Cause+" of "+task, strings.Join(e.Keys, " ")+" "+strings.Join(e.Values, " ")
		return ofRecords(m, e, f)
	default:
		return nil
	}
	return []moment{m}
}

// near tells how much a source's snapshot matters: one that parts the finding's
// records from those before, or lies among them, does most.
func near(e *model.Event, f Finding) int {
	for _, p := range e.Partitions {
		if p.TopicPartition == f.TopicPartition && f.From <= p.Offset && p.Offset <= f.To+1 {
			return 1
		}
	}
	return 2
}

// stored are the positions in a source's snapshot, of the finding's partition
// where it has one.
func stored(e *model.Event, f Finding) string {
	var out []string
	for _, p := range e.Partitions {
		if f.Topic == "" || p.TopicPartition == f.TopicPartition {
			out = append(out, fmt.Sprintf("%v at %d", p.TopicPartition, p.Offset))
		}
	}
	return strings.Join(out, ", ")
}

// ofRecords are the lines of what was done with a run of records, or with some
// one by one.
func ofRecords(m moment, e *model.Event, f Finding) (out []moment) {
	add := func(p Partition, from, to int64) {
		if f.Topic != "" && p != f.TopicPartition {
			return
		}
		m.part, m.from, m.to = p, from, to
		m.weight = 1 + weightOf(from, to, f)
		out = append(out, m)
	}
	if e.Topic != "" {
		add(e.TopicPartition, e.From, e.To)
	}
	ps := slices.Clone(e.Partitions)
	slices.SortStableFunc(ps, func(a, b model.PartitionOffset) int { return a.TopicPartition.Compare(b.TopicPartition) })
	for i := 0; i < len(ps); {
		j := i + 1
		for j < len(ps) && ps[j].TopicPartition == ps[i].TopicPartition && ps[j].Offset == ps[j-1].Offset+1 {
			j++
		}
		add(ps[i].TopicPartition, ps[i].Offset, ps[j-1].Offset+1)
		i = j
	}
	return out
}
