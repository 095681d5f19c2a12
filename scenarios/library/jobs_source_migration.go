package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// A job takes over from plain consumers (A28), and what it reads without a
// checkpoint leaves the group where they left it (A14).

// The anomalies at a hand-over.
const (
	HandoverLoss      = "handover-loss"      // records that neither the consumers nor the job have processed
	HandoverDuplicate = "handover-duplicate" // records that both have
	OffsetMoved       = "offset-moved"       // the group's offset is not where the consumers left it
)

const (
	handedLost   = "records lost at the hand-over"
	handedTwice  = "records processed on both sides of the hand-over"
	groupLag     = "lag of the group"
	appliedByJob = "records applied"
)

// takeOver is how the consumers go, and when the job comes.
type takeOver struct {
	name  string
	after time.Duration // from when they are told to go until the job comes
	end   func(p *scenarios.Planner, at time.Duration, member string)
}

const consumersGo = 20 * time.Second

var takeOvers = []takeOver{
	{"left", 2 * time.Second, func(p *scenarios.Planner, at time.Duration, member string) {
		p.Command(at, "leave", member)
		p.Retire(at+1900*time.Millisecond, member)
	}},
	// In the middle of a batch.
	{"crashed", 2 * time.Second, func(p *scenarios.Planner, at time.Duration, member string) {
		p.When(busy(member, at-2600*time.Millisecond), sim.Crash, member)
		p.Retire(at+1900*time.Millisecond, member)
	}},
	{"still there", -5 * time.Second, func(p *scenarios.Planner, at time.Duration, member string) { p.Retire(at, member) }},
}

// spec is two consumers of the group, and the job after them.
func (h *takeOver) spec() scenarios.Spec {
	spec := sourceSpec(sources.Kafka)
	spec.Job.Start = checkpoint.Start{From: checkpoint.Committed, Reset: client.Earliest}
	spec.Beside = []scenarios.Crowd{{Group: spec.Group, Members: 2, Handler: handlers.ProcessThenCommit}}
	spec.Load.Count, spec.Load.PerTick, spec.Load.Every = 200, 10, 2500*time.Millisecond
	spec.Client.BlockRebalanceOnPoll = true
	spec.Promise = spec.Promise.Forbidding("nothing is lost at the hand-over", HandoverLoss)
	spec.Gauges = handOverGauges()
	spec.Script = func(p *scenarios.Planner) {
		at := consumersGo + p.Draw("go", 0, 3*time.Second)
		for _, m := range []string{"m3", "m4"} {
			p.At(p.Draw("start-"+m, 0, time.Second), sim.Start, m)
			h.end(p, at, m)
		}
		for i, m := range []string{"tm1", "tm2"} {
			p.At(at+h.after+p.Draw("start", i, time.Second), sim.Start, m)
		}
	}
	spec.Assert = func(o *scenarios.Outcome) (out []scenarios.Finding) {
		if n := total(o, handedLost); n > 0 {
			out = append(out, scenarios.Finding{Name: HandoverLoss, Text: fmt.Sprintf("%d records were processed neither by the consumers nor by the job", n)})
		}
		if n := total(o, handedTwice); n > 0 {
			out = append(out, scenarios.Finding{Name: HandoverDuplicate, Text: fmt.Sprintf("%d records were processed by the consumers and by the job", n)})
		}
		return out
	}
	return spec
}

// migrations are A28 and A14.
func migrations() []*scenarios.Scenario {
	left, crashed, there := takeOvers[0].spec(), takeOvers[1].spec(), takeOvers[2].spec()
	left.Promise = left.Promise.Forbidding("nothing comes twice at the hand-over", HandoverDuplicate)
	there.Promise = left.Promise
	s := &scenarios.Scenario{Name: "A28", Refs: []string{"A28"}, Title: "a job takes over from two consumers at the group's offsets",
		Cases: []scenarios.Case{{Row: "they left", Spec: left, Runs: 5}, {Row: "they crashed", Spec: crashed, Runs: 5},
			{Row: "they still read", Spec: there, Runs: 2, Expect: scenarios.Fail, Anomaly: HandoverDuplicate}},
		Claims: []scenarios.Claim{{Ref: "A28", Text: "a job can start with the group id of an existing consumer and continue from its offsets", Expect: scenarios.Qualified,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				a, b := r.Case("they left", ""), r.Case("they crashed", "")
				lost := a.Measure(handedLost).Sum + b.Measure(handedLost).Sum
				text := fmt.Sprintf("%d records lost and %d processed twice where the consumers left first; where they crashed %d lost, and %d twice in %d runs: those that were not committed",
					a.Measure(handedLost).Sum, a.Measure(handedTwice).Sum, b.Measure(handedLost).Sum, b.Measure(handedTwice).Sum, b.Runs)
				switch {
				case lost > 0 || a.Measure(handedTwice).Sum > 0:
					return scenarios.Refuted, text
				case b.Measure(handedTwice).Sum > 0:
					return scenarios.Qualified, text
				}
				return scenarios.Confirmed, text
			}}}}
	return []*scenarios.Scenario{s, trackedOffsets()}
}

