package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// UnexpectedRebalance: the group began another generation where nothing asked
// for one, or did not where something did.
const UnexpectedRebalance = "unexpected-rebalance"

// undisturbed is B06: twenty task managers for ten minutes. The document says
// that nothing but the failure of a task manager makes them rebalance.
func undisturbed() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B06", Refs: []string{"B06"},
		Title: "20 task managers for ten minutes: when the group rebalances though no task manager fails"}
	add := func(row string, runs int, least, most int64, edit func(*scenarios.Spec)) {
		spec := managers(20, assignor.Range, client.Franz)
		spec.Faulty = 10 * time.Minute
		spec.Load.Every = 30 * time.Second
		spec.Gauges = []scenarios.Gauge{gauges.Rounds(), gauges.StartRounds(), gauges.PauseArea()}
		if edit != nil {
			edit(&spec)
		}
		spec.Promise = spec.Promise.Forbidding("rebalances for a reason only", UnexpectedRebalance)
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return roundsWithin(o, least, most) }
		s.Cases = append(s.Cases, scenarios.Case{Row: row, Spec: spec, Runs: runs})
	}
	add("nothing happens, franz-go", 5, 0, 0, nil)
	add("nothing happens, Java", 5, 0, 0, func(s *scenarios.Spec) { s.Client.Profile = client.Java })
	shorter := func(s *scenarios.Spec) { s.Faulty = 2 * time.Minute; s.Load.Every = 5 * time.Second }
	add("the coordinator loads again", 4, 0, 0, func(s *scenarios.Spec) {
		shorter(s)
		s.Script = func(p *scenarios.Planner) {
			startAll(p, time.Second)
			p.Command(p.Spec().Warmup+p.Draw("reload", 0, 30*time.Second), "reload-coordinator", "b0")
		}
	})
	add("the broker restarts", 4, 0, 0, func(s *scenarios.Spec) {
		shorter(s)
		s.Script = func(p *scenarios.Planner) {
			startAll(p, time.Second)
			at := p.Spec().Warmup + p.Draw("restart", 0, 30*time.Second)
			p.At(at, sim.Crash, "b0")
			p.At(at+5*time.Second, sim.Start, "b0")
		}
	})
	add("partitions are added", 4, 1, 2, func(s *scenarios.Spec) {
		shorter(s)
		s.Client.MetadataMaxAge = 30 * time.Second
		s.Script = func(p *scenarios.Planner) {
			startAll(p, time.Second)
			p.Command(p.Spec().Warmup+p.Draw("grow", 0, 10*time.Second), "add-partitions flinkdotnet.sample.topic 8", "b0")
		}
	})
	add("one batch takes longer than max.poll.interval, Java", 4, 1, 4, func(s *scenarios.Spec) {
		shorter(s)
		s.Client.Profile, s.Client.MaxPollInterval, s.Client.RebalanceTimeout = client.Java, 20*time.Second, 0
		s.Handler = slowOnce(30 * time.Second)
		s.Promise = scenarios.AtLeastOnce()
	})
	s.Claims = []scenarios.Claim{{Ref: "B06", Text: "no rebalancing unless task managers fail", Expect: scenarios.Qualified, Judge: judgeUndisturbed}}
	return s
}

func judgeUndisturbed(r *scenarios.Result) (scenarios.Ruling, string) {
	still := span(r, "rounds", "nothing happens, franz-go", "nothing happens, Java")
	server := span(r, "rounds", "the coordinator loads again", "the broker restarts")
	grown := span(r, "rounds", "partitions are added")
	slow := span(r, "rounds", "one batch takes longer than max.poll.interval, Java")
	text := fmt.Sprintf("true while nothing happens (%v rebalances in ten minutes) and when the coordinator or its broker restarts (%v); "+
		"but new partitions cost %v, and one batch slower than max.poll.interval.ms %v, with every process alive", still, server, grown, slow)
	switch {
	case !still.is(0) || !server.is(0):
		return scenarios.Refuted, text
	case grown.most == 0 && slow.most == 0:
		return scenarios.Confirmed, text
	}
	return scenarios.Qualified, text
}

