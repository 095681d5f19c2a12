package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim"
)

// Spec says what a run is made of and what it must show.
type Spec struct {
	Topics  []Topic
	Group   Group
	Members int
	Brokers int // 1; several have a controller beside them
	Handler func(Env) Handler
	Job     *Job // in place of Handler
	Load    Load
	Loads   []Load // of further producers: p2, p3, …
	Faults  []Fault
	Promise Promise

	// Script sets a course of its own in place of random faults; see Planner.
	Script func(*Planner)
	// Assert judges a whole run by what only this Spec knows; each finding
	// is an anomaly.
	Assert func(*Outcome) []Finding

	// Gauges take numbers from the run.
	Gauges []Gauge

	Client ClientConfig
	// ClientOf changes what a member is set to at the start-th start of its
	// process. Both count from 1; see Crowd for how members are numbered.
	ClientOf func(member, start int, c ClientConfig) ClientConfig
	// Subscribe gives a member's topics; nil means all (of its Crowd).
	Subscribe func(member int) []string
	// Beside are further groups on the same topics.
	Beside []Crowd

	Broker BrokerConfig
	// Warmup is how long the group may form before faults begin (10 s), and
	// Faulty how long they go on (60 s).
	Warmup, Faulty time.Duration

	given *ClientConfig // Client before defaults were filled in
}

// Topic is a topic that exists from the start, or, Later, when it is made:
// see Planner.CreateTopic.
type Topic struct {
	Name       string
	Partitions int32
	Later      bool `json:",omitzero"`
}

// Group is how members share the work.
type Group struct {
	Name string
	// AssignorsOf gives what a member can use at the start-th start of its
	// process, where members differ, as in a rolling upgrade; both count from 1.
	AssignorsOf func(member, start int) []assignor.Assignor

	assignors []assignor.Assignor
	instance  func(member int) string
}

// Classic is a group of the classic protocol; its members can use the
// assignors given, most wanted first.
func Classic(name string, assignors ...assignor.Assignor) Group {
	return Group{Name: name, assignors: assignors}
}

// Static makes the members static: each has its node's name as its
// group.instance.id.
func (g Group) Static() Group {
	return g.StaticAs(func(member int) string { return fmt.Sprintf("m%d", member) })
}

// StaticAs makes members static under instance ids of one's own, for instance
// one for two processes; members count from 1, and an empty id makes a dynamic
// member.
func (g Group) StaticAs(instance func(member int) string) Group {
	g.instance = instance
	return g
}

// InstanceID is the group.instance.id of a member, from 1 on; empty for a
// dynamic one.
func (g Group) InstanceID(member int) string {
	if g.instance == nil {
		return ""
	}
	return g.instance(member)
}

// Assignors are the protocol names of what the members can use, most wanted
// first.
func (g Group) Assignors() []string {
	var names []string
	for _, a := range g.assignors {
		names = append(names, a.Name())
	}
	return names
}

// ClientConfig sets consumers; zero fields mean their profile's defaults, here
// those of franz.
type ClientConfig struct {
	Profile              client.Profile // franz
	SessionTimeout       time.Duration  // 45 s
	HeartbeatInterval    time.Duration  // 3 s
	RebalanceTimeout     time.Duration  // 60 s
	MetadataMaxAge       time.Duration  // 5 min
	FetchMaxWait         time.Duration  // 5 s
	Reset                client.Reset   // earliest
	MaxPollRecords       int            // 500
	BlockRebalanceOnPoll bool
	MaxPollInterval      time.Duration // 5 min; in the Java profile the rebalance timeout, too
	ResetDuration        time.Duration // with Reset by_duration
	AutoCommit           bool
	AutoCommitInterval   time.Duration // 5 s
}

// BrokerConfig sets brokers; nil fields mean Kafka's defaults.
type BrokerConfig struct {
	InitialRebalanceDelay *time.Duration // 3 s
	ReplicationDelay      time.Duration  // 0: records are safe at once
	OffsetsRetention      time.Duration  // 7 days; whole minutes
	OffsetsRetentionCheck time.Duration  // 10 min
	MinInsyncReplicas     int32          // 1; counts with several brokers only
	UncleanElection       bool           // a replica out of sync may lead; acknowledged records may be lost then
	ReadyAt               time.Duration  `json:",omitzero"` // when the brokers (and their controller) start
}

// SpecError is what is wrong with a Spec, and what to do.
type SpecError struct{ Field, Want string }

func (e *SpecError) Error() string { return "Spec." + e.Field + ": " + e.Want }

// Validate tells what keeps a Spec from being run.
func (s *Spec) Validate() error {
	switch {
	case len(s.Topics) == 0:
		return &SpecError{"Topics", "there is none; name at least one, as in Topic{Name: \"orders\", Partitions: 3}"}
	case s.Group.Name == "":
		return &SpecError{"Group", "there is none; for instance Classic(\"order-service\", assignor.Range)"}
	case s.Members < 1:
		return &SpecError{"Members", "at least one is needed"}
	case s.allMembers() > 1000:
		return &SpecError{"Members", fmt.Sprintf("%d are too many; at most 1000", s.allMembers())}
	case s.Brokers < 0 || s.Brokers > 9:
		return &SpecError{"Brokers", fmt.Sprintf("%d cannot be; take 1 to 9", s.Brokers)}
	case s.Handler == nil && s.Job == nil:
		return &SpecError{"Handler", "there is none; give a function that makes one from its Env"}
	case s.Broker.ReadyAt < 0:
		return &SpecError{"Broker.ReadyAt", "it cannot be negative"}
	}
	for i, t := range s.Topics {
		field := fmt.Sprintf("Topics[%d]", i)
		if t.Name == "" || strings.ContainsAny(t.Name, " /") {
			return &SpecError{field + ".Name", fmt.Sprintf("%q is no topic's name", t.Name)}
		}
		if t.Partitions < 1 {
			return &SpecError{field + ".Partitions", "at least one is needed"}
		}
		if s.topic(t.Name) != &s.Topics[i] {
			return &SpecError{field + ".Name", fmt.Sprintf("%q is there twice", t.Name)}
		}
	}
	for i, f := range s.Faults {
		if f.job && s.Job == nil {
			return &SpecError{fmt.Sprintf("Faults[%d]", i), f.Name + " is for jobs; the Spec has none"}
		}
		if f.tampers && s.Brokers > 1 {
			return &SpecError{fmt.Sprintf("Faults[%d]", i), fmt.Sprintf("%s is for one broker: several do not number what they say to each other; take Disconnect or BrokerCut", f.Name)}
		}
	}
	if s.Job != nil {
		if err := s.validateJob(); err != nil {
			return err
		}
	}
	return s.validateParts()
}

