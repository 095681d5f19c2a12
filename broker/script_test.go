package broker_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// TestScripts runs the golden scripts: each is a conversation between a broker
// and members whose every request is spelled out. Commands are described in
// testdata/README.md; -rewrite writes the files anew.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		s := newScript(t)
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			s.t = t
			if td.Cmd != "do" {
				td.Fatalf(t, "want: do, and a command a line below it")
			}
			var out strings.Builder
			for line := range strings.Lines(td.Input) {
				line = strings.TrimSpace(line)
				if line == "" || line[0] == '#' {
					continue
				}
				fmt.Fprintf(&out, "%s\n", line)
				for _, l := range s.run(line) {
					fmt.Fprintf(&out, "    %s\n", strings.ReplaceAll(l, "\n", "\n    "))
				}
			}
			return out.String()
		})
	})
}

// script is a world of one broker and a few members, and what a script knows
// of them.
type script struct {
	t       *testing.T
	world   *sim.World
	broker  *broker.Broker
	members map[string]*scriptMember // by name
	names   []string
	out     []string
	at      sim.NodeID // the broker that commands and requests go to if they do not say
	cluster *broker.Cluster
}

const scriptMembers = 6

// scriptMember is a node that sends what it is told to, and prints what comes
// back. It remembers the id and generation that it was given, for requests
// that do not say.
type scriptMember struct {
	s          *script
	name       string
	node       sim.NodeID
	next       sim.Message
	to         sim.NodeID
	lane       sim.Lane
	waits      map[scriptLink]string
	id         string
	generation int32
}

// scriptLink is a connection of a member.
type scriptLink struct {
	to   sim.NodeID
	lane sim.Lane
}

func newScript(t *testing.T) *script {
	s := &script{t: t}
	s.build(nil)
	return s
}

