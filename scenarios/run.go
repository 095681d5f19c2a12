package scenarios

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Play says how a run is played.
type Play struct {
	Record  bool               // keep the decision log
	History func(*model.Event) // told of every event; it is valid during the call only
	Replay  *sim.Log           // play this log instead of the run's plan
	Untimed bool               // let the driver choose the order, too
}

// Simulate plays a run in the simulated world.
func Simulate(run *Run, play Play) (*Outcome, error) {
	s, err := newSimulation(run, play)
	if err != nil {
		return nil, err
	}
	if err := s.play(); err != nil {
		return nil, err
	}
	return s.outcome(), nil
}

// simulation is one run under way.
type simulation struct {
	run     *Run
	play_   Play
	world   *sim.World
	rec     *recorder
	judge   *model.Judge
	broker  *broker.Broker
	members []*client.Member
	writer  *client.Producer
	log     *sim.Log
	out     Outcome
}

func newSimulation(run *Run, play Play) (*simulation, error) {
	s := &simulation{run: run, play_: play}
	s.out = Outcome{Run: run, World: "sim"}
	s.judge = model.NewJudge(model.Options{})
	s.rec = &recorder{names: run.Names, isBroker: func(id sim.NodeID) bool { return id == 0 }}
	s.rec.listeners = append(s.rec.listeners, s.judge.Observe)
	if play.History != nil {
		s.rec.listeners = append(s.rec.listeners, play.History)
	}
	if play.Replay == nil {
		s.rec.triggers = run.fresh()
	}
	cfg := sim.Config{
		Names: run.Names, Draws: sim.SeededDraws(run.Seed), Network: run.Network,
		Untimed: play.Untimed, Observer: s.rec, Nodes: s.nodes(),
	}
	var err error
	s.world, err = sim.New(cfg)
	if err != nil {
		return nil, err
	}
	if play.Record {
		s.log = &sim.Log{Seed: run.Seed, Follow: sim.Exactly, Names: run.Names}
		s.world.Record(&s.log.Entries)
	}
	return s, nil
}

// fresh are the run's triggers, armed again.
func (r *Run) fresh() []*Trigger {
	var out []*Trigger
	for _, t := range r.Triggers {
		out = append(out, &Trigger{When: t.When, Action: t.Action})
	}
	return out
}

func (s *simulation) nodes() []sim.Node {
	spec := s.run.Spec
	s.broker = broker.New(brokerConfig(spec))
	nodes := []sim.Node{s.broker}
	shared := memory{}
	for i := range spec.Members {
		name := s.run.Names.Name(sim.NodeID(1 + i))
		h := &host{name: name, make: spec.Handler, shared: shared, failed: s.failed}
		m := client.NewMember(clientConfig(spec, name), h)
		s.members = append(s.members, m)
		nodes = append(nodes, m)
	}
	load := spec.Load
	s.writer = client.NewProducer(clientConfig(spec, "p1"), &client.Load{
		Topic: spec.Topics[0].Name, Count: load.Count, PerTick: load.PerTick, Every: sim.Span(load.Every),
		Key: load.Key, Value: func(i int) string { return fmt.Sprint(i) }})
	return append(nodes, s.writer)
}

func (s *simulation) failed(err error) {
	if s.out.Error == nil {
		s.out.Error = err
	}
}

func clientConfig(spec *Spec, name string) *client.Config {
	c := spec.Client
	cfg := client.Config{
		ClientID: name, Group: spec.Group.Name, Assignors: spec.Group.assignors,
		SessionTimeout: sim.Span(c.SessionTimeout), HeartbeatInterval: sim.Span(c.HeartbeatInterval),
		RebalanceTimeout: sim.Span(c.RebalanceTimeout), MetadataMaxAge: sim.Span(c.MetadataMaxAge),
		FetchMaxWait: sim.Span(c.FetchMaxWait), Reset: c.Reset, MaxPollRecords: c.MaxPollRecords,
		BlockRebalanceOnPoll: c.BlockRebalanceOnPoll, Brokers: []sim.NodeID{0},
	}
	for _, t := range spec.Topics {
		cfg.Topics = append(cfg.Topics, t.Name)
	}
	return cfg.WithDefaults()
}

// play runs the phases: faults, then calm until the group has settled.
func (s *simulation) play() error {
	if s.play_.Replay != nil && s.play_.Replay.Follow == sim.Exactly {
		d := &sim.ReplayDriver{Log: s.play_.Replay}
		if err := s.drive(d, nil); err != nil {
			return err
		}
		if div := d.Divergence(); div != nil {
			return div
		}
		s.end(s.settled())
		return nil
	}
	calmAt := sim.Span(s.run.Spec.Warmup + s.run.Spec.Faulty)
	d := s.driver(calmAt)
	if err := s.drive(d, nil); err != nil {
		return err
	}
	if t, ok := d.(*sim.TimedDriver); ok {
		s.out.Skipped = t.Skipped
	}
	if err := s.heal(calmAt); err != nil {
		return err
	}
	until := calmAt + sim.Span(s.run.Spec.Settle())
	n := 0
	settled := false
	err := s.drive(&sim.TimedDriver{Until: until}, func() bool {
		n++
		settled = n%16 == 0 && s.settled()
		return settled
	})
	s.end(settled || s.settled())
	return err
}