// validateParts tells what is wrong with groups, members and loads.
func (s *Spec) validateParts() (err error) {
	d := s.withDefaults()
	for i := range s.Beside {
		if err := s.Beside[i].check(fmt.Sprintf("Beside[%d]", i), s); err != nil {
			return err
		}
	}
	end := d.Warmup + d.Faulty
	if err := s.Load.check("Load", s, end); err != nil {
		return err
	}
	for i := range s.Loads {
		if err := s.Loads[i].check(fmt.Sprintf("Loads[%d]", i), s, end); err != nil {
			return err
		}
	}
	d.eachConfig(func(m int, c ClientConfig) {
		if c.HeartbeatInterval*3 > c.SessionTimeout && err == nil {
			field := "Client.HeartbeatInterval"
			if m > s.Members || s.ClientOf != nil {
				field = fmt.Sprintf("MemberConfig(%d).HeartbeatInterval", m)
			}
			err = &SpecError{field, fmt.Sprintf("%v is more than a third of the session timeout %v", c.HeartbeatInterval, c.SessionTimeout)}
		}
	})
	for m := range d.allMembers() {
		for _, t := range d.Subscribes(1 + m) {
			if s.topic(t) == nil && err == nil {
				err = &SpecError{fmt.Sprintf("Subscribe(%d)", 1+m), fmt.Sprintf("%q is none of the Spec's topics", t)}
			}
		}
	}
	return err
}

// topic finds a topic by name; nil when there is none.
func (s *Spec) topic(name string) *Topic {
	for i := range s.Topics {
		if s.Topics[i].Name == name {
			return &s.Topics[i]
		}
	}
	return nil
}

func (s *Spec) withDefaults() *Spec {
	c := *s
	if c.given == nil {
		c.given = &s.Client
	}
	c.Client = c.Client.WithDefaults()
	c.Group = c.Group.withDefaults()
	c.Beside = c.crowdsWithDefaults()
	c.Brokers = max(c.Brokers, 1)
	if c.Warmup == 0 {
		c.Warmup = 10 * time.Second
	}
	if c.Faulty == 0 {
		c.Faulty = time.Minute
	}
	c.Load = c.Load.withDefaults(&c, c.Warmup+c.Faulty)
	c.Loads = nil
	for _, l := range s.Loads {
		c.Loads = append(c.Loads, l.withDefaults(&c, c.Warmup+c.Faulty))
	}
	if c.Broker.InitialRebalanceDelay == nil {
		d := 3 * time.Second
		c.Broker.InitialRebalanceDelay = &d
	}
	return &c
}

// WithDefaults fills what is zero, with the client's own defaults.
func (c ClientConfig) WithDefaults() ClientConfig {
	d := c.config().WithDefaults()
	c.Profile, c.MaxPollInterval = d.Profile, d.MaxPollInterval.Duration()
	c.SessionTimeout, c.HeartbeatInterval = d.SessionTimeout.Duration(), d.HeartbeatInterval.Duration()
	c.RebalanceTimeout, c.MetadataMaxAge = d.RebalanceTimeout.Duration(), d.MetadataMaxAge.Duration()
	c.FetchMaxWait, c.Reset, c.MaxPollRecords = d.FetchMaxWait.Duration(), d.Reset, d.MaxPollRecords
	return c
}

// config is the settings as the client takes them.
func (c ClientConfig) config() client.Config {
	return client.Config{
		SessionTimeout: sim.Span(c.SessionTimeout), HeartbeatInterval: sim.Span(c.HeartbeatInterval),
		RebalanceTimeout: sim.Span(c.RebalanceTimeout), MetadataMaxAge: sim.Span(c.MetadataMaxAge),
		FetchMaxWait: sim.Span(c.FetchMaxWait), Reset: c.Reset, MaxPollRecords: c.MaxPollRecords,
		BlockRebalanceOnPoll: c.BlockRebalanceOnPoll, Profile: c.Profile,
		MaxPollInterval: sim.Span(c.MaxPollInterval), ResetDuration: sim.Span(c.ResetDuration),
		AutoCommit: c.AutoCommit, AutoCommitInterval: sim.Span(c.AutoCommitInterval),
	}
}

// Settle is how long the groups may take, once faults have stopped, to be
// stable with nothing left to read: until a dead member has expired and all
// others have learnt of it, a rebalance that waits for the slowest, and as
// much again for what the first one leaves behind.
func (s *Spec) Settle() time.Duration {
	var longest time.Duration
	s.eachConfig(func(_ int, c ClientConfig) {
		longest = max(longest, c.SessionTimeout+c.HeartbeatInterval+c.RebalanceTimeout)
	})
	d := 2*longest + 30*time.Second
	if s.Job != nil {
		d = max(d, s.Job.settle(&Trial{Spec: s, Names: s.names()}))
	}
	return d
}
