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

// StartOutsideLaw: work began before Kafka was there, or later than the wait
// and the client's own tries account for.
const StartOutsideLaw = "start-outside-law"

// kafkaWait is how long document B's task managers wait for Kafka as they start.
const kafkaWait = time.Minute

// waitsForKafka is B04: Kafka comes up sooner or later than the wait of a
// minute is over. A task manager whose minute is over starts all the same, and
// leaves the rest to its client, which tries on.
func waitsForKafka() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B04", Refs: []string{"B04"}, Title: "Kafka is ready only after 0, 1, 59.9, 60 or 61 s; task managers wait for it, at most a minute"}
	for _, ready := range []time.Duration{0, time.Second, 59900 * time.Millisecond, 60 * time.Second, 61 * time.Second} {
		for _, profile := range profiles {
			spec := managers(5, assignor.Range, profile)
			spec.Broker.ReadyAt = ready
			spec.Handler = waitsAtMost(kafkaWait)
			spec.Warmup, spec.Faulty = 75*time.Second, 10*time.Second
			spec.Load.Every = 3 * time.Second
			spec.Gauges = []scenarios.Gauge{gauges.FirstAssigned(), gauges.FirstProcessed()}
			spec.Promise = spec.Promise.Forbidding("work begins when Kafka is there, and soon then", StartOutsideLaw)
			spec.Assert = startsInTime
			s.Cases = append(s.Cases, scenarios.Case{Row: fmt.Sprintf("ready at %v", ready), Column: string(profile), Spec: spec, Runs: 3})
		}
	}
	s.Claims = []scenarios.Claim{{Ref: "B04", Text: "the wait for Kafka adds at most 60 s to the start", Expect: scenarios.Qualified, Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
		const first = "first record"
		at0, at60, at61 := span(r, first, "ready at 0s"), span(r, first, "ready at 1m0s"), span(r, first, "ready at 1m1s")
		text := fmt.Sprintf("the first record is done after %v when Kafka is there, and after %v when it comes at 60 s; at 61 s the wait is over in vain, the clients try on by themselves, and the first record is done after %v: what is added is Kafka's own lateness and one back-off, and no wait bounds that",
			at0, at60, at61)
		switch limit := (kafkaWait + at0most(at0)).Microseconds(); {
		case at0.n == 0 || at61.n == 0 || r.Anomalies[StartOutsideLaw] > 0:
			return scenarios.Refuted, text
		case at61.most > limit:
			return scenarios.Qualified, text
		}
		return scenarios.Confirmed, text
	}}}
	return s
}

func at0most(l limits) time.Duration { return time.Duration(l.most) * time.Microsecond }

// waitsAtMost asks for a committed offset until Kafka answers, or for so long.
func waitsAtMost(limit time.Duration) func(scenarios.Env) scenarios.Handler {
	return func(env scenarios.Env) scenarios.Handler {
		began := env.Now()
		for env.Now().Sub(began) < limit {
			if _, err := env.Committed(scenarios.Partition{Topic: "flinkdotnet.sample.topic"}); err == nil {
				break
			}
			env.Sleep(500 * time.Millisecond)
		}
		return handlers.ProcessThenCommit(env)
	}
}

// startsInTime checks that work begins after Kafka is ready, and within what a
// client needs then: a try after the longest back-off, the initial delay of a
// new group, with Java a metadata request more, and a tick of the load.
func startsInTime(o *scenarios.Outcome) []scenarios.Finding {
	spec := o.Trial.Spec
	low := spec.Broker.ReadyAt
	high := low + 2*longestBackoff + 2**spec.Broker.InitialRebalanceDelay + spec.Load.Every + Slack(o)
	return startsWithin(o, low, high)
}