// build makes a new world. Options are those of the command new.
func (s *script) build(o options) {
	set := broker.DefaultSettings()
	o.set(&set)
	var topics []broker.Topic
	for _, t := range strings.Split(o.get("topics", "orders:2"), ",") {
		name, n, _ := strings.Cut(t, ":")
		count, err := strconv.Atoi(n)
		if err != nil {
			s.t.Fatalf("topics: %v", err)
		}
		topics = append(topics, broker.Topic{Name: name, Partitions: int32(count)})
	}
	config := broker.Config{Topics: topics, Settings: set, Cluster: o.cluster()}
	s.members, s.cluster, s.at = map[string]*scriptMember{}, nil, 0
	var nodes []sim.Node
	if n := int(o.num("brokers", 0)); n > 0 {
		nodes = s.buildCluster(config, n)
	} else {
		s.broker = broker.New(config)
		s.names, nodes = []string{"b0"}, []sim.Node{s.broker}
	}
	for i := range scriptMembers {
		m := &scriptMember{s: s, name: fmt.Sprintf("m%d", i+1), node: sim.NodeID(len(nodes)), waits: map[scriptLink]string{}, generation: -1}
		s.members[m.name] = m
		s.names = append(s.names, m.name)
		nodes = append(nodes, m)
	}
	w, err := sim.New(sim.Config{
		Names: sim.Names{Nodes: s.names, Lanes: []string{"", "beat", "data"}}, Nodes: nodes,
		Draws: sim.FixedDraws(), Untimed: true, Observer: s,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.world = w
	for i := range nodes {
		// The controller before the brokers, for they turn to it at once.
		s.apply(sim.Action{Kind: sim.Start, Node: sim.NodeID(len(nodes) - 1 - i), Peer: sim.Nobody})
	}
	if s.drain(); s.cluster != nil {
		s.wait(100 * sim.Millisecond) // until all have registered
	}
}

// set changes the settings that are named.
func (o options) set(to *broker.Settings) {
	to.GroupInitialRebalanceDelayMs = int32(o.ms("initial-delay", int64(to.GroupInitialRebalanceDelayMs)))
	to.GroupMaxSize = int32(o.num("max-size", int64(to.GroupMaxSize)))
	to.OffsetsCommitTimeoutMs = int32(o.ms("commit-timeout", int64(to.OffsetsCommitTimeoutMs)))
	to.OffsetsRetentionMinutes = int32(o.ms("retention", int64(to.OffsetsRetentionMinutes)*60_000) / 60_000)
	to.OffsetsRetentionCheckIntervalMs = int32(o.ms("check", int64(to.OffsetsRetentionCheckIntervalMs)))
	to.ReplicationDelay = sim.Time(o.ms("replication", int64(to.ReplicationDelay/sim.Millisecond))) * sim.Millisecond
	to.LoadDelay = sim.Time(o.ms("load", int64(to.LoadDelay/sim.Millisecond))) * sim.Millisecond
}

// Observe implements sim.Observer.
func (s *script) Observe(_ sim.Time, _ sim.NodeID, event any) {
	e, ok := event.(*model.Event)
	if !ok {
		return
	}
	switch e.Kind {
	case model.Admitted, model.CoordinatorLoaded, model.CoordinatorResigned, model.PartitionCount:
		return // the answers say so
	}
	line := fmt.Sprintf("* %s", e.Kind)
	if e.Kind == model.Rebalancing || e.Kind == model.Formed || e.Kind == model.Removed {
		line += fmt.Sprintf(", generation %d", e.Generation)
	}
	for _, p := range e.Partitions {
		line += " " + p.TopicPartition.String()
	}
	if e.Member != "" {
		line += ", " + e.Member
	}
	if len(e.Members) > 0 {
		line += ", of " + strings.Join(e.Members, " ")
	}
	if e.Cause != "" {
		line += ": " + e.Cause
	}
	s.say("%s", line)
}

func (s *script) say(format string, args ...any) { s.out = append(s.out, fmt.Sprintf(format, args...)) }

func (s *script) apply(a sim.Action) {
	if err := s.world.Apply(s.world.Now(), a); err != nil {
		s.say("! %v", err)
	}
}

// drain delivers all messages that are under way.
func (s *script) drain() {
	for {
		c, ok := s.world.Next()
		if !ok || c.Action.Kind != sim.Deliver {
			return
		}
		s.apply(c.Action)
	}
}

// run performs one command and gives what came of it.
func (s *script) run(line string) []string {
	s.out = nil
	words := strings.Fields(line)
	o := parseOptions(words[1:])
	if !s.control(words[0], o) && !s.request(words[0], o) {
		s.t.Fatalf("no such command: %s", line)
	}
	if s.cluster != nil {
		s.checkClones(line)
	} else {
		s.checkClone(line)
	}
	return s.out
}

// checkClone compares the broker with a copy of it.
func (s *script) checkClone(line string) {
	want := s.broker.Encode(s.world.Now(), nil)
	if got := s.broker.Clone().(*broker.Broker).Encode(s.world.Now(), nil); !bytes.Equal(got, want) {
		s.t.Fatalf("after %s a copy of the broker differs from it", line)
	}
}

// control performs what is not a request.
func (s *script) control(verb string, o options) bool {
	switch verb {
	case "new":
		s.build(o)
		s.out = nil
	case "wait":
		s.wait(sim.Span(o.span(0)))
	case "beat":
		s.beat(sim.Span(o.span(0)), o[1:])
	case "given":
		s.given(o)
	case "set":
		s.broker.Set(o.set)
	case "crash":
		s.apply(sim.Action{Kind: sim.Crash, Node: s.node(o.word(0, "")), Peer: sim.Nobody})
		s.drain()
	case "start":
		s.apply(sim.Action{Kind: sim.Start, Node: s.node(o.word(0, "")), Peer: sim.Nobody})
		s.drain()
	case "command":
		if s.cluster != nil {
			s.apply(sim.Action{Kind: sim.Command, Node: s.node(o[0].key), Peer: sim.Nobody, Label: o[1].key, Key: o.words(2)})
		} else {
			s.apply(sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody, Label: o[0].key, Key: o.words(1)})
		}
		s.drain()
	case "close":
		s.apply(sim.Action{Kind: sim.Reset, Node: 0, Peer: s.member(o).node, Lane: sim.Lane(o.num("lane", 0))})
		s.drain()
	case "kill":
		s.broker.Coordinator().MarkDead(o[0].key)
	case "forget":
		m := s.member(o)
		m.id, m.generation = "", -1
	case "group":
		s.printGroups(o)
	case "log":
		s.printLog()
	case "next":
		for _, c := range s.world.Enabled(nil) {
			s.say("%s in %s", s.name(c.Action), c.At-s.world.Now())
		}
	default:
		return s.cluster != nil && s.clusterControl(verb, o)
	}
	return true
}

// wait lets time pass, and what comes due in it happen.
func (s *script) wait(d sim.Time) {
	until := s.world.Now() + d
	for {
		c, ok := s.world.Next()
		if !ok || c.At > until {
			break
		}
		if c.Action.Kind == sim.Fire && !s.isRoutine(c.Action) {
			s.say("%s %s", c.At, s.name(c.Action))
		}
		if err := s.world.Apply(c.At, c.Action); err != nil {
			s.t.Fatal(err)
		}
		s.drain()
	}
	if err := s.world.Apply(until, sim.Action{Kind: sim.Command, Node: s.members["m1"].node, Peer: sim.Nobody, Label: "tick"}); err != nil {
		s.t.Fatal(err)
	}
}

// beat lets time pass while members send a heartbeat every five seconds. The
// answers are not shown.
func (s *script) beat(d sim.Time, who options) {
	for d > 0 {
		step := min(d, 5*sim.Second)
		s.wait(step)
		d -= step
		shown := s.out
		for _, m := range who {
			shown = append(shown, slices.DeleteFunc(s.run("heartbeat "+m.key), func(l string) bool {
				return strings.Contains(l, "← Heartbeat")
			})...)
		}
		s.out = shown
	}
}

func (s *script) name(a sim.Action) string {
	if a.Kind == sim.Fire {
		return a.Label + " " + a.Key
	}
	return a.Label
}

// given brings a group of members m1… to a state: the start of most scripts.
func (s *script) given(o options) {
	n, kind := int(o.num("members", 2)), o.get("type", "consumer")
	s.build(o)
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("m%d", i+1))
	}
	for _, m := range all {
		join := "join " + m + " type=" + kind
		if o.has("static") {
			join += " instance=i" + m[1:]
		}
		s.run(join)
		if !o.has("static") {
			s.run(join)
		}
	}
	state := o[0].key
	s.wait(sim.Time(3*min(n, 2)) * sim.Second) // the initial delay, and its extension
	if state == "Empty" {
		for _, m := range all {
			s.run("leave " + m)
		}
	}
	if state == "Stable" || state == "PreparingRebalance" || state == "Dead" {
		assign := "assign="
		for i, m := range all {
			assign += fmt.Sprintf("%s:orders/%d;", m, i%2)
		}
		for _, m := range all {
			s.run("sync " + m + " type=" + kind + " " + strings.TrimSuffix(assign, ";"))
		}
		s.wait(sim.Time(o.ms("replication", 0)) * sim.Millisecond)
		if s.cluster != nil {
			s.wait(10 * sim.Millisecond)
		}
	}
	if state == "PreparingRebalance" {
		lead := s.leader()
		s.run("join " + lead + " type=" + kind)
	}
	if state == "Dead" {
		s.run("kill g")
	}
	s.out = nil
	d, _ := s.broker.Group("g")
	if d.State.String() != state {
		s.t.Fatalf("the group is %s, not %s", d.State, state)
	}
}

