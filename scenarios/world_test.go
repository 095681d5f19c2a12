package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// world is a Spec for tests: one member, one topic of two partitions, its
// records in the first seconds.
func world(handler func(Env) Handler) Spec {
	return Spec{
		Topics: []Topic{{Name: "orders", Partitions: 2}}, Group: Classic("g", assignor.Range), Members: 1,
		Handler: handler, Load: Load{Count: 40, Keys: 8, Pattern: "k%d", Every: 250 * time.Millisecond},
		Client: ClientConfig{SessionTimeout: 9 * time.Second, HeartbeatInterval: 3 * time.Second, RebalanceTimeout: 20 * time.Second,
			MaxPollInterval: 20 * time.Second},
		Promise: AtLeastOnce(), Warmup: 5 * time.Second, Faulty: 25 * time.Second,
		Script: func(p *Planner) {
			for i := range p.Spec().allMembers() {
				p.At(time.Duration(i)*50*time.Millisecond, sim.Start, fmt.Sprintf("m%d", i+1))
			}
		},
	}
}

// profiled gives a Spec to each client profile.
func profiled(t *testing.T, test func(t *testing.T, profile client.Profile)) {
	for _, p := range []client.Profile{client.Franz, client.Java} {
		t.Run(string(p), func(t *testing.T) { test(t, p) })
	}
}

// played is a run's outcome, and its history.
type played struct {
	*Outcome
	events []model.Event
}

func play(t *testing.T, spec Spec) played {
	t.Helper()
	p := played{}
	run, err := NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Outcome, err = Simulate(run, Play{History: func(e *model.Event) {
		c := *e
		c.Partitions = slices.Clone(e.Partitions)
		p.events = append(p.events, c)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Error != nil {
		t.Fatal(p.Error)
	}
	return p
}

// holds fails the test if the run breaks its promise.
func (p played) holds(t *testing.T) {
	t.Helper()
	for _, f := range p.Broken() {
		t.Errorf("%s: %s", f.Name, f.Text)
	}
	for _, v := range p.Report.Violations {
		t.Errorf("the history is wrong: %s", v.Text)
	}
}

// find gives the events of a kind and a client; an empty client stands for any.
func (p played) find(kind model.Kind, client string) (out []model.Event) {
	for _, e := range p.events {
		if e.Kind == kind && (client == "" || e.Client == client) {
			out = append(out, e)
		}
	}
	return out
}

// lines is a test's handler: what it does stands in functions, and a trail of
// what happened to it.
type lines struct {
	Env
	process  func([]Record)
	assigned func([]Partition)
	revoked  func([]Partition)
}

func (h *lines) Process(records []Record) {
	if h.process != nil {
		h.process(records)
		return
	}
	h.Emit(records...)
	h.Commit(records...)
}

func (h *lines) Assigned(ps []Partition) {
	if h.assigned != nil {
		h.assigned(ps)
	}
}

type revoking struct{ lines }

func (h *revoking) Revoked(ps []Partition) { h.revoked(ps) }

// plainHandler processes, then commits.
func plainHandler(env Env) Handler { return &lines{Env: env} }

func TestSpecsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*Spec){
		"Load.Topic":       func(s *Spec) { s.Load.Topic = "payments" },
		"Load.Partitioner": func(s *Spec) { s.Load.Partitioner = "mod" },
		"Load.From":        func(s *Spec) { s.Load.From = time.Hour },
		"Load.Skew":        func(s *Spec) { s.Load.Skew = []int{1, 0} },
		"Loads[0].Count":   func(s *Spec) { s.Loads = []Load{{Count: -1}} },
		"Beside[0].Group":  func(s *Spec) { s.Beside = []Crowd{{Group: Classic("g"), Members: 1}} },
		"Beside[1].Group": func(s *Spec) {
			s.Beside = []Crowd{{Group: Classic("a"), Members: 1}, {Group: Classic("a"), Members: 1}}
		},
		"Beside[0].Members": func(s *Spec) { s.Beside = []Crowd{{Group: Classic("a")}} },
		"Beside[0].Topics":  func(s *Spec) { s.Beside = []Crowd{{Group: Classic("a"), Members: 1, Topics: []string{"x"}}} },
		"Subscribe(1)":      func(s *Spec) { s.Subscribe = func(int) []string { return []string{"x"} } },
		"Broker.ReadyAt":    func(s *Spec) { s.Broker.ReadyAt = -1 },
		"Topics[1].Name":    func(s *Spec) { s.Topics = append(s.Topics, s.Topics[0]) },
		"MemberConfig(1).HeartbeatInterval": func(s *Spec) {
			s.ClientOf = func(_, start int, c ClientConfig) ClientConfig {
				if start == 2 {
					c.HeartbeatInterval = c.SessionTimeout
				}
				return c
			}
		},
		"Script: CreateTopic": func(s *Spec) { s.Script = func(p *Planner) { p.CreateTopic(0, "orders") } },
		"Script: DeleteTopic": func(s *Spec) { s.Script = func(p *Planner) { p.DeleteTopic(0, "x") } },
		"Script: the plan":    func(s *Spec) { s.Script = func(p *Planner) { p.At(0, sim.Start, "m9") } },
	} {
		spec := world(plainHandler)
		change(&spec)
		if _, err := NewTrial(&spec, 1); err == nil || !strings.HasPrefix(err.Error(), "Spec."+want+": ") {
			t.Errorf("want an error at Spec.%s, got %v", want, err)
		}
	}
}