// startsWithin checks when the first partition was assigned and the first
// record done.
func startsWithin(o *scenarios.Outcome, low, high time.Duration) []scenarios.Finding {
	var out []scenarios.Finding
	for _, at := range append(o.Number("first assignment"), o.Number("first record")...) {
		if at < low.Microseconds() || at > high.Microseconds() {
			out = append(out, scenarios.Finding{Name: StartOutsideLaw, Text: fmt.Sprintf("work began at %v, must be in [%v, %v]", sim.Time(at), low, high)})
		}
	}
	if len(o.Number("first record")) == 0 {
		out = append(out, scenarios.Finding{Name: StartOutsideLaw, Text: "work never began"})
	}
	return out
}

// longestBackoff is what kgo waits at most between two tries; Java waits a
// second.
const longestBackoff = 5 * time.Second

// topicMade is when B05's topic comes to be.
const topicMade = 20 * time.Second

// missingTopic is B05: the topic is made 20 s after the task managers started.
func missingTopic() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B05", Refs: []string{"B05"}, Title: "the topic does not exist yet when the task managers start; it is made after 20 s"}
	for _, profile := range profiles {
		spec := managers(5, assignor.Range, profile)
		spec.Topics[0].Later = true
		spec.Warmup, spec.Faulty = 40*time.Second, 20*time.Second
		spec.Gauges = []scenarios.Gauge{gauges.FirstAssigned(), gauges.FirstProcessed()}
		spec.Promise = spec.Promise.Forbidding("work begins when the topic is there, and soon then", StartOutsideLaw)
		spec.Script = func(p *scenarios.Planner) {
			startAll(p, time.Second)
			p.CreateTopic(topicMade, p.Spec().Topics[0].Name)
		}
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			return startsWithin(o, topicMade, topicMade+metadataPause+2**o.Trial.Spec.Broker.InitialRebalanceDelay+Slack(o))
		}
		// kgo asks eight times in quick succession, then every 5 s; Java's pauses
		// grow to a second, give or take a fifth.
		asked, want := spec, 8+3
		if profile == client.Java {
			want = 23
		}
		s.Cases = append(s.Cases,
			scenarios.Case{Row: "first record", Column: string(profile), Spec: spec, Runs: 5},
			scenarios.Case{Row: "in vain", Column: string(profile), Facts: func() ([]scenarios.Fact, error) { return askedInVain(&asked, want) }})
	}
	s.Claims = []scenarios.Claim{{Ref: "B05", Text: "a topic that is missing at the start heals by itself, without a flood of requests", Expect: scenarios.Confirmed, Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
		franz, java := span(r, "first record", "franz"), span(r, "first record", "java")
		text := fmt.Sprintf("the topic is made at %v; the first record is done at %v with franz-go and at %v with Java, without a restart. A franz-go member asks for it %s times until then, a Java one %s times",
			topicMade, franz, java, r.Case("in vain", "franz").Facts[0].Got, r.Case("in vain", "java").Facts[0].Got)
		if franz.n == 0 || java.n == 0 || r.Anomalies[StartOutsideLaw]+r.Anomalies[scenarios.FactDiffers] > 0 {
			return scenarios.Refuted, text
		}
		return scenarios.Confirmed, text
	}}}
	return s
}

// metadataPause is how often kgo asks at the latest for a topic that is not
// there (MetadataMinAge).
const metadataPause = 5 * time.Second

// askedInVain counts in a decision log how often m1 asked for a topic before it
// was made.
func askedInVain(spec *scenarios.Spec, want int) ([]scenarios.Fact, error) {
	trial, err := scenarios.NewTrial(spec, 1)
	if err != nil {
		return nil, err
	}
	o, err := scenarios.Recorded(trial, nil, nil)
	if err != nil {
		return nil, err
	}
	asked := 0
	for _, e := range o.Log.Entries {
		if e.At < sim.Span(topicMade) && trial.Names.Print(e.Action) == "deliver Metadata m1→b0" {
			asked++
		}
	}
	return []scenarios.Fact{{Name: "how often m1 asks in vain", Got: fmt.Sprint(asked), Want: fmt.Sprint(want)}}, nil
}
