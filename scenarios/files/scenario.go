package files

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/scenarios/plan"
)

// scenario makes the file a scenario, or tells what of it makes none.
func (f *file) scenario(name string) (*scenarios.Scenario, error) {
	s := &scenarios.Scenario{Name: name, Title: f.Title, Refs: f.Refs, Expect: scenarios.Hold, Anomaly: f.Anomaly, Seeds: f.Seeds}
	switch f.Expect {
	case "", "hold":
		if f.Anomaly != "" {
			return nil, &wrong{"anomaly", "only with expect: fail must an anomaly show"}
		}
	case "fail":
		if s.Expect = scenarios.Fail; f.Anomaly == "" {
			return nil, &wrong{"expect", "name the anomaly that must show: anomaly: lost-record"}
		}
	default:
		return nil, &wrong{"expect", fmt.Sprintf("%q is neither hold nor fail", f.Expect)}
	}
	if f.Seeds < 0 {
		return nil, &wrong{"seeds", "it cannot be negative"}
	}
	if s.Seeds == 0 {
		s.Seeds = 200
	}
	spec, err := f.spec()
	if err != nil {
		return nil, err
	}
	if err := f.read(name, spec); err != nil {
		return nil, err
	}
	s.Spec = *spec
	return s, spec.Validate()
}

