package model

import (
	"cmp"
	"strings"
)

// The counters of a job that Metrics compares with the history; others are
// only users' own.
const (
	MetricMessagesRead       = "recordMessagesRead"       // of a partition: records that the source gave
	MetricCheckpointDuration = "recordCheckpointDuration" // one event for each completed checkpoint
	MetricRebalanceEvents    = "recordRebalanceEvents"    // rebalances that ended with an assignment
	MetricCommitsSucceeded   = "commitsSucceeded"
	MetricCommitsFailed      = "commitsFailed"
)

// Metrics compares the counters that a job's tasks keep with what happened:
// metric-differs. A task that ends in between may have counted one thing less
// than happened, or one that nobody else saw: so much is allowed for each
// restart, and no more.
type Metrics struct {
	Loss *Loss // for how the history ended

	Counters map[counter]int64 // what the events say
	Truth    map[counter]int64
	Late     map[counter]int64 // notifications of checkpoints that a later one had subsumed: a task may count them or not
	Told     map[string]int64  // the latest checkpoint that a task was told is complete
	Batches  map[string]int64  // the largest number of records given at once, by task
	Keepers  map[string]bool   // tasks and clients that keep counters
	Restores int64
	Ran      bool // there is a job
}

// counter is a counter of a task or, for what tasks do not tell, a client.
type counter struct {
	Name, Who string
	TopicPartition
}

// Compare orders by name, then who counts, then partition.
func (a counter) Compare(b counter) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Who, b.Who), a.TopicPartition.Compare(b.TopicPartition))
}

// Describe implements Monitor.
func (m *Metrics) Describe() Description {
	return Description{"metrics", Ledger, []string{MetricDiffers},
		"a source counts what it does when it has done it: " + strings.Join([]string{MetricMessagesRead, MetricCheckpointDuration,
			MetricRebalanceEvents, MetricCommitsSucceeded, MetricCommitsFailed}, ", ")}
}

// concerns implements wholeOnly.
func (m *Metrics) concerns() bool { return m.Ran }

// watched lists the kinds of events that concern this monitor.
func (m *Metrics) watched() []Kind {
	return []Kind{Metric, JobRestored, SourcePolled, CheckpointCompleted, Notified, Assigned, CommitDone}
}

// Observe implements Monitor.
func (m *Metrics) Observe(_ int, e *Event, _ func(Anomaly)) {
	if m.Ran = m.Ran || e.Kind != Assigned && e.Kind != CommitDone; !m.Ran {
		return
	}
	if m.Counters == nil {
		m.Counters, m.Truth = map[counter]int64{}, map[counter]int64{}
		m.Late, m.Told = map[counter]int64{}, map[string]int64{}
		m.Batches, m.Keepers = map[string]int64{}, map[string]bool{}
	}
	switch e.Kind {
	case Metric:
		m.counted(e)
	case JobRestored:
		m.Restores++
	case SourcePolled:
		var n int64
		e.ranges(func(p TopicPartition, from, to int64) {
			m.Truth[counter{MetricMessagesRead, "", p}] += to - from
			n += to - from
		})
		m.Batches[MetricMessagesRead] = max(m.Batches[MetricMessagesRead], n)
	case CheckpointCompleted:
		m.Truth[counter{Name: MetricCheckpointDuration}]++
	case Notified:
		m.notified(e)
	case Assigned:
		m.Truth[counter{Name: MetricRebalanceEvents, Who: e.Client}]++
	case CommitDone:
		name := MetricCommitsSucceeded
		if e.Error != "" {
			name = MetricCommitsFailed
		}
		m.Truth[counter{Name: name, Who: e.Client}]++
	}
}

// notified takes note that a task was told how a checkpoint ended.
func (m *Metrics) notified(e *Event) {
	k := counter{Name: MetricCheckpointDuration, Who: e.Member}
	switch {
	case e.Cause == CauseAborted:
	case e.Op < m.Told[e.Member]:
		m.Late[k]++
	default:
		m.Told[e.Member] = e.Op
		m.Truth[k]++
	}
}

// counted adds to a counter. Durations are of one checkpoint each, whatever
// they are.
func (m *Metrics) counted(e *Event) {
	k, n := counter{Name: e.Cause}, e.To
	m.Keepers[e.Client] = true
	if e.Member != "" { // else it is the job's own
		m.Keepers[e.Member] = true
	}
	switch e.Cause {
	case MetricMessagesRead:
		k.TopicPartition = e.TopicPartition
	case MetricCheckpointDuration:
		k.Who, n = e.Member, 1
	case MetricRebalanceEvents, MetricCommitsSucceeded, MetricCommitsFailed:
		k.Who = e.Client
	default:
		return
	}
	m.Counters[k] += n
}

// Finish implements Monitor. Counters of which there is no event are not
// kept by this job; but one that some task keeps, each must.
func (m *Metrics) Finish(report func(Anomaly)) {
	if m.Loss == nil || !m.Loss.Ended {
		return
	}
	kept := map[string]bool{}
	all := map[counter]bool{}
	for _, k := range sortedKeys(m.Counters) {
		kept[k.Name], all[k] = true, true
	}
	if kept[MetricCommitsSucceeded] || kept[MetricCommitsFailed] {
		kept[MetricCommitsSucceeded], kept[MetricCommitsFailed] = true, true
	}
	for _, k := range sortedKeys(m.Truth) {
		if kept[k.Name] && (k.Name == MetricMessagesRead || m.Keepers[k.Who]) {
			all[k] = true
		}
	}
	for _, k := range sortedKeys(all) {
		m.compare(k, report)
	}
}

func (m *Metrics) compare(k counter, report func(Anomaly)) {
	slack := max(0, m.Restores-1)
	if !m.Loss.Calm {
		slack++ // it may be under way
	}
	if k.Name == MetricMessagesRead {
		slack *= max(1, m.Batches[k.Name])
	}
	got, want := m.Counters[k], m.Truth[k]
	if got <= want+slack+m.Late[k] && got >= want-slack {
		return
	}
	who := ""
	if k.Who != "" {
		who = " of " + k.Who
	}
	a := Anomaly{Name: MetricDiffers, At: m.Loss.EndAt, Event: m.Loss.EndIx, TopicPartition: k.TopicPartition}
	report(a.describe(k.Name + who + " is " + itoa(got) + ", the history has " + itoa(want)))
}
