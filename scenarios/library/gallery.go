package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// Exhibit is a wrong handler of the gallery (C07), and the right one that
// differs from it in what matters alone.
type Exhibit struct {
	Name    string // of the scenarios: C07-NAME, and C07-NAME-right
	Title   string // what is wrong
	Threads []int  // of users.md
	Anomaly string // by which it is known
	// Wrong and Right are names of package handlers; With are settings of the
	// wrong one, RightWith of the right one.
	Wrong, Right    string
	With, RightWith map[string]string
	// Spec is what both run under, without a handler.
	Spec scenarios.Spec
	// Kafka says that both can run on a real cluster: its mishaps are the
	// members' own.
	Kafka bool
	// Twin, where given, sets what else the right handler needs of its client.
	Twin func(*scenarios.Spec)
}

// Scenario is the wrong handler's, which must show the anomaly.
func (e *Exhibit) Scenario() (*scenarios.Scenario, error) {
	s, err := e.scenario("C07-"+e.Name, "wrong: "+e.Title, e.Wrong, e.With)
	if err != nil {
		return nil, err
	}
	s.Expect, s.Anomaly, s.Seeds = scenarios.Fail, e.Anomaly, scenarios.FailWithin
	return s, nil
}

// RightTwin is the right handler's scenario, which must hold.
func (e *Exhibit) RightTwin() (*scenarios.Scenario, error) {
	entry, err := handlers.Find(e.Right)
	if err != nil {
		return nil, err
	}
	s, err := e.scenario("C07-"+e.Name+"-right", "right: "+entry.Text, e.Right, e.RightWith)
	if err != nil {
		return nil, err
	}
	if s.Expect, s.Seeds = scenarios.Hold, 40; e.Twin != nil {
		e.Twin(&s.Spec)
	}
	return s, nil
}

func (e *Exhibit) scenario(name, title, kind string, with map[string]string) (*scenarios.Scenario, error) {
	entry, err := handlers.Find(kind)
	if err != nil {
		return nil, err
	}
	refs := []string{"C07"}
	for _, t := range e.Threads {
		refs = append(refs, fmt.Sprintf("thread-%d", t))
	}
	s := &scenarios.Scenario{Name: name, Title: title, Refs: refs, Spec: e.Spec}
	if s.Spec.Handler, err = entry.Build(with); err != nil {
		return nil, err
	}
	if e.Kafka {
		s.OnKafka = func() scenarios.Spec { return onKafka(s.Spec) }
	}
	return s, nil
}

// gallery are C07: the gallery of wrong handlers, each with its right twin.
func gallery() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, e := range Gallery() {
		// A test sees to it that all handlers are there: TestGallery.
		if s, err := e.Scenario(); err == nil {
			out = append(out, s)
		}
		if s, err := e.RightTwin(); err == nil {
			out = append(out, s)
		}
	}
	return append(out, gallerySizes()...)
}

// exhibitSpec is what the Specs of the gallery have in common: two members,
// three partitions, half a minute, in which a mishap of one kind comes for
// certain, and others may.
func exhibitSpec(first mishap) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Group: scenarios.Classic("order-service", assignor.Range), Members: 2,
		Load: scenarios.Load{Count: 160, Pattern: "customer-%d", Keys: 12, PerTick: 4},
		Client: scenarios.ClientConfig{SessionTimeout: 10 * time.Second, HeartbeatInterval: 3 * time.Second, RebalanceTimeout: 20 * time.Second,
			MaxPollRecords: 10, BlockRebalanceOnPoll: true},
		Promise: scenarios.AtLeastOnce(), Script: mishaps(first, allMishaps...),
		Warmup: 6 * time.Second, Faulty: 24 * time.Second,
	}
}

// cooperativeGroup has a group give up no more than it must.
var cooperativeGroup = scenarios.Classic("order-service", assignor.CooperativeSticky)