func (s *simulation) driver(until sim.Time) sim.Driver {
	plan := s.run.Plan
	if s.play_.Replay != nil {
		plan = s.play_.Replay.Entries
	}
	if s.play_.Untimed {
		return &sim.UntimedDriver{Seed: s.run.Seed, Bound: 2 * sim.Second, Plan: plan, Until: until}
	}
	return &sim.TimedDriver{Plan: plan, Until: until}
}

// drive lets a driver run, with the triggers' actions coming first.
func (s *simulation) drive(d sim.Driver, stop func() bool) error {
	const chunk = 1 << 62
	for {
		_, err := sim.Drive(s.world, d, chunk, func() bool {
			return s.out.Error != nil || len(s.rec.fired) > 0 || stop != nil && stop()
		})
		if err != nil || s.out.Error != nil || len(s.rec.fired) == 0 {
			return err
		}
		for len(s.rec.fired) > 0 {
			a := s.rec.fired[0]
			s.rec.fired = s.rec.fired[1:]
			if s.world.Can(a) {
				if err := s.world.Apply(s.world.Now(), a); err != nil {
					return err
				}
			}
		}
	}
}

// heal ends the faults: what stands still goes on, what is cut is joined,
// what is down comes up.
func (s *simulation) heal(at sim.Time) error {
	s.rec.triggers = nil
	at = max(at, s.world.Now())
	s.rec.emit(&model.Event{At: int64(at), Kind: model.Calm})
	s.world.SetTimed()
	var actions []sim.Action
	for _, kind := range []sim.Kind{sim.Heal, sim.Resume, sim.Start} {
		for i := range s.run.Names.Nodes {
			actions = append(actions, sim.Action{Kind: kind, Node: sim.NodeID(i), Peer: sim.Nobody})
		}
	}
	for _, a := range actions {
		if s.world.Can(a) {
			if err := s.world.Apply(at, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// settled tells whether the group is stable with nothing left to read.
func (s *simulation) settled() bool {
	s.out.Why = s.unsettled()
	return s.out.Why == ""
}

func (s *simulation) unsettled() string {
	if s.out.Error != nil {
		return s.out.Error.Error()
	}
	if !s.writer.Done() {
		return "p1 has records that are not acknowledged"
	}
	owners := map[Partition]string{}
	for i, m := range s.members {
		name := s.run.Names.Name(sim.NodeID(1 + i))
		if why := m.Consumer.Unsettled(); why != "" {
			return name + " " + why
		}
		for _, p := range m.Consumer.Owned {
			if other, ok := owners[p]; ok {
				return fmt.Sprintf("%v is owned by %s and %s", p, other, name)
			}
			owners[p] = name
			end, at := s.broker.EndOffset(p), m.Consumer.PositionOf(p)
			if at < end {
				return fmt.Sprintf("%s has read %v up to %d of %d", name, p, at, end)
			}
		}
	}
	for _, t := range s.run.Spec.Topics {
		for i := range t.Partitions {
			if p := (Partition{Topic: t.Name, Partition: i}); owners[p] == "" {
				return fmt.Sprintf("nobody owns %v", p)
			}
		}
	}
	return ""
}

func (s *simulation) end(settled bool) {
	s.out.Settled = settled
	s.rec.emit(&model.Event{At: int64(s.world.Now()), Kind: model.End})
}

func (s *simulation) outcome() *Outcome {
	o := &s.out
	o.Report = s.judge.Finish()
	o.Findings = o.Report.Anomalies
	o.Steps, o.Hash = s.world.Steps(), s.world.Hash()
	o.Virtual = s.world.Now().Duration()
	now := int64(s.world.Now())
	if o.Error != nil {
		o.Findings = append(o.Findings, Finding{Name: HandlerPanic, At: now, Text: o.Error.Error()})
	} else if !o.Settled {
		o.Findings = append(o.Findings, Finding{Name: NotSettled, At: now, Text: o.Why})
	}
	if s.run.Spec.Assert != nil {
		o.Findings = append(o.Findings, s.run.Spec.Assert(o)...)
	}
	if s.log != nil {
		s.log.Hash, s.log.Steps = o.Hash, o.Steps
		o.Log = s.log
	}
	return o
}

// brokerConfig sets the broker as the Spec says.
func brokerConfig(spec *Spec) broker.Config {
	cfg := broker.Config{ID: 0}
	for _, t := range spec.Topics {
		cfg.Topics = append(cfg.Topics, broker.Topic{Name: t.Name, Partitions: t.Partitions})
	}
	cfg.Settings = broker.DefaultSettings()
	cfg.Settings.GroupInitialRebalanceDelayMs = int32(*spec.Broker.InitialRebalanceDelay / time.Millisecond)
	return cfg
}
