package telemetry

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/model"
)

// Metric is one number with its attributes.
type Metric struct {
	Name       string
	Value      float64
	Attributes map[string]string
}

// Span is a stretch of time, in microseconds since the history began. Spans of
// one Trace belong together; Parent is empty for the first.
type Span struct {
	Name       string
	Trace, ID  string
	Parent     string
	Start, End int64 // End: -1 while it is open
	Failed     bool
	Attributes map[string]string
}

// Health is how a job is from a moment on.
type Health struct {
	At     int64
	Status Status
	Why    string
}

// Status is a job's health.
type Status string

// The statuses.
const (
	Starting   Status = "starting"
	Healthy    Status = "healthy"
	Degraded   Status = "degraded" // a checkpoint has failed, or a process is gone; until the next checkpoint is complete
	Restarting Status = "restarting"
	Failed     Status = "failed"
	Finished   Status = "finished"
)

// Types of errors.
const (
	taskFailed        = "task-failed"
	processStopped    = "process-stopped"
	checkpointAborted = "checkpoint-aborted"
	commitFailed      = "commit-failed"
)

// Telemetry gathers a job's metrics, spans and health from its history, event
// by event. The spans of records are kept of those that Follow names.
type Telemetry struct {
	Health []Health

	group      string
	ends       map[model.TopicPartition]int64
	given      map[model.TopicPartition]int64 // how far sources have come
	produced   map[model.TopicPartition]int64
	consumed   map[model.TopicPartition]int64
	applied    int64
	errors     map[string]int64
	restores   int64
	completed  int64
	begun      int64 // when the job began; -1: not yet
	first, now int64 // when a record was first applied; the last event
	spans      []*Span
	open       map[string]*Span // by ID
	records    []record
}

// New begins to gather; follow names records whose spans are kept.
func New(follow ...model.PartitionOffset) *Telemetry {
	t := &Telemetry{ends: map[model.TopicPartition]int64{}, given: map[model.TopicPartition]int64{}, produced: map[model.TopicPartition]int64{},
		consumed: map[model.TopicPartition]int64{}, errors: map[string]int64{}, open: map[string]*Span{}, begun: -1, first: -1}
	for _, r := range follow {
		t.records = append(t.records, record{place: r})
	}
	return t
}

// Observe takes the next event.
func (t *Telemetry) Observe(e *model.Event) {
	t.now = e.At
	switch e.Kind {
	case model.Produced:
		t.produced[e.TopicPartition] += e.To - e.From
		t.ends[e.TopicPartition] = max(t.ends[e.TopicPartition], e.To)
		t.born(e)
	case model.SourcePolled:
		t.consumed[e.TopicPartition] += e.To - e.From
		t.given[e.TopicPartition] = max(t.given[e.TopicPartition], e.To)
		t.step(SpanPoll, e)
	case model.Emitted:
		t.turn(e.At, Healthy, "", Starting, Restarting)
		t.step(SpanEmit, e)
	case model.Applied:
		if t.first < 0 {
			t.first = e.At
		}
		t.applied += max(e.To-e.From, int64(len(e.Partitions)))
		t.step(SpanApply, e)
	case model.Stored:
		t.step(SpanStore, e)
	case model.CommitDone:
		if t.group = cmp.Or(t.group, e.Group); e.Error != "" {
			t.errors[commitFailed]++
		}
	default:
		t.ofJob(e)
	}
}

