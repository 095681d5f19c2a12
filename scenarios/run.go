package scenarios

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Play says how a run is played.
type Play struct {
	Record  bool               // keep the decision log
	History func(*model.Event) // told of every event; it is valid during the call only
	Replay  *sim.Log           // play this log instead of the run's plan
	// Received is told of every message that a broker is about to take in.
	Received func(at sim.Time, from string, m sim.Message)
}

// Simulate plays a run in the simulated world.
func Simulate(run *Trial, play Play) (*Outcome, error) {
	s, err := newSimulation(run, play)
	if err != nil {
		return nil, err
	}
	defer s.end()
	why, err := s.phases()
	if err != nil {
		return nil, err
	}
	return s.outcome(why), nil
}

// simulation is one run under way.
type simulation struct {
	run       *Trial
	play      Play
	world     *sim.World
	chronicle *Chronicle
	kafka     *kafka
	members   []*client.Member // nil in a TaskManager's place
	hosts     []*host
	job       *JobNodes // nil without one
	writers   []*client.Producer
	log       *sim.Log
	skipped   int
	failure   error
	broken    []Finding // polls that failed, and no handler wanted to know
}

func newSimulation(run *Trial, play Play) (*simulation, error) {
	s := &simulation{run: run, play: play, chronicle: NewChronicle(run, play.History)}
	if play.Replay != nil {
		s.chronicle.Disarm()
	}
	var err error
	if s.kafka, err = newKafka(run); err != nil {
		return nil, err
	}
	nodes, err := s.nodes()
	if err != nil {
		return nil, err
	}
	s.world, err = sim.New(sim.Config{
		Names: run.Names, Draws: sim.SeededDraws(run.Seed), Network: run.Network,
		Untimed:  run.Untimed && (play.Replay == nil || play.Replay.Follow != sim.Timed),
		Observer: s.chronicle, Nodes: nodes,
	})
	if err != nil {
		return nil, err
	}
	if play.Record {
		s.log = &sim.Log{Seed: run.Seed, Follow: sim.Exactly, Names: run.Names}
		s.world.Record(&s.log.Entries)
	}
	return s, nil
}

// nodes makes the world's nodes, in the order of the run's names.
func (s *simulation) nodes() (nodes []sim.Node, err error) {
	spec := s.run.Spec
	var others []sim.Node
	for _, b := range s.kafka.brokers {
		if s.play.Received != nil {
			nodes = append(nodes, tapped{b, s.play.Received})
			continue
		}
		nodes = append(nodes, b)
	}
	shared := memory{}
	if spec.Job != nil {
		tasks, more, err := s.newJob()
		if err != nil {
			return nil, err
		}
		nodes, others = append(nodes, tasks...), more
		s.members = make([]*client.Member, len(tasks))
	}
	for i := len(s.members); i < spec.allMembers(); i++ {
		m := s.member(1+i, shared)
		s.members = append(s.members, m)
		nodes = append(nodes, m)
	}
	for i, load := range append([]Load{spec.Load}, spec.Loads...) {
		w := newWriter(s.run, fmt.Sprintf("p%d", 1+i), load)
		w.KeepKeys = spec.Promise.needsKeys()
		s.writers = append(s.writers, w)
		nodes = append(nodes, w)
	}
	if s.kafka.controller != nil {
		nodes = append(nodes, s.kafka.controller)
	}
	return append(nodes, others...), nil
}

// member makes the node of a member; they count from 1.
func (s *simulation) member(i int, shared Store) *client.Member {
	spec := s.run.Spec
	name := s.run.Names.Name(s.run.member(i - 1))
	h := &host{name: name, make: spec.CrowdOf(i).Handler, shared: shared, failed: s.failed,
		broke: func(err *PollError) { s.broke(name, err) }}
	s.hosts = append(s.hosts, h)
	m := client.NewMember(memberConfig(s.run, i, 1), h)
	if spec.ClientOf != nil || spec.CrowdOf(i).Group.AssignorsOf != nil {
		m.Configure = func(start int) *client.Config { return memberConfig(s.run, i, start) }
	}
	return m
}