// trackedOffsets is A14: a job processes, and takes no checkpoint.
func trackedOffsets() *scenarios.Scenario {
	spec := takeOvers[0].spec()
	spec.Job.Interval = 0
	probe := spec.Script
	spec.Beside[0].Members = 3
	spec.Gauges = append(spec.Gauges, scenarios.Gauge{Name: groupLag, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter {
		return &lagMeter{ends: map[scenarios.Partition]int64{}, told: map[scenarios.Partition]int64{}}
	}})
	spec.Script = func(p *scenarios.Planner) {
		probe(p)
		// Somebody asks the coordinator.
		p.At(57*time.Second, sim.Start, "m5")
		p.Retire(59*time.Second, "m5")
	}
	spec.Promise = spec.Promise.Forbidding("the group's offset stays", OffsetMoved)
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		lag, n := o.Number(groupLag), total(o, appliedByJob)
		if o.Course.Hit("m5", 0) && (len(lag) != 1 || lag[0] != n) {
			return []scenarios.Finding{{Name: OffsetMoved, Text: fmt.Sprintf("the coordinator tells a lag of %v, the job has processed %d records and committed nothing", lag, n)}}
		}
		return nil
	}
	return &scenarios.Scenario{Name: "A14", Refs: []string{"A14"}, Cases: []scenarios.Case{{Row: "no checkpoint", Spec: spec, Runs: 6}},
		Title: "what a job has read is not committed: without a checkpoint the group's offset stays, and its lag is what was read",
		Claims: []scenarios.Claim{{Ref: "A14", Text: "processed offsets are tracked, not committed", Expect: scenarios.Confirmed,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				c := r.Case("no checkpoint", "")
				lag, n := c.Measure(groupLag), c.Measure(appliedByJob)
				text := fmt.Sprintf("the job processed %d records in %d runs, and the coordinator tells a lag of %d", n.Sum, c.Runs, lag.Sum)
				if lag.N == 0 || lag.Sum != n.Sum || n.Sum == 0 {
					return scenarios.Refuted, text
				}
				return scenarios.Confirmed, text
			}}}}
}

// handOverGauges compare what consumers have processed with what a job has
// applied.
func handOverGauges() []scenarios.Gauge {
	gauge := func(name string, read func(*handOverMeter) int64) scenarios.Gauge {
		return scenarios.Gauge{Name: name, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter {
			return &handOverMeter{read: read, parts: map[scenarios.Partition]*handedPart{}}
		}}
	}
	return []scenarios.Gauge{
		gauge(handedLost, func(m *handOverMeter) int64 {
			return m.sum(func(p *handedPart) model.Intervals { return p.produced.Minus(p.before.Or(p.after)) })
		}),
		gauge(handedTwice, func(m *handOverMeter) int64 {
			return m.sum(func(p *handedPart) model.Intervals { return p.before.And(p.after) })
		}),
		gauge(appliedByJob, func(m *handOverMeter) int64 {
			return m.sum(func(p *handedPart) model.Intervals { return p.after })
		}),
	}
}

type handOverMeter struct {
	read  func(*handOverMeter) int64
	parts map[scenarios.Partition]*handedPart
}

// handedPart is what became of a partition's records.
type handedPart struct{ produced, before, after model.Intervals }

// Observe implements scenarios.Meter.
func (m *handOverMeter) Observe(e *model.Event) {
	switch e.Kind {
	case model.Produced:
		m.part(e.TopicPartition).produced.Add(e.From, e.To)
	case model.Processed:
		m.part(e.TopicPartition).before.Add(e.From, e.To)
	case model.Applied:
		if e.Topic != "" {
			m.part(e.TopicPartition).after.Add(e.From, e.To)
		}
		for _, p := range e.Partitions {
			m.part(p.TopicPartition).after.Add(p.Offset, p.Offset+1)
		}
	}
}

func (m *handOverMeter) part(p scenarios.Partition) *handedPart {
	if m.parts[p] == nil {
		m.parts[p] = &handedPart{}
	}
	return m.parts[p]
}

func (m *handOverMeter) sum(of func(*handedPart) model.Intervals) (n int64) {
	for _, p := range m.parts { //ordered: a sum
		n += of(p).Count()
	}
	return n
}

// Read implements scenarios.Meter.
func (m *handOverMeter) Read(*scenarios.Outcome) []int64 { return []int64{m.read(m)} }

// lagMeter is how far behind the logs' ends the group's offsets are that m5 is
// told.
type lagMeter struct{ ends, told map[scenarios.Partition]int64 }

// Observe implements scenarios.Meter.
func (m *lagMeter) Observe(e *model.Event) {
	switch {
	case e.Kind == model.Produced:
		m.ends[e.TopicPartition] = max(m.ends[e.TopicPartition], e.To)
	case e.Kind == model.OffsetsTold && e.Client == "m5":
		for _, p := range e.Partitions {
			m.told[p.TopicPartition] = p.Offset
		}
	}
}

// Read implements scenarios.Meter.
func (m *lagMeter) Read(*scenarios.Outcome) []int64 {
	if len(m.told) == 0 {
		return nil
	}
	n := int64(0)
	for p, end := range m.ends { //ordered: a sum
		n += end - max(m.told[p], 0)
	}
	return []int64{n}
}
