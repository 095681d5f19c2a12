package library

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// jobsOnKafka gives the rows on jobs that are played on a real cluster, too,
// their Specs for there.
func jobsOnKafka(all []*scenarios.Scenario) []*scenarios.Scenario {
	for _, s := range all {
		switch s.Name {
		case "A03", "A03-at-snapshot", "A10", "A10-position":
			playable(s, faster)
		case "A13":
			playable(s, shorter)
		case "A01", "A29", "B13", "B13-idempotent": // their strikes have their times
			playable(s, jobOnKafka)
		}
	}
	return all
}

// playable gives a scenario, or each of its cases that is of a job, its Spec
// for a real cluster.
func playable(s *scenarios.Scenario, on func(scenarios.Spec) scenarios.Spec) {
	if s.Spec.Job != nil {
		s.OnKafka = func() scenarios.Spec { return on(s.Spec) }
	}
	for i := range s.Cases {
		if c := &s.Cases[i]; c.Spec.Job != nil {
			c.OnKafka = func() scenarios.Spec { return on(c.Spec) }
		}
	}
}

// jobOnKafka is a job for a real cluster: its clients do not wait long.
func jobOnKafka(s scenarios.Spec) scenarios.Spec {
	c := s.Client.WithDefaults()
	s.Client.HeartbeatInterval = c.HeartbeatInterval / time.Millisecond * kafkaSession / (c.SessionTimeout / time.Millisecond)
	s.Client.SessionTimeout = kafkaSession
	s.Client.FetchMaxWait = 500 * time.Millisecond
	s.Warmup = max(s.Warmup, 3*time.Second)
	none := time.Duration(0)
	s.Broker.InitialRebalanceDelay = &none
	return s
}

// faster is a job of which only the load and the checkpoints have a course: it
// takes a third of the time.
func faster(s scenarios.Spec) scenarios.Spec {
	fast := jobOnKafka(s)
	job := *s.Job
	job.Interval, fast.Job = job.Interval/3, &job
	fast.Load.Every /= 3
	fast.Warmup, fast.Faulty = 3*time.Second, s.Faulty/3
	return fast
}

// shorter is a job that goes on for half the time, with as much of its load as
// there is time for.
func shorter(s scenarios.Spec) scenarios.Spec {
	short := jobOnKafka(s)
	short.Faulty /= 2
	short.Load.Count /= 2
	return short
}