// leader is the name of the member that leads group g.
func (s *script) leader() string {
	d, _ := s.broker.Group("g")
	for _, name := range s.names[1:] {
		if m := s.members[name]; m != nil && m.id == d.Leader {
			return name
		}
	}
	return "nobody"
}

func (s *script) member(o options) *scriptMember {
	if len(o) > 0 {
		if m := s.members[o[0].key]; m != nil {
			return m
		}
	}
	s.t.Fatalf("want a member m1…m%d first, not %v", scriptMembers, o)
	return nil
}

// printGroups prints one group, or all.
func (s *script) printGroups(o options) {
	ids := s.broker.Coordinator().Groups()
	if len(o) > 0 {
		ids = []string{o[0].key}
	}
	for _, id := range ids {
		if d, ok := s.broker.Group(id); ok {
			s.say("%s", d.String())
		} else {
			s.say("there is no such group")
		}
	}
	if len(ids) == 0 {
		s.say("there are no groups")
	}
}

func (s *script) printLog() {
	c := s.broker.Coordinator()
	for _, r := range c.Records() {
		text := fmt.Sprintf("%d ", r.Offset)
		switch {
		case r.Tombstone && r.Type == group.GroupMetadata:
			text += r.Group + " gone"
		case r.Tombstone:
			text += fmt.Sprintf("%s %s/%d gone", r.Group, r.Topic, r.Partition)
		case r.Metadata == nil:
			text += fmt.Sprintf("%s %s/%d at %d %s", r.Group, r.Topic, r.Partition, r.Commit.Offset, r.Commit.Metadata)
		default:
			text += fmt.Sprintf("%s generation %d", r.Group, r.Metadata.Generation)
			for _, m := range r.Metadata.Members {
				text += fmt.Sprintf(" %s%v", m.MemberID, m.Assignment)
			}
		}
		s.say("%s", strings.TrimSpace(text))
	}
	s.say("high watermark %d", c.HighWatermark())
}

