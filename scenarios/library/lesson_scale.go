package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// C02: throughput against the number of consumers. Six partitions, each with
// the same backlog, which is there at once when the group has formed, and a
// fixed cost a record: how fast is it worked off by one to twelve consumers?

const (
	scalePartitions = 6
	scaleBacklog    = 50 // records a partition
	scaleCost       = 40 * time.Millisecond
)

// scaleKeys has key i of 0 to 5 go to a partition of its own (a test holds it
// to that), so that all partitions have the same backlog.
const scaleKeys = "meter-16-%d"

// throughput is the number of C02: records processed in a second, over the whole
// backlog.
const throughput = "throughput"

// OffTheCurve: the throughput is not what the number of consumers allows.
const OffTheCurve = "off-the-curve"

func scaling() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "C02", Title: "throughput against consumers: six partitions, 1 to 12 consumers, a fixed cost a record", Refs: []string{"C02"},
		Claims: []scenarios.Claim{{Ref: "C02", Text: "throughput grows with the number of consumers until there are as many as partitions", Expect: scenarios.Qualified, Judge: judgeScaling}}}
	for n := 1; n <= 2*scalePartitions; n++ {
		for _, profile := range []client.Profile{client.Franz, client.Java} {
			c := scenarios.Case{Row: fmt.Sprintf("%d consumers", n), Column: string(profile), Runs: 2, Spec: scaleSpec(n, profile)}
			if profile == client.Franz {
				c.OnKafka = func() scenarios.Spec { return onKafka(scaleSpec(n, profile)) }
			}
			s.Cases = append(s.Cases, c)
		}
	}
	return []*scenarios.Scenario{s}
}

func scaleSpec(consumers int, profile client.Profile) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "readings", Partitions: scalePartitions}}, Group: scenarios.Classic("meters", assignor.Range), Members: consumers,
		Handler: func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(records []scenarios.Record) {
				for _, r := range records {
					env.Sleep(scaleCost)
					env.Emit(r)
				}
				env.Commit(records...)
			})
		},
		Load:    scenarios.Load{Count: scalePartitions * scaleBacklog, Pattern: scaleKeys, Keys: scalePartitions, PerTick: scalePartitions * scaleBacklog, Every: time.Second, From: 8 * time.Second},
		Client:  scenarios.ClientConfig{Profile: profile, Reset: client.Earliest, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second, MaxPollRecords: 20, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce().Forbidding("as fast as the busiest consumer", OffTheCurve),
		Warmup:  8 * time.Second, Faulty: 14 * time.Second,
		Script: func(p *scenarios.Planner) {
			for i := range p.Spec().Members {
				p.At(p.Draw("start", i, 500*time.Millisecond), sim.Start, fmt.Sprintf("m%d", i+1))
			}
		},
		Gauges: []scenarios.Gauge{{Name: throughput, Unit: "records/s", New: func(*scenarios.Trial) scenarios.Meter { return &drain{from: -1} }}},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding { return onTheCurve(o, consumers) },
	}
}

// drain measures how fast a backlog is worked off, from the first poll to the
// end of the last record: in records a second, or by a scale finer.
type drain struct{ from, to, n, scale int64 }

// Observe implements scenarios.Meter.
func (d *drain) Observe(e *model.Event) {
	switch {
	case e.Kind == model.Polled && d.from < 0:
		d.from = e.At
	case e.Kind == model.Processed:
		d.to, d.n = e.At, d.n+e.To-e.From
	}
}

// Read implements scenarios.Meter.
func (d *drain) Read(*scenarios.Outcome) []int64 {
	if d.from < 0 || d.to <= d.from {
		return nil
	}
	return []int64{d.n * max(d.scale, 1) * time.Second.Microseconds() / (d.to - d.from)}
}

// ideal is the throughput of so many consumers: the one with the most
// partitions is the last to finish.
func ideal(consumers int) int64 {
	most := (scalePartitions + consumers - 1) / consumers
	return int64(time.Second/scaleCost) * scalePartitions / int64(most)
}

// onTheCurve allows for what fetches and commits take, and for consumers that
// begin later than the first: a seventh, and more where the clock is a real one.
func onTheCurve(o *scenarios.Outcome, consumers int) []scenarios.Finding {
	want := ideal(consumers)
	least := want * 85 / 100
	if o.World != "sim" {
		least = want * 6 / 10
	}
	got := o.Number(throughput)
	switch {
	case len(got) == 0:
		return []scenarios.Finding{{Name: OffTheCurve, Text: "nothing was processed"}}
	case got[0] < least || got[0] > want:
		return []scenarios.Finding{{Name: OffTheCurve, Text: fmt.Sprintf("%d records/s by %d consumers, must be %d to %d", got[0], consumers, least, want)}}
	}
	return nil
}

func judgeScaling(r *scenarios.Result) (scenarios.Ruling, string) {
	at := make([]int64, 2*scalePartitions+1)
	curve := ""
	for n := 1; n < len(at); n++ {
		at[n] = r.Case(fmt.Sprintf("%d consumers", n), string(client.Franz)).Measure(throughput).P50
		curve += fmt.Sprintf(" %d:%d", n, at[n])
	}
	text := fmt.Sprintf("in steps, for a partition cannot be shared: of 6 partitions 4 and 5 consumers make no more than 3, and 7 to 12 no more than 6; records/s by consumers:%s", curve)
	near := func(a, b int64) bool { return a*100 >= b*85 && b*100 >= a*85 }
	flat := near(at[6], at[12]) && near(at[6], at[7])
	switch {
	case !flat || !near(at[6], 6*at[1]) || !near(at[2], 2*at[1]):
		return scenarios.Refuted, text
	case near(at[3], at[4]) && near(at[3], at[5]):
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}
