package library

import (
	"fmt"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// million is 1,000,000 records through a cooperative group of eight, with
// four crashes and two expansions under way.
func million() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 8}}, Group: scenarios.Classic("order-service", assignor.CooperativeSticky), Members: 8,
		Handler: func(env scenarios.Env) scenarios.Handler {
			return handlers.Func(func(records []scenarios.Record) {
				env.Sleep(time.Millisecond)
				env.Emit(records...)
				env.Commit(records...)
			})
		},
		Load:    scenarios.Load{Count: 1_000_000, Pattern: "customer-%d", Keys: 1000, PerTick: 1000, Every: 100 * time.Millisecond},
		Client:  scenarios.ClientConfig{SessionTimeout: 10 * time.Second, BlockRebalanceOnPoll: true, MetadataMaxAge: 5 * time.Second},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke(),
		Warmup:  10 * time.Second, Faulty: 100 * time.Second,
		Script: func(p *scenarios.Planner) {
			for i := range 8 {
				p.At(p.Draw("start", i, time.Second), sim.Start, fmt.Sprintf("m%d", i+1))
			}
			for i := range 4 {
				m, at := fmt.Sprintf("m%d", 2*i+1), time.Duration(20+20*i)*time.Second
				p.At(at, sim.Crash, m)
				p.At(at+5*time.Second, sim.Start, m)
			}
			p.Command(35*time.Second, "add-partitions orders 12", "b0")
			p.Command(75*time.Second, "add-partitions orders 16", "b0")
		},
	}
}

// BenchmarkMillion is a run of that size with all linear monitors.
func BenchmarkMillion(b *testing.B) {
	spec := million()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		trial, err := scenarios.NewTrial(&spec, uint64(i))
		if err != nil {
			b.Fatal(err)
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil || len(o.Broken()) > 0 || !o.Settled {
			b.Fatal(err, o.Findings, o.Why)
		}
		if n := o.Report.Summary.Produced; n < 1_000_000 {
			b.Fatalf("%d records were produced", n)
		}
		b.ReportMetric(float64(o.Steps), "steps/run")
	}
}