// roundsWithin checks how often the group rebalanced after the warm-up.
func roundsWithin(o *scenarios.Outcome, least, most int64) []scenarios.Finding {
	for _, n := range o.Number("rounds") {
		if n < least || n > most {
			return []scenarios.Finding{{Name: UnexpectedRebalance, Text: fmt.Sprintf("%d rebalances after the warm-up, must be %d to %d", n, least, most)}}
		}
	}
	return nil
}

// slowOnce is right, but m1 takes so long for a batch, once, after the
// warm-up.
func slowOnce(batch time.Duration) func(scenarios.Env) scenarios.Handler {
	return func(env scenarios.Env) scenarios.Handler {
		began, slow := env.Now(), false
		return handlers.Func(func(records []scenarios.Record) {
			if !slow && env.Member() == "m1" && env.Now().Sub(began) > 30*time.Second {
				slow = true
				env.Sleep(batch)
			}
			env.Emit(records...)
			env.Commit(records...)
		})
	}
}

// startStorm is B07: twenty task managers start within a second.
func startStorm() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B07", Refs: []string{"B07", "thread-44"},
		Title: "20 task managers start within a second, without and with group.initial.rebalance.delay.ms"}
	for _, delay := range []time.Duration{0, 3 * time.Second} {
		for _, by := range []assignor.Assignor{assignor.Range, assignor.CooperativeSticky} {
			for _, profile := range profiles {
				spec := managers(20, by, profile)
				spec.Broker.InitialRebalanceDelay = &delay
				spec.Warmup, spec.Faulty = 45*time.Second, 5*time.Second
				spec.Gauges = []scenarios.Gauge{gauges.StartRounds(), gauges.TimeToStable(), gauges.Active()}
				spec.Promise = spec.Promise.Forbidding("stable before the warm-up is over", UnexpectedRebalance)
				spec.Assert = stableInTime
				s.Cases = append(s.Cases, scenarios.Case{Row: fmt.Sprintf("delay %v", delay), Column: by.Name() + "/" + string(profile), Spec: spec, Runs: 5})
			}
		}
	}
	s.Claims = []scenarios.Claim{{Ref: "B07", Text: "a start of 20 members is 20 rebalances, but for group.initial.rebalance.delay.ms", Expect: scenarios.Qualified, Judge: judgeStorm}}
	return s
}

func judgeStorm(r *scenarios.Result) (scenarios.Ruling, string) {
	const rounds, time, with, without = "generations at the start", "time to stable", "delay 3s", "delay 0s"
	text := fmt.Sprintf("%v generation with 3 s of delay, all at work after %v. Without it %v generations, not 20, for the second one takes all that wait at once; "+
		"but until the first one's member learns of it by a heartbeat: at work after %v",
		span(r, rounds, with), span(r, time, with), span(r, rounds, without), span(r, time, without))
	switch delayed, at0 := span(r, rounds, with), span(r, rounds, without); {
	case at0.least >= 19 && delayed.most < at0.least:
		return scenarios.Confirmed, text
	case delayed.most < at0.least:
		return scenarios.Qualified, text
	}
	return scenarios.Refuted, text
}

// stableInTime checks that no member was told anything new for a heartbeat
// before the warm-up was over, and that all partitions are taken.
func stableInTime(o *scenarios.Outcome) []scenarios.Finding {
	spec := o.Trial.Spec
	var out []scenarios.Finding
	for _, t := range o.Number("time to stable") {
		if limit := spec.Warmup - spec.Client.HeartbeatInterval; t > limit.Microseconds() {
			out = append(out, scenarios.Finding{Name: UnexpectedRebalance, Text: fmt.Sprintf("the group was stable after %v, must be within %v", sim.Time(t), limit)})
		}
	}
	if active := o.Number("active"); len(active) != 1 || active[0] != 4 {
		out = append(out, scenarios.Finding{Name: UnexpectedRebalance, Text: fmt.Sprintf("active members: %v, must be 4", active)})
	}
	return out
}