// ofJob takes what concerns the job as a whole.
func (t *Telemetry) ofJob(e *model.Event) {
	switch e.Kind {
	case model.JobRestored:
		status := Restarting
		if t.restores++; t.begun < 0 {
			t.begun, status = e.At, Starting
		}
		t.turn(e.At, status, e.Cause)
	case model.JobFailed:
		t.turn(e.At, Failed, e.Error)
	case model.JobFinished:
		t.turn(e.At, Finished, "")
	case model.TaskFailed:
		t.errors[taskFailed]++
		t.turn(e.At, Restarting, e.Member+": "+e.Error)
	case model.Stopped:
		if t.begun >= 0 && e.Cause == "crash" {
			t.errors[processStopped]++
			t.turn(e.At, Degraded, e.Client+" stopped", Healthy)
		}
	case model.CheckpointTriggered:
		id := checkpointID(e)
		t.begin(&Span{Name: SpanCheckpoint, Trace: id, ID: id, Start: e.At, Attributes: map[string]string{Checkpoint: num(e.Op), Attempt: num(int64(e.Generation))}})
	case model.CheckpointCompleted:
		t.completed++
		t.end(checkpointID(e), e, "")
		t.turn(e.At, Healthy, "", Degraded, Starting, Restarting)
	case model.CheckpointAborted:
		t.errors[checkpointAborted]++
		t.end(checkpointID(e), e, checkpointAborted)
		t.turn(e.At, Degraded, "checkpoint "+num(e.Op)+": "+e.Cause, Healthy)
	case model.SnapshotTaken:
		id := checkpointID(e)
		t.begin(&Span{Name: SpanSnapshot, Trace: id, ID: id + "/" + e.Member, Parent: id, Start: e.At, Attributes: attributesOf(e, map[string]string{Checkpoint: num(e.Op)})})
	case model.StateDurable:
		t.end(checkpointID(e)+"/"+e.Member, e, "")
	}
}

// turn sets the health, if it is one of those given, or whatever it is.
func (t *Telemetry) turn(at int64, to Status, why string, from ...Status) {
	n := len(t.Health)
	if len(from) > 0 && (n == 0 || !slices.Contains(from, t.Health[n-1].Status)) {
		return
	}
	t.Health = append(t.Health, Health{at, to, why})
}

func checkpointID(e *model.Event) string { return "checkpoint-" + num(e.Op) }

func num(n int64) string { return strconv.FormatInt(n, 10) }

// attributesOf adds who did something.
func attributesOf(e *model.Event, to map[string]string) map[string]string {
	to[Client], to[Task], to[Attempt] = e.Client, e.Member, num(int64(e.Generation))
	return to
}

func (t *Telemetry) begin(s *Span) {
	s.End = -1
	t.spans = append(t.spans, s)
	t.open[s.ID] = s
}

func (t *Telemetry) end(id string, e *model.Event, failure string) {
	s := t.open[id]
	if s == nil {
		return
	}
	delete(t.open, id)
	s.End = e.At
	if s.Failed = failure != ""; s.Failed {
		s.Attributes[ErrorType] = failure
	}
}

// Metrics are the metrics as they are now, in the order of the schema, then of
// partitions and types.
func (t *Telemetry) Metrics() []Metric {
	var out []Metric
	add := func(name string, v float64, attributes map[string]string) {
		out = append(out, Metric{name, v, attributes})
	}
	byPartition := func(name string, group bool, value func(model.TopicPartition) int64) {
		for _, p := range slices.SortedFunc(maps.Keys(t.ends), model.TopicPartition.Compare) {
			attributes := map[string]string{System: "kafka", Topic: p.Topic, Partition: num(int64(p.Partition))}
			if group {
				attributes[Group] = t.group
			}
			add(name, float64(value(p)), attributes)
		}
	}
	byPartition(Produced, false, func(p model.TopicPartition) int64 { return t.produced[p] })
	byPartition(Consumed, true, func(p model.TopicPartition) int64 { return t.consumed[p] })
	byPartition(Lag, true, func(p model.TopicPartition) int64 { return max(t.ends[p]-t.given[p], 0) })
	add(Throughput, rate(t.applied, t.first, t.now, 1e6), nil)
	all := int64(0)
	for _, name := range slices.Sorted(maps.Keys(t.errors)) {
		all += t.errors[name]
		add(Errors, float64(t.errors[name]), map[string]string{ErrorType: name})
	}
	add(ErrorRate, rate(all, t.begun, t.now, 60e6), nil)
	add(Restarts, float64(max(t.restores-1, 0)), nil)
	add(Completed, float64(t.completed), nil)
	return out
}

// rate is n in a span of microseconds, per unit of them.
func rate(n, from, to int64, unit float64) float64 {
	if from < 0 || to <= from {
		return 0
	}
	return float64(n) * unit / float64(to-from)
}

// Spans are the spans so far, in the order of their beginnings.
func (t *Telemetry) Spans() []Span {
	out := make([]Span, len(t.spans))
	for i, s := range t.spans {
		out[i] = *s
	}
	return out
}