// newWriter makes the node of a producer.
func newWriter(run *Trial, name string, load Load) *client.Producer {
	cfg := run.Spec.Client.config()
	cfg.ClientID, cfg.Brokers, cfg.MetadataMaxAge = name, run.brokers(), sim.Span(load.MetadataMaxAge)
	l := &client.Load{Topic: load.Topic, Count: load.Count, PerTick: load.PerTick, Every: sim.Span(load.Every), From: sim.Span(load.From),
		Key: load.Key, Value: load.Value, Partitioner: load.Partitioner, Producing: load.Producing}
	if load.NoKeys {
		l.Key = nil
	}
	if at := load.EventTime; at != nil {
		l.Time = func(i int) int64 { return at(i).Milliseconds() }
	}
	if l.Value == nil {
		l.Value = strconv.Itoa
	}
	return client.NewProducer(cfg.WithDefaults(), l)
}

// tapped is a broker whose messages somebody else looks at.
type tapped struct {
	sim.Node
	told func(at sim.Time, from string, m sim.Message)
}

// Step implements sim.Node.
func (t tapped) Step(in *sim.Input, fx *sim.Effects) {
	if in.Kind == sim.InMessage {
		t.told(fx.Now(), fx.Name(in.Conn.Peer), in.Msg)
	}
	t.Node.Step(in, fx)
}

func (s *simulation) failed(err error) {
	if s.failure == nil {
		s.failure = err
	}
}

// broke notes that a member's poll failed; the first few tell enough.
func (s *simulation) broke(name string, err *PollError) {
	if len(s.broken) >= 10 {
		return
	}
	f := Finding{Name: ConsumerFailed, At: int64(s.world.Now()), Client: name, Text: name + ": " + err.Error()}
	if len(err.Partitions) > 0 {
		f.TopicPartition = err.Partitions[0]
	}
	s.broken = append(s.broken, f)
}

// memberConfig is what a member's client is set to at a start of its process;
// both count from 1.
func memberConfig(run *Trial, member, start int) *client.Config {
	spec := run.Spec
	group := spec.CrowdOf(member).Group
	cfg := spec.MemberConfig(member, start).config()
	cfg.ClientID, cfg.Group, cfg.InstanceID = run.Names.Name(run.member(member-1)), group.Name, group.InstanceID(member)
	cfg.Assignors, cfg.Brokers, cfg.Topics = group.assignorsOf(member, start), run.brokers(), spec.Subscribes(member)
	return cfg.WithDefaults()
}

// phases runs the faults, then the calm until the group has settled.
func (s *simulation) phases() (why string, err error) {
	if r := s.play.Replay; r != nil && r.Follow == sim.Exactly {
		return s.exactly(r)
	}
	calmAt := sim.Span(s.run.Spec.Warmup + s.run.Spec.Faulty)
	d := s.driver(calmAt)
	if err := s.drive(d, nil); err != nil {
		return "", err
	}
	if t, ok := d.(*sim.TimedDriver); ok {
		s.skipped = t.Skipped
	}
	if s.log != nil {
		s.log.Set(metaCalm, strconv.Itoa(len(s.log.Entries)))
	}
	if err := s.heal(calmAt); err != nil {
		return "", err
	}
	return s.calm(calmAt + sim.Span(s.run.Spec.Settle()))
}

// calm runs on without faults until the group is at rest, or until a moment.
// A member that was told to leave and does so only now is started again: all
// must be up in the end.
func (s *simulation) calm(until sim.Time) (why string, err error) {
	atRest := s.atRest()
	for err == nil {
		down := false
		err = s.drive(&sim.TimedDriver{Until: until}, func() bool {
			down = s.anyDown()
			return down || atRest()
		})
		if err != nil || !down {
			break
		}
		err = s.undo(s.world.Now(), sim.Start)
	}
	return s.unsettled(), err
}

func (s *simulation) anyDown() bool {
	for i := range s.run.Names.Nodes {
		if id := sim.NodeID(i); !s.world.Up(id) && !slices.Contains(s.run.Retired, id) {
			return true
		}
	}
	return false
}