// Step implements sim.Node.
func (m *scriptMember) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InCommand:
		if m.next != nil {
			fx.Send(m.to, m.lane, m.next)
			m.next = nil
		}
	case sim.InMessage:
		delete(m.waits, scriptLink{in.Conn.Peer, in.Conn.Lane})
		m.s.say("%s ← %s", m.name, answerText(in.Msg))
		m.learn(in.Msg)
	case sim.InClosed:
		delete(m.waits, scriptLink{in.Conn.Peer, in.Conn.Lane})
		m.s.say("%s: connection closed", m.name)
	}
}

// Crash implements sim.Node.
func (m *scriptMember) Crash() {}

// learn keeps what a later request of the member is to say.
func (m *scriptMember) learn(msg sim.Message) {
	if r, ok := msg.(*api.JoinGroupResponse); ok {
		switch r.ErrorCode {
		case api.None:
			m.id, m.generation = r.MemberID, r.GenerationID
		case api.MemberIDRequired:
			m.id, m.generation = r.MemberID, -1
		}
	}
}

// send lets a member send a broker a request; it tells if no answer comes.
func (s *script) send(m *scriptMember, to sim.NodeID, lane sim.Lane, r sim.Message) {
	m.next, m.to, m.lane = r, to, lane
	link := scriptLink{to, lane}
	before := m.waits[link]
	m.waits[link] = r.MessageName()
	s.apply(sim.Action{Kind: sim.Command, Node: m.node, Peer: sim.Nobody, Label: "send"})
	s.drain()
	if p, ok := r.(*api.ProduceRequest); ok && p.Acks == 0 {
		delete(m.waits, link)
	}
	switch {
	case m.waits[link] == "":
	case before != "":
		s.say("%s %s waits behind %s", m.name, r.MessageName(), before)
	default:
		s.say("%s %s waits", m.name, r.MessageName())
	}
}

type option struct{ key, value string }

type options []option

func parseOptions(words []string) (o options) {
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		o = append(o, option{k, v})
	}
	return o
}

func (o options) find(key string) (string, bool) {
	for _, x := range o {
		if x.key == key {
			return x.value, true
		}
	}
	return "", false
}

func (o options) has(key string) bool { _, ok := o.find(key); return ok }

func (o options) get(key, otherwise string) string {
	if v, ok := o.find(key); ok {
		return v
	}
	return otherwise
}

func (o options) num(key string, otherwise int64) int64 {
	v, ok := o.find(key)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func (o options) ms(key string, otherwise int64) int64 {
	v, ok := o.find(key)
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		panic(err)
	}
	return d.Milliseconds()
}

func (o options) span(i int) time.Duration {
	d, err := time.ParseDuration(o[i].key)
	if err != nil {
		panic(err)
	}
	return d
}

// word is the i-th word, if it is one and not an option.
func (o options) word(i int, otherwise string) string {
	if i < len(o) && o[i].value == "" && !strings.Contains(o[i].key, "=") {
		return o[i].key
	}
	return otherwise
}

func (o options) words(from int) string {
	var ws []string
	for _, x := range o[from:] {
		ws = append(ws, x.key)
	}
	return strings.Join(ws, " ")
}
