package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// Each variable sets one parameter, and leaves the others as they are.
func TestEnvironmentSetsOneParameterEach(t *testing.T) {
	d := library.DefaultStress
	with := func(edit func(*library.Stress)) library.Stress { s := d; edit(&s); return s }
	for name, c := range map[string]struct {
		text string
		want library.Stress
	}{
		"STRESS_TEST_USE_KAFKA_SOURCE":   {"false", with(func(s *library.Stress) { s.KafkaSource = false })},
		"SIMULATOR_KAFKA_TOPIC":          {"orders", with(func(s *library.Stress) { s.Topic = "orders" })},
		"SIMULATOR_KAFKA_CONSUMER_GROUP": {"billing", with(func(s *library.Stress) { s.Group = "billing" })},
		"SIMULATOR_NUM_MESSAGES":         {"5000", with(func(s *library.Stress) { s.Messages = 5000 })},
	} {
		got, given, err := stressFrom(environ{name: c.text}.lookup)
		if err != nil || !given || got != c.want || got == d {
			t.Errorf("%s=%s: %+v, %v; want %+v", name, c.text, got, err, c.want)
		}
		if got, given, err := stressFrom(environ{name: ""}.lookup); err != nil || given || got != d {
			t.Errorf("%s empty: %+v, given %v, %v", name, got, given, err)
		}
	}
	if got, given, err := stressFrom(environ{"SIMULATOR_REDIS_KEY_SINK_COUNTER": "x"}.lookup); err != nil || given || got != d {
		t.Errorf("another variable: %+v, given %v, %v", got, given, err)
	}
}

type environ map[string]string

func (e environ) lookup(name string) (string, bool) { v, ok := e[name]; return v, ok }

func TestBadEnvironmentIsExplained(t *testing.T) {
	for name, texts := range map[string][]string{
		"STRESS_TEST_USE_KAFKA_SOURCE": {"maybe", "2"},
		"SIMULATOR_NUM_MESSAGES":       {"many", "0", "-5", "1e6", "99999999999"},
	} {
		for _, text := range texts {
			_, _, err := stressFrom(environ{name: text}.lookup)
			var bad usageError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), text) {
				t.Errorf("%s=%s: %v", name, text, err)
			}
		}
	}
	if _, _, err := stressFrom(environ{"SIMULATOR_KAFKA_TOPIC": "two words"}.lookup); err == nil || !strings.Contains(err.Error(), "two words") {
		t.Errorf("a topic's name with a space: %v", err)
	}
}

// The number of messages, the topic and the group reach the stress scenario of
// a job, too.
func TestEnvironmentReachesTheJob(t *testing.T) {
	list, err := library.Find(library.StressJobName)
	if err != nil {
		t.Fatal(err)
	}
	env := environ{"SIMULATOR_KAFKA_TOPIC": "orders", "SIMULATOR_KAFKA_CONSUMER_GROUP": "billing", "SIMULATOR_NUM_MESSAGES": "300"}
	got, err := underEnvironment(list, env.lookup)
	if err != nil || len(got) != 1 {
		t.Fatal(len(got), err)
	}
	s := got[0].Cases[0].Spec
	if s.Topics[0].Name != "orders" || s.Group.Name != "billing" || s.Load.Count != 300 {
		t.Errorf("%+v", s)
	}
	trial, err := scenarios.NewTrial(&s, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, err := scenarios.Simulate(trial, scenarios.Play{})
	if err != nil || len(o.Broken()) > 0 || o.Report.Summary.Produced != 300 {
		t.Errorf("%d produced, %v, %v", o.Report.Summary.Produced, o.Broken(), err)
	}
}

// The variables reach the scenario that is run, and no other.
func TestEnvironmentReachesTheStressScenario(t *testing.T) {
	list, err := library.Suite("stress")
	if err != nil {
		t.Fatal(err)
	}
	env := environ{"STRESS_TEST_USE_KAFKA_SOURCE": "true", "SIMULATOR_KAFKA_TOPIC": "orders", "SIMULATOR_KAFKA_CONSUMER_GROUP": "billing", "SIMULATOR_NUM_MESSAGES": "300"}
	got, err := underEnvironment(list, env.lookup)
	if err != nil || len(got) != len(list) {
		t.Fatal(len(got), err)
	}
	for i, s := range got {
		if s.Name != library.StressName {
			if s != list[i] {
				t.Errorf("%s is another", s.Name)
			}
			continue
		}
		if s.Spec.Topics[0].Name != "orders" || s.Spec.Group.Name != "billing" || s.Spec.Load.Count != 300 || s.Spec.Members != 20 {
			t.Errorf("%+v", s.Spec)
		}
		trial, err := scenarios.NewTrial(&s.Spec, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, err := scenarios.Simulate(trial, scenarios.Play{})
		if err != nil || len(o.Broken()) > 0 || o.Report.Summary.Produced != 300 {
			t.Errorf("%d produced, %v, %v", o.Report.Summary.Produced, o.Broken(), err)
		}
	}
}