// undo applies, to every node where it is possible, an action that ends a fault.
func (s *simulation) undo(at sim.Time, kind sim.Kind) error {
	for i := range s.run.Names.Nodes {
		a := sim.Action{Kind: kind, Node: sim.NodeID(i), Peer: sim.Nobody}
		if s.world.Can(a) && !(kind == sim.Start && slices.Contains(s.run.Retired, a.Node)) {
			if err := s.world.Apply(at, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// quiet is how long nothing must have happened for the run to end: long
// enough for handlers that write out what they keep when they are idle.
const quiet = 3 * sim.Second

// quietJob is quiet for a job: it says itself, by a checkpoint, that all is
// done.
const quietJob = sim.Second

// lookEvery is how many steps, and how much time at the most, lie between two
// looks at whether the group is at rest: a handler whose idle cycle takes as
// many steps would else be met at the same place of it for ever.
const (
	lookEvery = 16
	lookAfter = 100 * sim.Millisecond
)

// atRest gives a condition that holds when the group is settled, and nothing
// has happened for the quiet time.
func (s *simulation) atRest() func() bool {
	n, last, still := 0, sim.Time(0), quiet
	if s.job != nil && len(s.run.Spec.Beside) == 0 {
		still = quietJob
	}
	return func() bool {
		now := s.world.Now()
		if n++; n%lookEvery != 0 && now-last < lookAfter {
			return false
		}
		last = now
		if s.job != nil && s.job.Failed() {
			return true
		}
		return now-s.chronicle.Stirred() >= still && s.unsettled() == ""
	}
}

// exactly plays a log in which every action stands.
func (s *simulation) exactly(l *sim.Log) (why string, err error) {
	n, err := calm(l)
	if err != nil {
		return "", err
	}
	if s.log != nil {
		s.log.Set(metaCalm, strconv.Itoa(n))
	}
	before, after := *l, *l
	before.Entries, after.Entries = l.Entries[:n], l.Entries[n:]
	for i, part := range []*sim.Log{&before, &after} {
		d := &sim.ReplayDriver{Log: part}
		if err := s.drive(d, nil); err != nil {
			return "", err
		}
		if div := d.Divergence(); div != nil {
			return "", div
		}
		if i == 0 {
			s.chronicle.Calm(max(s.world.Now(), sim.Span(s.run.Spec.Warmup+s.run.Spec.Faulty)))
			s.world.SetTimed()
		}
	}
	return s.unsettled(), nil
}

func (s *simulation) driver(until sim.Time) sim.Driver {
	switch r := s.play.Replay; {
	case r != nil && r.Follow == sim.Then:
		return &sim.ReplayDriver{Log: r, Lenient: true, Until: until}
	case r != nil:
		return &sim.TimedDriver{Plan: r.Entries, Until: until}
	case s.run.Untimed:
		return &sim.UntimedDriver{Seed: s.run.Seed, Bound: delayBound, Plan: s.run.Plan, Until: until}
	}
	return &sim.TimedDriver{Plan: s.run.Plan, Until: until, Tamper: s.run.Tamper}
}

// drive lets a driver run, with the triggers' actions coming first.
func (s *simulation) drive(d sim.Driver, stop func() bool) error {
	const noEnd = 1 << 62
	for {
		var fired Firing
		ok := false
		_, err := sim.Drive(s.world, d, noEnd, func() bool {
			fired, ok = s.chronicle.Fired()
			return ok || s.failure != nil || stop != nil && stop()
		})
		if err != nil || !ok {
			return err
		}
		if t, timed := d.(*sim.TimedDriver); timed && fired.Delay > 0 {
			t.Plan = putOff(t.Plan, s.world.Now()+sim.Span(fired.Delay), fired.Action)
			continue
		}
		if s.world.Can(fired.Action) {
			if err := s.world.Apply(s.world.Now(), fired.Action); err != nil {
				return err
			}
		}
	}
}

// putOff gives a plan, which stays as it is, with one action more in it.
func putOff(plan []sim.Entry, at sim.Time, a sim.Action) []sim.Entry {
	i := 0
	for i < len(plan) && plan[i].At <= at {
		i++
	}
	return slices.Concat(plan[:i], []sim.Entry{{At: at, Action: a}}, plan[i:])
}

// heal ends the faults: what stands still goes on, what is cut is joined,
// what is down comes up.
func (s *simulation) heal(at sim.Time) error {
	at = max(at, s.world.Now())
	s.chronicle.Calm(at)
	s.world.SetTimed()
	for _, kind := range []sim.Kind{sim.Heal, sim.Resume, sim.Start} {
		if err := s.undo(at, kind); err != nil {
			return err
		}
	}
	return nil
}

// end lets go of the handlers' coroutines: as with a crash, their defers run
// and their calls do nothing.
func (s *simulation) end() {
	for _, h := range s.hosts {
		h.Crash()
	}
	if s.job != nil {
		s.job.End()
	}
}

func (s *simulation) outcome(why string) *Outcome {
	o := s.chronicle.Close(s.world.Now(), "sim", why, s.failure)
	o.Findings = append(o.Findings, s.broken...)
	o.Steps, o.Hash, o.Skipped = s.world.Steps(), s.world.Hash(), s.skipped
	if s.log != nil {
		s.log.Hash, s.log.Steps = o.Hash, o.Steps
		o.Log = s.log
	}
	return o
}
