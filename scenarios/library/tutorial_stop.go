package library

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// E05: one of three consumers fails in different ways: its heartbeats stop, its
// polling stops, or both. Who notices, by what, and when, differs.

const (
	stopSession  = 10 * time.Second
	stopMaxPoll  = 20 * time.Second
	stopStandsBy = time.Minute // how long the work on one record takes when polling stops
)

// stopping is one way to fail, by one client.
type stopping struct {
	row     string
	profile client.Profile
	cause   string // of the removal; empty: none
	do      func(p *scenarios.Planner, at time.Duration)
	stalls  bool
	brokers int
	// The removal's time after the last sign of life, in between.
	low, high time.Duration
}

// WrongRemoval: a failed consumer was removed for another reason or at another
// time than it must.
const WrongRemoval = "wrong-removal"

func stoppings() []stopping {
	hb := 2 * time.Second
	var out []stopping
	for _, profile := range profiles {
		out = append(out,
			stopping{"both stop", profile, "session-timeout", func(p *scenarios.Planner, at time.Duration) {
				startAll(p, time.Second)
				p.At(at, sim.Pause, "m2")
				p.At(at+40*time.Second, sim.Resume, "m2")
			}, false, 1, stopSession - hb, stopSession},
			// b0 has the coordinator, b1 leads the partition that m2 has.
			stopping{"heartbeats stop", profile, "session-timeout", func(p *scenarios.Planner, at time.Duration) {
				startAll(p, time.Second)
				p.Part(at, at+40*time.Second, "m2", "b0")
			}, false, 2, stopSession - hb, stopSession},
			stopping{"polling stops", profile, map[bool]string{true: "leave"}[profile == client.Java], func(p *scenarios.Planner, _ time.Duration) {
				startAll(p, time.Second)
			}, true, 1, stopMaxPoll, stopMaxPoll})
	}
	// The others wait for it in a rebalance: the only thing by which somebody
	// notices that a franz-go consumer does not poll.
	return append(out, stopping{"polling stops, then one joins", client.Franz, "rebalance-timeout", func(p *scenarios.Planner, at time.Duration) {
		p.At(0, sim.Start, "m1")
		p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
		p.At(at+12*time.Second, sim.Start, "m3")
	}, true, 1, 12 * time.Second, 30 * time.Second})
}

func heartbeatOrPoll() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E05", Title: "a consumer's heartbeats stop, or its polling: which timeout removes it, and when", Refs: []string{"E05"}, Expect: scenarios.Hold}
	for _, how := range stoppings() {
		// Not on Kafka: a real coordinator does not tell why it removes a member.
		s.Cases = append(s.Cases, scenarios.Case{Row: how.row, Column: string(how.profile), Runs: 6, Spec: how.spec()})
	}
	s.Claims = []scenarios.Claim{{Ref: "E05", Text: "a consumer that fails to send heartbeats is considered dead, and its partitions are reassigned", Expect: scenarios.Qualified, After: 42, Judge: judgeStops}}
	return []*scenarios.Scenario{s}
}

// reasons are the causes of removals that E05 can have.
var reasons = []string{"session-timeout", "leave", "rebalance-timeout"}

func removedBy(cause string) string { return "removed by " + cause }

const workedOn = "records processed while out of touch"

func (how stopping) spec() scenarios.Spec {
	none := time.Duration(0)
	spec := scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Group: scenarios.Classic("order-group", assignor.Range), Members: 3, Brokers: how.brokers,
		Handler: handlers.ProcessThenCommit,
		Load:    scenarios.Load{Count: 120, Pattern: "order-%d", Keys: 30, PerTick: 3, Every: time.Second, MetadataMaxAge: 3 * time.Second},
		Client: scenarios.ClientConfig{Profile: how.profile, SessionTimeout: stopSession, HeartbeatInterval: 2 * time.Second, RebalanceTimeout: 12 * time.Second,
			Reset: client.Earliest, MaxPollInterval: stopMaxPoll, MaxPollRecords: 1, BlockRebalanceOnPoll: true, FetchMaxWait: 500 * time.Millisecond},
		Broker:  scenarios.BrokerConfig{InitialRebalanceDelay: &none},
		Promise: scenarios.AtLeastOnce().NoCommitAfterRevoke().PerKeyOrder().Forbidding("removed by the right timeout", WrongRemoval),
		Warmup:  8 * time.Second, Faulty: 45 * time.Second,
		Script: func(p *scenarios.Planner) { how.do(p, p.Spec().Warmup+p.Draw("stop", 0, 2*time.Second)) },
		Assert: how.check,
	}
	if how.stalls {
		spec.Handler = stalling
	} else if how.brokers > 1 {
		spec.Handler = rarely
	}
	for _, cause := range reasons {
		spec.Gauges = append(spec.Gauges, scenarios.Gauge{Name: removedBy(cause), Unit: "µs", New: func(*scenarios.Trial) scenarios.Meter {
			return &removal{cause: cause, last: -1}
		}})
	}
	spec.Gauges = append(spec.Gauges, scenarios.Gauge{Name: workedOn, Unit: "records", New: func(*scenarios.Trial) scenarios.Meter { return &outOfTouch{} }})
	return spec
}

