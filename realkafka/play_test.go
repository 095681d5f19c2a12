package realkafka

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

func TestX(t *testing.T) {
	c, err := cluster.StartProcess(t.Context(), cluster.ProcessConfig{Settings: map[string]string{"group.initial.rebalance.delay.ms": "0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	right := func(env scenarios.Env) scenarios.Handler { return &worker{env: env} }
	spec := &scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Group: scenarios.Classic("g", assignor.Range), Members: 2,
		Handler: right,
		Load:    scenarios.Load{Count: 300, Pattern: "k-%d", Keys: 20, PerTick: 5, Every: 200 * time.Millisecond},
		Client:  scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second, RebalanceTimeout: 10 * time.Second, FetchMaxWait: 500 * time.Millisecond, MaxPollRecords: 10},
		Promise: scenarios.AtLeastOnce(),
		Warmup:  3 * time.Second, Faulty: 12 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(500*time.Millisecond, sim.Start, "m2")
			p.At(5*time.Second, sim.Kind(0)+map[string]sim.Kind{"crash": sim.Crash, "pause": sim.Pause, "vanish": sim.Vanish, "": sim.Crash}[os.Getenv("X")], "m1")
			p.At(13*time.Second, sim.Resume, "m1")
		},
	}
	tr, err := scenarios.NewTrial(spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	o, err := Play(context.Background(), c, tr, Options{
		History: func(e *model.Event) { fmt.Printf("%8.3f %s\n", float64(e.At)/1e6, show(e)) },
		Log:     func(f string, a ...any) { fmt.Printf("         "+strings.ReplaceAll(f, "\n", " ")+"\n", a...) },
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("took %v; settled %v %q skipped %d\nfindings %+v\nviolations %+v\nsummary %+v\nnot checked %+v\ntakeovers %+v\nrebalances %+v\n", time.Since(began), o.Settled, o.Why, o.Skipped, o.Findings, o.Report.Violations, o.Report.Summary, o.Report.NotChecked, o.Report.Takeovers, o.Report.Rebalances)
}

func show(e *model.Event) string {
	s := fmt.Sprintf("%-14s %s", e.Kind, e.Client)
	if e.Topic != "" {
		s += fmt.Sprintf(" %v [%d %d)", e.TopicPartition, e.From, e.To)
	}
	if e.Generation != 0 {
		s += fmt.Sprintf(" g%d", e.Generation)
	}
	for _, p := range e.Partitions {
		s += fmt.Sprintf(" %d:%d", p.Partition, p.Offset)
	}
	if e.Op != 0 {
		s += fmt.Sprintf(" op%d", e.Op)
	}
	if len(e.Members) > 0 {
		s += fmt.Sprint(e.Members)
	}
	return s + " " + e.Error + " " + e.Cause
}

type worker struct {
	env scenarios.Env
}

func (w *worker) Process(records []scenarios.Record) {
	for _, r := range records {
		w.env.Sleep(5 * time.Millisecond)
		w.env.Emit(r)
	}
	w.env.Commit(records...)
}