// spec makes the file a Spec; what a Spec checks by itself is left to it.
func (f *file) spec() (*scenarios.Spec, error) {
	s := &scenarios.Spec{Members: f.Members, Brokers: f.Brokers, Load: f.Load.load(),
		Broker: f.Broker.config(), Warmup: time.Duration(f.Warmup), Faulty: time.Duration(f.Faulty)}
	for _, t := range f.Topics {
		s.Topics = append(s.Topics, scenarios.Topic{Name: t.Name, Partitions: t.Partitions})
	}
	for _, l := range f.Loads {
		s.Loads = append(s.Loads, l.load())
	}
	for _, part := range []func(*scenarios.Spec) error{f.group, f.work, f.client, f.promise, f.faults} {
		if err := part(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (f *file) group(s *scenarios.Spec) error {
	known := []assignor.Assignor{assignor.Range, assignor.RoundRobin, assignor.Sticky, assignor.CooperativeSticky}
	var list []assignor.Assignor
	for i, name := range f.Group.Assignors {
		at := slices.IndexFunc(known, func(a assignor.Assignor) bool { return a.Name() == name })
		if at < 0 {
			return &wrong{fmt.Sprintf("group.assignors[%d]", i), fmt.Sprintf("%q is no assignor; there are: range, roundrobin, sticky, cooperative-sticky", name)}
		}
		list = append(list, known[at])
	}
	s.Group = scenarios.Classic(f.Group.Name, list...)
	if f.Group.Static {
		s.Group = s.Group.Static()
	}
	return nil
}

func (f *file) handler(s *scenarios.Spec) error {
	if f.Handler.kind == "" {
		return &wrong{"handler", "there is none; name one, as in handler: process-then-commit, or give a job"}
	}
	entry, err := handlers.Find(f.Handler.kind)
	if err != nil {
		return &wrong{"handler", err.Error()}
	}
	kind, err := entry.Build(f.Handler.settings)
	if err != nil {
		return &wrong{"handler", err.Error()}
	}
	s.Handler = kind
	return nil
}

func (f *file) client(s *scenarios.Spec) error {
	c := f.Client
	s.Client = scenarios.ClientConfig{
		SessionTimeout: time.Duration(c.SessionTimeout), HeartbeatInterval: time.Duration(c.HeartbeatInterval),
		RebalanceTimeout: time.Duration(c.RebalanceTimeout), MetadataMaxAge: time.Duration(c.MetadataMaxAge),
		FetchMaxWait: time.Duration(c.FetchMaxWait), MaxPollInterval: time.Duration(c.MaxPollInterval),
		MaxPollRecords: c.MaxPollRecords, AutoCommit: c.AutoCommit, AutoCommitInterval: time.Duration(c.AutoCommitInterval),
		BlockRebalanceOnPoll: c.BlockRebalanceOnPoll,
	}
	switch c.Profile {
	case "", "franz":
	case "java":
		s.Client.Profile = client.Java
	default:
		return &wrong{"client.profile", fmt.Sprintf("%q is neither franz nor java", c.Profile)}
	}
	reset, span, _ := strings.Cut(c.AutoOffsetReset, ":")
	switch reset {
	case "":
	case "earliest":
		s.Client.Reset = client.Earliest
	case "latest":
		s.Client.Reset = client.Latest
	case "none":
		s.Client.Reset = client.None
	case "by_duration":
		d, err := time.ParseDuration(span)
		if err != nil || d < 0 {
			return &wrong{"client.auto-offset-reset", fmt.Sprintf("%q is no time; want for instance by_duration:30s", span)}
		}
		s.Client.Reset, s.Client.ResetDuration = client.ByDuration, d
	default:
		return &wrong{"client.auto-offset-reset", fmt.Sprintf("%q is none of earliest, latest, none, by_duration:SPAN", c.AutoOffsetReset)}
	}
	return nil
}

// clauses are what a promise can be made of, besides names of anomalies.
var clauses = map[string]func(scenarios.Promise) scenarios.Promise{
	"no-commit-after-revoke":     scenarios.Promise.NoCommitAfterRevoke,
	"no-processing-after-revoke": scenarios.Promise.NoProcessingAfterRevoke,
	"per-key-order":              scenarios.Promise.PerKeyOrder,
	"monotone-commits":           scenarios.Promise.MonotoneCommits,
	"exactly-once-state":         scenarios.Promise.ExactlyOnceState,
	"at-least-once-state":        scenarios.Promise.AtLeastOnceState,
	"exactly-once-end-to-end":    scenarios.Promise.ExactlyOnceEndToEnd,
	"commits-follow-checkpoints": scenarios.Promise.CommitsFollowCheckpoints,
}

func (f *file) promise(s *scenarios.Spec) error {
	if len(f.Promise) == 0 {
		return &wrong{"promise", "there is none; for instance promise: [at-least-once, no-commit-after-revoke]"}
	}
	for i, word := range f.Promise {
		if word == "at-least-once" {
			if i > 0 {
				return &wrong{fmt.Sprintf("promise[%d]", i), "at-least-once comes first"}
			}
			s.Promise = scenarios.AtLeastOnce()
			continue
		}
		anomaly, no := strings.CutPrefix(word, "no ")
		switch clause := clauses[word]; {
		case clause != nil:
			s.Promise = clause(s.Promise)
		case no && slices.Contains(scenarios.Anomalies(), anomaly):
			s.Promise = s.Promise.Forbidding(word, anomaly)
		default:
			return &wrong{fmt.Sprintf("promise[%d]", i), fmt.Sprintf("%q is no promise; there are: at-least-once, no-commit-after-revoke, no-processing-after-revoke, per-key-order, monotone-commits; of jobs exactly-once-state, at-least-once-state, exactly-once-end-to-end, commits-follow-checkpoints; and \"no\" with an anomaly's name: %s",
				word, strings.Join(scenarios.Anomalies(), ", "))}
		}
	}
	return nil
}

func (f *file) faults(s *scenarios.Spec) error {
	if len(f.Faults) > 0 && len(f.Plan) > 0 {
		return &wrong{"plan", "a file has faults, of which each run draws some, or a plan, but not both"}
	}
	for i, name := range f.Faults {
		fault, err := faultOf(name)
		if err != nil {
			return &wrong{fmt.Sprintf("faults[%d]", i), err.Error()}
		}
		s.Faults = append(s.Faults, fault)
	}
	var p plan.Plan
	for i, line := range f.Plan {
		strike, err := plan.Parse(line)
		if err != nil {
			return &wrong{fmt.Sprintf("plan[%d]", i), err.Error()}
		}
		p = append(p, strike)
	}
	if len(p) == 0 {
		return nil
	}
	if i, err := p.Check(s); err != nil {
		return &wrong{fmt.Sprintf("plan[%d]", i), err.Error()}
	}
	s.Script = p.Script(nil)
	return nil
}

// faultOf finds a kind of fault by name: "crash", "add-partitions 8".
func faultOf(text string) (scenarios.Fault, error) {
	name, operand, _ := strings.Cut(text, " ")
	if name == "add-partitions" {
		n, err := strconv.ParseInt(operand, 10, 32)
		if err != nil || n < 1 {
			return scenarios.Fault{}, fmt.Errorf("%q: say how many there are then, as in add-partitions 8", text)
		}
		return scenarios.AddPartitions(int32(n)), nil
	}
	if f, known, err := jobFault(text); known {
		return f, err
	}
	var names []string
	for _, f := range append(scenarios.Faults(), scenarios.JobFaults()...) {
		if f.Name == text {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return scenarios.Fault{}, fmt.Errorf("%q is no fault; there are: %s, add-partitions TOTAL, rescale N, fail-checkpoint N", text, strings.Join(names, ", "))
}

func (l load) load() scenarios.Load {
	return scenarios.Load{Count: l.Count, Keys: l.Keys, Pattern: l.Pattern, Every: time.Duration(l.Every), PerTick: l.PerTick,
		Topic: l.Topic, From: time.Duration(l.From), NoKeys: l.NoKeys, Skew: l.Skew,
		Partitioner: client.Partitioner(l.Partitioner), MetadataMaxAge: time.Duration(l.MetadataAge)}
}

func (b broker) config() scenarios.BrokerConfig {
	return scenarios.BrokerConfig{InitialRebalanceDelay: (*time.Duration)(b.InitialRebalanceDelay),
		ReplicationDelay: time.Duration(b.ReplicationDelay), OffsetsRetention: time.Duration(b.OffsetsRetention),
		OffsetsRetentionCheck: time.Duration(b.OffsetsRetentionCheck), MinInsyncReplicas: b.MinInsyncReplicas,
		UncleanElection: b.UncleanElection, ReadyAt: time.Duration(b.ReadyAt)}
}
