package caches

import (
	"fmt"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

func standstill(p *scenarios.Planner) {
	p.At(0, sim.Start, "m1")
	p.At(0, sim.Start, "m2")
	for i := range 3 {
		at := 12*time.Second + time.Duration(i)*14*time.Second + p.Draw("pause", i, 2*time.Second)
		p.At(at, sim.Pause, "m1")
		p.At(at+10*time.Second, sim.Resume, "m1")
	}
}

func TestProbe(t *testing.T) {
	standby := []scenarios.Partition{{Topic: "locations", Partition: 0}, {Topic: "locations", Partition: 1}}
	for _, block := range []bool{true, false} {
		for _, k := range []struct {
			name string
			kind func(Options) handlers.Kind
			o    Options
		}{
			{"local", Local, Options{}}, {"local fenced", Local, Options{Fenced: true}}, {"remote", Remote, Options{}}, {"remote fenced", Remote, Options{Fenced: true}},
			{"changelog", Changelog, Options{Restore: 10 * time.Millisecond}}, {"changelog fenced", Changelog, Options{Restore: 10 * time.Millisecond, Fenced: true}},
			{"changelog fenced standby", Changelog, Options{Restore: 10 * time.Millisecond, Fenced: true, Standby: standby}},
		} {
			for name, script := range map[string]func(*scenarios.Planner){"thereAndBack": thereAndBack, "zombie": zombie, "crash": crash, "standstill": standstill} {
				found := map[string]int{}
				for seed := range uint64(12) {
					k.o.Latency, k.o.Work = latency, 20*time.Millisecond
					s := spec(k.kind(k.o), script)
					s.Load.PerTick = 4
					s.Load.Count = 2000
					s.Client.BlockRebalanceOnPoll = block
					trial, err := scenarios.NewTrial(&s, seed)
					if err != nil {
						t.Fatal(err)
					}
					o, err := scenarios.Simulate(trial, scenarios.Play{})
					if err != nil || o.Error != nil {
						t.Fatal(err, o.Error)
					}
					seen := map[string]bool{}
					for _, f := range o.Findings {
						seen[f.Name] = true
					}
					for n := range seen {
						found[n]++
					}
				}
				fmt.Println("block", block, k.name, name, found)
			}
		}
	}
}