// stalling is a handler that, as m2, once takes a minute for a record.
func stalling(env scenarios.Env) scenarios.Handler {
	n := 0
	return handlers.Func(func(records []scenarios.Record) {
		for _, r := range records {
			if n++; n == 12 && env.Member() == "m2" {
				env.Sleep(stopStandsBy)
			}
			env.Sleep(handlers.Work)
			env.Emit(r)
		}
		env.Commit(records...)
	})
}

// seldom commits every twentieth record: its processing does not wait for a
// coordinator that is out of reach.
type seldom struct {
	env  scenarios.Env
	done []scenarios.Record
}

func rarely(env scenarios.Env) scenarios.Handler { return &seldom{env: env} }

// Process implements scenarios.Handler.
func (h *seldom) Process(records []scenarios.Record) {
	for _, r := range records {
		h.env.Sleep(handlers.Work)
		h.env.Emit(r)
	}
	if h.done = append(h.done, records...); len(h.done) >= 20 {
		h.Revoked(nil)
	}
}

// Revoked implements scenarios.Revoker.
func (h *seldom) Revoked([]scenarios.Partition) {
	h.env.Commit(h.done...)
	h.done = nil
}

// Lost implements scenarios.Loser.
func (h *seldom) Lost([]scenarios.Partition) { h.done = nil }

// check compares m2's removal with what it must be.
func (how stopping) check(o *scenarios.Outcome) []scenarios.Finding {
	var out []scenarios.Finding
	for _, cause := range reasons {
		got := o.Number(removedBy(cause))
		if n := len(got); (n > 0) != (cause == how.cause) {
			out = append(out, scenarios.Finding{Name: WrongRemoval, Client: "m2", Text: fmt.Sprintf("m2 was removed %d times by %s, must be by %q", n, cause, how.cause)})
			continue
		}
		slack := Slack(o).Microseconds()
		for _, us := range got {
			if us < how.low.Microseconds()-slack || us > how.high.Microseconds()+slack {
				out = append(out, scenarios.Finding{Name: WrongRemoval, Client: "m2", Text: fmt.Sprintf("m2 was removed by %s after %d µs, must be between %v and %v", cause, us, how.low, how.high)})
			}
		}
	}
	return out
}

// removal measures the time from what struck m2, or else from its last poll,
// until the coordinator first removed it, if that was for the cause.
type removal struct {
	cause  string
	ids    []string // of m2's memberships
	last   int64
	struck bool
	over   bool
	sample []int64
}

// Observe implements scenarios.Meter.
func (m *removal) Observe(e *model.Event) {
	switch e.Kind {
	case model.Calm:
		m.over = true
	case model.Fault:
		if strings.Contains(e.Cause, "m2") && !m.struck {
			m.last, m.struck = e.At, true
		}
	case model.Polled:
		if e.Client == "m2" && !m.struck && !m.over {
			m.last = e.At
		}
	case model.Assigned:
		if e.Client == "m2" {
			m.ids = append(m.ids, e.Member)
		}
	case model.Removed:
		for _, id := range m.ids {
			if id == e.Member && !m.over {
				if m.over = true; e.Cause == m.cause {
					m.sample = []int64{e.At - m.last}
				}
				return
			}
		}
	}
}

// Read implements scenarios.Meter.
func (m *removal) Read(*scenarios.Outcome) []int64 { return m.sample }

// outOfTouch counts what m2 still processed after the fault.
type outOfTouch struct {
	struck bool
	n      int64
}

// Observe implements scenarios.Meter.
func (m *outOfTouch) Observe(e *model.Event) {
	switch {
	case e.Kind == model.Fault && strings.Contains(e.Cause, "m2"):
		m.struck = !m.struck // the second ends it
	case m.struck && e.Kind == model.Processed && e.Client == "m2":
		m.n += e.To - e.From
	}
}

// Read implements scenarios.Meter.
func (m *outOfTouch) Read(*scenarios.Outcome) []int64 { return []int64{m.n} }

func judgeStops(r *scenarios.Result) (scenarios.Ruling, string) {
	var parts []string
	unseen := 0
	for _, c := range r.Cases {
		text := "never removed"
		for _, cause := range reasons {
			if m := c.Measure(removedBy(cause)); m != nil && m.N > 0 {
				text = fmt.Sprintf("%s after %d.%d to %d.%d s", cause, m.Min/1e6, m.Min%1e6/1e5, m.Max/1e6, m.Max%1e6/1e5)
			}
		}
		if text == "never removed" {
			unseen++
		}
		if m := c.Measure(workedOn); m.Max > 0 {
			text += fmt.Sprintf(" (up to %d records still processed)", m.Max)
		}
		parts = append(parts, fmt.Sprintf("%s, %s: %s", c.Row, c.Column, text))
	}
	ruling := scenarios.Qualified
	if unseen == 0 {
		ruling = scenarios.Confirmed
	}
	return ruling, fmt.Sprintf("session %v, max.poll.interval %v (franz-go has none), rebalance timeout 12s: %s", stopSession, stopMaxPoll, strings.Join(parts, "; "))
}
