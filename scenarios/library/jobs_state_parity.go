package library

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/jobs"
	"github.com/groundhogsim/groundhog/scenarios/telemetry"
)

// builtJobs is A31: a job built by document A's names, and what is said when
// an option is missing.
func builtJobs() *scenarios.Scenario {
	source, err := wholeSource().Build()
	s := &scenarios.Scenario{Name: "A31", Refs: []string{"A31"}, Title: "a job from AddSource, Map and AddSink; a missing option is said",
		Cases: []scenarios.Case{{Row: "missing options", Facts: missingOptions}}}
	if err != nil {
		s.Cases = append(s.Cases, scenarios.Case{Row: "AddSource, Map, AddSink", Facts: func() ([]scenarios.Fact, error) { return nil, err }})
		return s
	}
	job := jobs.New("doubles", 2).EnableCheckpointing(2 * time.Second)
	jobs.Map(jobs.AddSource(job, source), func(n int) string { return fmt.Sprintf("<%d>", 2*n) }).AddSink(func() checkpoint.Sink { return checkpoint.Rows{} })
	spec, err := job.Spec()
	if err != nil {
		s.Cases = append(s.Cases, scenarios.Case{Row: "AddSource, Map, AddSink", Facts: func() ([]scenarios.Fact, error) { return nil, err }})
		return s
	}
	spec.Load = scenarios.Keyed(120, "customer-%d", 12)
	spec.Warmup, spec.Faulty = 2*time.Second, 20*time.Second
	spec.Promise = scenarios.ExactlyOnceEndToEnd().Forbidding("each value is mapped", ResultsDiffer)
	spec.Gauges = []scenarios.Gauge{{Name: "values mapped", New: func(*scenarios.Trial) scenarios.Meter { return &mappedValues{} }}}
	spec.Script = func(p *scenarios.Planner) {
		startJob(p, time.Second)
		failJob(p, 5*time.Second, 15*time.Second)
	}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		if n := o.Number("values mapped"); o.Settled && n[0] != 120 {
			return []scenarios.Finding{{Name: ResultsDiffer, Text: fmt.Sprintf("%d of 120 values are there as they must be", n[0])}}
		}
		return nil
	}
	s.Cases = append(s.Cases, scenarios.Case{Row: "AddSource, Map, AddSink", Spec: spec, Runs: 5})
	return s
}

func wholeSource() *jobs.KafkaSourceBuilder[int] {
	return jobs.NewKafkaSource[int]().BootstrapServers("b0:9092").GroupId("order-job").Topic("orders").Partitions(3).ValueDeserializer(strconv.Atoi)
}

// missingOptions leaves out one option after the other.
func missingOptions() (facts []scenarios.Fact, err error) {
	for _, o := range []struct {
		option string
		leave  func(*jobs.KafkaSourceBuilder[int])
	}{
		{"BootstrapServers", func(b *jobs.KafkaSourceBuilder[int]) { b.BootstrapServers("") }},
		{"GroupId", func(b *jobs.KafkaSourceBuilder[int]) { b.GroupId("") }},
		{"Topic", func(b *jobs.KafkaSourceBuilder[int]) { b.Topic("") }},
		{"ValueDeserializer", func(b *jobs.KafkaSourceBuilder[int]) { b.ValueDeserializer(nil) }},
	} {
		b := wholeSource()
		o.leave(b)
		_, err := b.Build()
		facts = append(facts, scenarios.Fact{Name: "without " + o.option, Got: fmt.Sprint(err != nil && strings.HasPrefix(err.Error(), o.option+": there is none; ")), Want: "true"})
	}
	_, err = wholeSource().Build()
	return append(facts, scenarios.Fact{Name: "with all", Got: fmt.Sprint(err), Want: "<nil>"}), nil
}

// mappedValues counts the numbers whose doubles are there.
type mappedValues struct{ storedValuesOf }

// Read implements scenarios.Meter.
func (m *mappedValues) Read(*scenarios.Outcome) []int64 {
	got := map[string]bool{}
	for v := range maps.Values(m.values) {
		got[v] = true
	}
	n := int64(0)
	for i := range 120 {
		if got[fmt.Sprintf("<%d>", 2*i)] {
			n++
		}
	}
	return []int64{n}
}

// TelemetryDiffers: what telemetry says of a job is not what happened.
const TelemetryDiffers = "telemetry-differs"

// observedJobs is A32.
func observedJobs() *scenarios.Scenario {
	spec := jobSpec(4, 2, 1)
	spec.Warmup, spec.Faulty = 5*time.Second, 25*time.Second
	spec.Load = scenarios.Load{Count: 120, Pattern: "customer-%d", Keys: 12, PerTick: 4}
	spec.Job.Sink = func() checkpoint.Sink { return checkpoint.Rows{} }
	spec.Faults = scenarios.AnyOf(scenarios.Crash, scenarios.TaskFailure, scenarios.JobManagerCrash, scenarios.StorageFails)
	spec.Promise = spec.Promise.Forbidding("telemetry is what happened", TelemetryDiffers)
	spec.Gauges = []scenarios.Gauge{{Name: "telemetry that differs", New: func(*scenarios.Trial) scenarios.Meter {
		return &observed{telemetry.New(model.PartitionOffset{TopicPartition: scenarios.Partition{Topic: "orders"}, Offset: 3})}
	}}}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		if n := o.Number("telemetry that differs"); o.Settled && n[0] > 0 {
			return []scenarios.Finding{{Name: TelemetryDiffers, Text: fmt.Sprintf("%d numbers of the telemetry differ from the history's", n[0])}}
		}
		return nil
	}
	return &scenarios.Scenario{Name: "A32", Refs: []string{"A32"}, Title: "lag, throughput, errors, traces and health of a job follow from its history",
		Expect: scenarios.Hold, Seeds: 10, Spec: spec, Sometimes: []scenarios.Sometimes{restartedJob(10)}}
}

// observed compares telemetry with what the monitors have counted.
type observed struct{ *telemetry.Telemetry }

// Read implements scenarios.Meter.
func (m *observed) Read(o *scenarios.Outcome) []int64 {
	wrong, j := int64(0), o.Report.Summary.Job
	check := func(ok bool) {
		if !ok {
			wrong++
		}
	}
	sums, spans := map[string]float64{}, map[string]int{}
	for _, x := range m.Metrics() {
		sums[x.Name] += x.Value
	}
	steps := map[string]bool{}
	for _, s := range m.Spans() {
		if spans[s.Name]++; s.Name == telemetry.SpanCheckpoint && s.Failed {
			spans["failed"]++
		}
		if s.Trace == "orders/0@3" {
			steps[s.Name] = true
		}
		check(s.End < 0 || s.End >= s.Start)
	}
	check(sums[telemetry.Lag] == 0)
	check(sums[telemetry.Produced] == float64(o.Report.Summary.Produced))
	check(sums[telemetry.Consumed] >= sums[telemetry.Produced]+float64(j.Replayed)) // what was sent again may be there twice
	check(sums[telemetry.Restarts] == float64(j.Restarts))
	check(sums[telemetry.Completed] == float64(j.Completed))
	check(sums[telemetry.Throughput] > 0)
	check(spans[telemetry.SpanCheckpoint] == j.Triggered && spans["failed"] == j.Aborted)
	check(slices.Equal(slices.Sorted(maps.Keys(steps)), []string{"apply", "emit", "poll", "record", "store"}))
	check(len(m.Health) > 0 && m.Health[len(m.Health)-1].Status == telemetry.Healthy)
	return []int64{wrong}
}
