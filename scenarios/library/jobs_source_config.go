package library

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// profileSpec is document A's consumer: session.timeout.ms 30 000,
// heartbeat.interval.ms 10 000, max.poll.interval.ms 300 000 and
// CooperativeSticky, in a job whose sources join the group.
func profileSpec(profile client.Profile, heartbeat time.Duration) scenarios.Spec {
	spec := sourceSpec(sources.Group("orders"))
	spec.Group = scenarios.Classic("order-job", assignor.CooperativeSticky)
	spec.Job.Assignment = checkpoint.ByGroup
	spec.Client = scenarios.ClientConfig{Profile: profile, SessionTimeout: 30 * time.Second, HeartbeatInterval: heartbeat,
		MaxPollInterval: 300 * time.Second, RebalanceTimeout: 300 * time.Second}
	return spec
}

// configProfile is A05: what of these settings the broker is told.
func configProfile() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A05", Refs: []string{"A05"},
		Title: "session 30 s, heartbeat 10 s, max.poll.interval 300 s, CooperativeSticky: what JoinGroup carries, and what the heartbeats do"}
	for _, profile := range []client.Profile{client.Java, client.Franz} {
		s.Cases = append(s.Cases, scenarios.Case{Row: "as told", Column: string(profile), Facts: func() ([]scenarios.Fact, error) { return wireFacts(profile) }})
	}
	s.Cases = append(s.Cases, scenarios.Case{Row: "a third of the session", Facts: thirdFacts})
	return s
}

// wireFacts are what the broker gets from the job's consumers.
func wireFacts(profile client.Profile) ([]scenarios.Fact, error) {
	spec := profileSpec(profile, 10*time.Second)
	run, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		return nil, err
	}
	seen := map[string][]string{}
	note := func(name, value string) {
		if !slices.Contains(seen[name], value) {
			seen[name] = append(seen[name], value)
		}
	}
	last, joined := map[string]sim.Time{}, map[string]bool{}
	o, err := scenarios.Simulate(run, scenarios.Play{Received: func(at sim.Time, from string, m sim.Message) {
		switch r := m.(type) {
		case *api.JoinGroupRequest:
			note("session_timeout_ms", fmt.Sprint(r.SessionTimeoutMs))
			note("rebalance_timeout_ms", fmt.Sprint(r.RebalanceTimeoutMs))
			var names []string
			for _, p := range r.Protocols {
				names = append(names, p.Name)
			}
			note("protocols", strings.Join(names, ","))
			joined[from] = true
			delete(last, from)
		case *api.SyncGroupRequest:
			delete(last, from)
		case *api.HeartbeatRequest:
			if before, ok := last[from]; ok {
				note("time between heartbeats", (at - before).Duration().Round(time.Second).String())
			}
			last[from] = at
		}
	}})
	if err != nil {
		return nil, err
	}
	facts := []scenarios.Fact{
		{Name: "members that joined", Got: fmt.Sprint(len(joined)), Want: "2"},
		{Name: "the job is at rest", Got: fmt.Sprint(o.Settled), Want: "true"},
	}
	for _, want := range []scenarios.Fact{{Name: "session_timeout_ms", Want: "30000"}, {Name: "rebalance_timeout_ms", Want: "300000"},
		{Name: "protocols", Want: "cooperative-sticky"}, {Name: "time between heartbeats", Want: "10s"}} {
		want.Got = strings.Join(seen[want.Name], " ")
		facts = append(facts, want)
	}
	return facts, nil
}

// thirdFacts are the rule on heartbeat.interval.ms ("no higher than 1/3" of the
// session timeout, ConsumerConfig), which these settings just keep.
func thirdFacts() ([]scenarios.Fact, error) {
	kept, broken := profileSpec(client.Java, 10*time.Second), profileSpec(client.Java, 10*time.Second+time.Millisecond)
	text := func(err error) string {
		if err == nil {
			return "taken"
		}
		return err.Error()
	}
	return []scenarios.Fact{
		{Name: "heartbeat 10s", Got: text(kept.Validate()), Want: "taken"},
		{Name: "heartbeat 10.001s", Got: text(broken.Validate()),
			Want: "Spec.Client.HeartbeatInterval: 10.001s is more than a third of the session timeout 30s"},
	}, nil
}
