package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// WrongCallback: a member heard of a revocation where it had lost its
// partitions, or the other way round.
const WrongCallback = "wrong-callback"

// revokedNotLost is B15: what a member gives up in good order it may still
// commit; what it has lost it may not.
func revokedNotLost() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B15", Refs: []string{"B15", "thread-25", "thread-28"},
		Title: "partitions handed over in good order are revoked, those of an expired session are lost: commits of the former are taken, of the latter refused"}
	for _, by := range []assignor.Assignor{assignor.Range, assignor.CooperativeSticky} {
		for _, profile := range profiles {
			add := func(row string, edit func(*scenarios.Spec), expect scenarios.Expect, anomaly string) {
				spec := lastWords(by, profile)
				edit(&spec)
				s.Cases = append(s.Cases, onKafkaToo(scenarios.Case{Row: row, Column: by.Name() + "/" + string(profile), Spec: spec, Runs: 4, Expect: expect, Anomaly: anomaly}))
			}
			add(handedOver, handOver, scenarios.Hold, "")
			add(expired, expire, scenarios.Hold, "")
			add(expired+", commits all the same", func(s *scenarios.Spec) { expire(s); s.Handler = handlers.CommitsLost }, scenarios.Fail, model.CommitAfterLost)
		}
	}
	s.Claims = []scenarios.Claim{{Ref: "B15", Text: "revoked partitions may still be committed, lost ones may not", Expect: scenarios.Confirmed, Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
		const stubborn = expired + ", commits all the same"
		good, bad := span(r, "commits taken when revoked", handedOver), span(r, "commits refused when revoked", handedOver)
		late, refused := span(r, "commits taken when lost"), span(r, "commits refused when lost", stubborn)
		text := fmt.Sprintf("handed over in good order: of the revoked callback's commits %v a run are taken and %v refused; after a session that ran out the lost callback's are refused where the handler tries all the same, %v a run, and %v taken",
			good, bad, refused, late)
		if good.least > 0 && bad.is(0) && late.is(0) && refused.least > 0 {
			return scenarios.Confirmed, text
		}
		return scenarios.Refuted, text
	}}}
	return s
}

const (
	handedOver = "handed over"
	expired    = "session expired"
)

// lastWords has members that commit only when they must give something up.
func lastWords(by assignor.Assignor, profile client.Profile) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Group: scenarios.Classic("order-service", by), Members: 3,
		Handler: handlers.CommitsRevoked,
		Load:    scenarios.Load{Count: 160, Pattern: "customer-%d", Keys: 16, PerTick: 4, Every: time.Second},
		Client: scenarios.ClientConfig{Profile: profile, SessionTimeout: 10 * time.Second, HeartbeatInterval: 3 * time.Second, RebalanceTimeout: 20 * time.Second,
			Reset: client.Earliest, BlockRebalanceOnPoll: true},
		Gauges: []scenarios.Gauge{gauges.Callbacks(model.Revoked), gauges.CommitsTaken(model.Revoked), gauges.CommitsRefused(model.Revoked),
			gauges.Callbacks(model.Lost), gauges.CommitsTaken(model.Lost), gauges.CommitsRefused(model.Lost)},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().
			Forbidding("revoked when handed over, lost when the session is", WrongCallback),
		Warmup: 12 * time.Second, Faulty: 30 * time.Second,
	}
}

// handOver lets m3 join late: others give partitions up for it.
func handOver(s *scenarios.Spec) {
	s.Script = func(p *scenarios.Planner) {
		p.At(0, sim.Start, "m1")
		p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
		p.At(p.Spec().Warmup+p.Draw("join", 0, p.Spec().Client.HeartbeatInterval), sim.Start, "m3")
	}
	s.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return callbacks(o, true) }
}

// expire lets m1 stand still until its session is over and others have its
// partitions.
func expire(s *scenarios.Spec) {
	s.Script = func(p *scenarios.Planner) {
		startAll(p, time.Second)
		c, at := p.Spec().Client, p.Spec().Warmup+p.Draw("pause", 0, p.Spec().Client.HeartbeatInterval)
		p.At(at, sim.Pause, "m1")
		p.At(at+c.SessionTimeout+2*c.HeartbeatInterval, sim.Resume, "m1")
	}
	s.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return callbacks(o, false) }
}

// callbacks checks that something was revoked and nothing lost, or that
// something was lost.
func callbacks(o *scenarios.Outcome, inOrder bool) []scenarios.Finding {
	revoked, lost := o.Number("revoked"), o.Number("lost")
	if len(revoked) == 1 && len(lost) == 1 && (inOrder && revoked[0] > 0 && lost[0] == 0 || !inOrder && lost[0] > 0) {
		return nil
	}
	return []scenarios.Finding{{Name: WrongCallback, Text: fmt.Sprintf("%v revocations and %v losses", revoked, lost)}}
}
