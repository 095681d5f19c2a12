package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// mishap is what may befall a member of the gallery. Faults of package
// scenarios strike at any moment; these also in the midst of a handler's work,
// where wrong handlers show.
type mishap func(p *scenarios.Planner, n int, at time.Duration)

// mishaps gives a script: all members start; then comes the first of the
// mishaps, early, and up to two of the list.
func mishaps(first mishap, list ...mishap) func(*scenarios.Planner) {
	return func(p *scenarios.Planner) {
		spec := p.Spec()
		for i := range spec.Members {
			p.At(p.Draw("start", i, 2*time.Second), sim.Start, fmt.Sprintf("m%d", i+1))
		}
		first(p, 0, spec.Warmup+p.Draw("mishap-at", 0, spec.Faulty/2))
		for n := 1; n <= p.Pick("mishaps", 0, 3) && len(list) > 0; n++ {
			list[p.Pick("mishap", n, len(list))](p, n, spec.Warmup+p.Draw("mishap-at", n, spec.Faulty))
		}
	}
}

// mishapCrash kills a member, mostly as it ends the work on a record, and else at
// any moment; it comes back after a while.
func mishapCrash(p *scenarios.Planner, n int, at time.Duration) {
	kind := []sim.Kind{sim.Crash, sim.Vanish}[p.Pick("how", n, 2)]
	befall(p, n, at, kind, sim.Start, p.Spec().Client.SessionTimeout*3/2)
}

// mishapPause stops a member for a while, mostly in mid-work, and mostly for longer
// than its session lasts.
func mishapPause(p *scenarios.Planner, n int, at time.Duration) {
	befall(p, n, at, sim.Pause, sim.Resume, p.Spec().Client.SessionTimeout*5/2)
}

// befall does something to a member, and undoes it within a time.
func befall(p *scenarios.Planner, n int, at time.Duration, kind, undo sim.Kind, within time.Duration) {
	m := p.Member("mishap", n)
	if p.Pick("in-work", n, 4) == 0 {
		p.At(at, kind, m)
	} else {
		done := 1 + p.Pick("done", n, 6)
		p.When(func() func(*model.Event) bool { return nth(done, busy(m, at)()) }, kind, m)
	}
	p.At(at+time.Second+p.Draw("undo", n, within), undo, m)
}

// mishapLeave has a member leave in good order and come back.
func mishapLeave(p *scenarios.Planner, n int, at time.Duration) {
	m := p.Member("mishap", n)
	p.Command(at, "leave", m)
	p.At(at+time.Second+p.Draw("back", n, 12*time.Second), sim.Start, m)
}

// mishapCut parts a member from the brokers for a while.
func mishapCut(p *scenarios.Planner, n int, at time.Duration) {
	befall(p, n, at, sim.Cut, sim.Heal, p.Spec().Client.SessionTimeout*3/2)
}

// mishapMove has the coordinator load its groups anew, or its broker crash.
func mishapMove(p *scenarios.Planner, n int, at time.Duration) {
	if p.Pick("how", n, 2) == 0 {
		p.Command(at, "reload-coordinator", "b0")
		return
	}
	p.At(at, sim.Crash, "b0")
	p.At(at+time.Second+p.Draw("undo", n, 5*time.Second), sim.Start, "b0")
}

// mishapInCommit has the coordinator's broker crash when a commit is under way
// to it.
func mishapInCommit(p *scenarios.Planner, n int, at time.Duration) {
	p.When(func() func(*model.Event) bool {
		return func(e *model.Event) bool { return e.Kind == model.Commit && e.At >= int64(sim.Span(at)) }
	}, sim.Crash, "b0")
	p.At(at+3*time.Second+p.Draw("undo", n, 3*time.Second), sim.Start, "b0")
}

// allMishaps are all mishaps.
var allMishaps = []mishap{mishapCrash, mishapPause, mishapLeave, mishapCut, mishapMove}

// comingAndGoing gives a script in which m1 stays, and the others come and
// leave in good order again and again: what m1 has is taken and given back.
func comingAndGoing(p *scenarios.Planner) {
	spec := p.Spec()
	p.At(0, sim.Start, "m1")
	end := spec.Warmup + spec.Faulty
	for i := 1; i < spec.Members; i++ {
		m := fmt.Sprintf("m%d", i+1)
		at := p.Draw("start", i, 4*time.Second)
		for n := 0; at < end; n++ {
			p.At(at, sim.Start, m)
			at += 4*time.Second + p.Draw("stays-"+m, n, 6*time.Second)
			p.Command(at, "leave", m)
			at += time.Second + p.Draw("away-"+m, n, 5*time.Second)
		}
	}
}

// twoRounds gives a script for three members: m2 comes and leaves, and what it
// had goes back to where it was; then m3 leaves, and m1 gets more.
func twoRounds(p *scenarios.Planner) {
	p.At(0, sim.Start, "m1")
	p.At(p.Draw("start", 3, time.Second), sim.Start, "m3")
	at := p.Spec().Warmup
	for i, step := range []func(time.Duration){
		func(at time.Duration) { p.At(at, sim.Start, "m2") },
		func(at time.Duration) { p.Command(at, "leave", "m2") },
		func(at time.Duration) { p.Command(at, "leave", "m3") },
	} {
		at += 3*time.Second + p.Draw("step", i, 5*time.Second)
		step(at)
	}
}
