package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/sim"
)

// NeedlessMove: a partition went to another member though its owner stayed.
const NeedlessMove = "needless-move"

// idleManager has no partition in managers(20, …) under any assignor: they
// all give the four partitions to the first members in the order of ids.
const idleManager = "m9"

// idleStops is B10: a task manager without partitions crashes or leaves.
func idleStops() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B10", Refs: []string{"B10", "thread-33"},
		Title: "a task manager without partitions crashes, or leaves: what moves, and what stands still"}
	for _, how := range []string{"crash", "leave"} {
		for _, by := range assignors {
			for _, profile := range profiles {
				spec := managers(20, by, profile)
				spec.Warmup, spec.Faulty = 35*time.Second, 60*time.Second
				spec.Load.Every = 4 * time.Second
				spec.Gauges = []scenarios.Gauge{gauges.Moved(), gauges.Rounds(), gauges.PauseArea(), gauges.Idle()}
				spec.Promise = spec.Promise.Forbidding("what stays with its owner does not move", NeedlessMove)
				spec.Script = func(p *scenarios.Planner) {
					startAll(p, time.Second)
					outOfPhase(p, p.Spec().Warmup/4)
					at := p.Spec().Warmup + p.Draw("stop-at", 0, p.Spec().Client.HeartbeatInterval)
					if how == "leave" {
						p.Command(at, "leave", idleManager)
					} else {
						p.At(at, sim.Vanish, idleManager)
					}
				}
				spec.Assert = nothingMoves
				s.Cases = append(s.Cases, onKafkaToo(scenarios.Case{Row: by.Name(), Column: how + "/" + string(profile), Spec: spec, Runs: 3}))
			}
		}
	}
	s.Claims = []scenarios.Claim{
		{Ref: "B10", Text: "no partition moves when an idle task manager stops", Expect: scenarios.Confirmed,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				moved := span(r, "moved")
				text := fmt.Sprintf("%v of 4 partitions moved in %d runs, eager and cooperative", moved, r.Seeds)
				if moved.is(0) {
					return scenarios.Confirmed, text
				}
				return scenarios.Refuted, text
			}},
		{Ref: "B10", Text: "so nobody notices it", Expect: scenarios.Qualified, Judge: judgeIdleStops},
	}
	return s
}

func judgeIdleStops(r *scenarios.Result) (scenarios.Ruling, string) {
	eager := span(r, "pause area", "range", "roundrobin", "sticky")
	cooperative := span(r, "pause area", "cooperative-sticky")
	rounds := span(r, "rounds")
	text := fmt.Sprintf("the classic protocol rebalances all the same (%v generation more); under an eager assignor all four partitions stand still until the last member has heard of it, for %v, under cooperative-sticky for %v",
		rounds, eager, cooperative)
	switch {
	case rounds.least == 0 || cooperative.most > 0:
		return scenarios.Refuted, text
	case eager.most == 0:
		return scenarios.Confirmed, text
	}
	return scenarios.Qualified, text
}

func nothingMoves(o *scenarios.Outcome) []scenarios.Finding {
	var out []scenarios.Finding
	if n := o.Number("moved"); len(n) != 1 || n[0] != 0 {
		out = append(out, scenarios.Finding{Name: NeedlessMove, Text: fmt.Sprintf("partitions that moved: %v, must be 0", n)})
	}
	if n := o.Number("idle"); o.Course.Hit(idleManager, o.Trial.Spec.Warmup) && (len(n) != 1 || n[0] != 15) {
		out = append(out, scenarios.Finding{Name: NeedlessMove, Text: fmt.Sprintf("idle members after it: %v, must be 15", n)})
	}
	return out
}
