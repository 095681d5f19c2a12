package main

import (
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// variable is an environment variable under which the documents' stress tests
// know a parameter (B16, A25); set takes its text, and says what is wrong with it.
type variable struct {
	name string
	set  func(s *library.Stress, text string) (want string)
}

var variables = []variable{
	{"STRESS_TEST_USE_KAFKA_SOURCE", func(s *library.Stress, text string) string {
		on, err := strconv.ParseBool(text)
		if err != nil {
			return "true or false"
		}
		s.KafkaSource = on
		return ""
	}},
	{"SIMULATOR_KAFKA_TOPIC", func(s *library.Stress, text string) string {
		s.Topic = text
		return ""
	}},
	{"SIMULATOR_KAFKA_CONSUMER_GROUP", func(s *library.Stress, text string) string {
		s.Group = text
		return ""
	}},
	{"SIMULATOR_NUM_MESSAGES", func(s *library.Stress, text string) string {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > library.MostMessages {
			return "a whole number from 1 to " + strconv.Itoa(library.MostMessages)
		}
		s.Messages = n
		return ""
	}},
}

// stressFrom reads the stress scenario's parameters from the environment;
// given tells whether there was any. A variable that is empty counts as not
// set.
func stressFrom(lookup func(string) (string, bool)) (s library.Stress, given bool, err error) {
	s = library.DefaultStress
	for _, v := range variables {
		text, _ := lookup(v.name)
		if text == "" {
			continue
		}
		given = true
		if want := v.set(&s, text); want != "" {
			return s, given, usage("%s is %q in the environment, must be %s", v.name, text, want)
		}
	}
	spec := s.Scenario().Spec
	if err := spec.Validate(); err != nil {
		return s, given, usage("SIMULATOR_… in the environment: %w", err)
	}
	return s, given, nil
}

// underEnvironment gives the list with the stress scenarios as the environment
// wants them. Other scenarios have no parameters there.
func underEnvironment(list []*scenarios.Scenario, lookup func(string) (string, bool)) ([]*scenarios.Scenario, error) {
	isStress := func(s *scenarios.Scenario) bool {
		return s.Name == library.StressName || s.Name == library.StressJobName
	}
	if !slices.ContainsFunc(list, isStress) {
		return list, nil
	}
	stress, given, err := stressFrom(lookup)
	if err != nil || !given {
		return list, err
	}
	list = slices.Clone(list)
	for i, s := range list {
		switch s.Name {
		case library.StressName:
			list[i] = stress.Scenario()
		case library.StressJobName:
			list[i] = stress.JobScenario()
		}
	}
	return list, nil
}
