package client_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The scripts in testdata/direct show a Direct and a Directory inside nodes
// that have other work. Commands, beside do and run of TestDataScripts:
//
//	world [options of TestDataScripts]
//	                 brokers b0…, with more than one a controller c0; tasks t1 and t2, each with a Direct;
//	                 a producer p1; an admin a1; d1, with a Directory.
//
// Commands of tasks: open t1, assign t1 orders/0@5 orders/1@earliest…,
// subscribe t1 orders, poll t1 N (again and again), stop t1, commit t1
// orders/0@5…, ask t1 orders/0…, where t1 orders/0, close t1. Of d1: describe
// d1 orders…, ends d1 earliest|latest orders/0…, committed d1 GROUP orders/0….
func TestDirectScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/direct", func(t *testing.T, path string) {
		var s *dataScript
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "world":
				s = buildDirectWorld(t, scriptOptions(t, d))
				return ""
			case "do":
				return s.do(d)
			case "run":
				s.wire = ""
				d.MaybeScanArgs(t, "wire", &s.wire)
				span, err := sim.ParseTime(d.CmdArgs[0].Key)
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				s.until += span
				return s.run(t, d)
			case "results":
				return strings.Join(s.admin.Results, "\n") + "\n"
			}
			d.Fatalf(t, "no command is called %q", d.Cmd)
			return ""
		})
	})
}

func buildDirectWorld(t testing.TB, o *dataOptions) *dataScript {
	s := &dataScript{}
	s.names.Lanes = client.Lanes
	nodes, ids := s.brokers(t, o)
	cfg := func(name string) *client.Config {
		c := client.Config{Profile: client.Profile(o.profile), ClientID: name, Group: "g", Brokers: ids, MaxPollRecords: o.max,
			SessionTimeout: 10 * sim.Second, Reset: client.Reset(o.reset), MetadataMaxAge: sim.Time(o.metadata) * ms,
			AutoCommit: o.auto > 0, AutoCommitInterval: sim.Time(o.auto) * ms, Assignors: assignorsNamed(t, o.assignor), FetchMaxRecords: int32(o.fetch)}
		return c.WithDefaults()
	}
	for _, name := range []string{"t1", "t2"} {
		s.names.Nodes = append(s.names.Nodes, name)
		nodes = append(nodes, &taskNode{s: s, direct: client.NewDirect(cfg(name))})
	}
	load := &client.Load{Topic: "orders", Count: o.records, PerTick: o.per, Every: sim.Time(o.every) * ms, Key: strconv.Itoa, Value: strconv.Itoa}
	s.admin = client.NewAdmin(cfg("a1"))
	s.names.Nodes = append(s.names.Nodes, "p1", "a1", "d1")
	nodes = append(nodes, client.NewProducer(cfg("p1"), load), s.admin, &directoryNode{s: s, directory: client.NewDirectory(cfg("d1"))})
	var err error
	s.world, err = sim.New(sim.Config{Names: s.names, Nodes: nodes, Draws: sim.SeededDraws(1), Network: sim.Network{Base: ms}, Observer: s})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tick is a timer of the nodes' own.
const tick = "tick"

// taskNode has a Direct, and work of its own: a timer that must not be the
// Direct's.
type taskNode struct {
	s      *dataScript
	direct *client.Direct
	most   int // it polls again after each poll; 0: it does not
	ticks  int
	told   func(*client.AppEvent)
}

func (n *taskNode) Crash() {
	n.most = 0
	n.direct.Crash()
}

func (n *taskNode) Step(in *sim.Input, fx *sim.Effects) {
	switch {
	case in.Kind == sim.InStart:
		fx.SetTimer(tick, "", sim.Second)
	case in.Kind == sim.InCommand:
		n.command(in.Label, in.Key, fx)
	case n.direct.Step(in, fx):
	case in.Kind == sim.InTimer && in.Label == tick:
		n.ticks++
		fx.SetTimer(tick, "", sim.Second)
	}
	for {
		ev, ok := n.direct.Told()
		if !ok {
			return
		}
		n.hear(ev, fx)
	}
}

func (n *taskNode) hear(ev *client.AppEvent, fx *sim.Effects) {
	if n.told != nil {
		n.told(ev)
	}
	switch ev.Kind {
	case client.AppAssigned, client.AppRevoked, client.AppLost:
		n.direct.CallbackDone(fx)
	case client.AppRecords:
		if n.most > 0 {
			n.direct.Poll(n.most, fx)
		}
	case client.AppCommitted:
		n.s.say(fx, "hears that its commit ended %v", ev.Err)
	case client.AppOffsets:
		n.s.say(fx, "hears of offsets %s %v", offsetsText(ev.Offsets), ev.Err)
	case client.AppFailed:
		n.s.say(fx, "failed: %v %v %s fatal=%v", ev.Err, ev.Partitions, ev.Key, ev.Fatal)
	}
}

func (n *taskNode) command(label, key string, fx *sim.Effects) {
	words := strings.Fields(key)
	switch label {
	case "open":
		n.direct.Open(fx)
	case "assign":
		n.direct.Assign(offsetsNamed(words), fx)
	case "subscribe":
		n.direct.Subscribe(words, fx)
	case "poll":
		n.most, _ = strconv.Atoi(key)
		n.direct.Poll(n.most, fx)
	case "stop":
		n.most = 0
		n.direct.StopPolling()
	case "commit":
		n.direct.Commit(offsetsNamed(words), fx)
	case "ask":
		n.direct.AskCommitted(partitionsNamed(words), fx)
	case "where":
		n.s.say(fx, "is at %d", n.direct.PositionOf(partitionsNamed(words)[0]))
	case "close":
		n.direct.Close(fx)
	}
}

// directoryNode has a Directory.
type directoryNode struct {
	s         *dataScript
	directory *client.Directory
	told      func(*client.DirectoryEvent)
}

func (n *directoryNode) Crash() { n.directory.Crash() }

func (n *directoryNode) Step(in *sim.Input, fx *sim.Effects) {
	if in.Kind == sim.InCommand {
		words := strings.Fields(in.Key)
		switch in.Label {
		case "describe":
			n.directory.Describe(words, fx)
		case "ends":
			n.directory.Ends(partitionsNamed(words[1:]), client.Reset(words[0]), fx)
		case "committed":
			n.directory.Committed(words[0], partitionsNamed(words[1:]), fx)
		}
	}
	n.directory.Step(in, fx)
	for {
		ev, ok := n.directory.Told()
		switch {
		case !ok:
			return
		case n.told != nil:
			n.told(ev)
		default:
			n.s.say(fx, "is told %d: %v %s %v", ev.Op, ev.Topics, offsetsText(ev.Offsets), ev.Err)
		}
	}
}

func (s *dataScript) say(fx *sim.Effects, format string, args ...any) {
	if who := fx.Name(fx.Self()); s.only == "" || who == s.only {
		fmt.Fprintf(&s.out, "%v %s ", fx.Now(), who)
		fmt.Fprintf(&s.out, format+"\n", args...)
	}
}

func offsetsText(of []model.PartitionOffset) string {
	var words []string
	for _, p := range of {
		words = append(words, fmt.Sprintf("%v@%d", p.TopicPartition, p.Offset))
	}
	return strings.Join(words, " ")
}

// offsetsNamed reads orders/0@5; the offset may be one of the words of Assign.
func offsetsNamed(words []string) (out []model.PartitionOffset) {
	for i, p := range partitionsNamed(words) {
		_, at, _ := strings.Cut(words[i], "@")
		offset, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			offset = map[string]int64{"earliest": client.FromEarliest, "latest": client.FromLatest, "committed": client.FromCommitted}[at]
		}
		out = append(out, model.PartitionOffset{TopicPartition: p, Offset: offset})
	}
	return out
}

func partitionsNamed(words []string) (out []model.TopicPartition) {
	for _, w := range words {
		name, _, _ := strings.Cut(w, "@")
		topic, n, _ := strings.Cut(name, "/")
		i, _ := strconv.Atoi(n)
		out = append(out, model.TopicPartition{Topic: topic, Partition: int32(i)})
	}
	return out
}

// A node's own timers and connections are left to it.
func TestDirectLeavesTheRestAlone(t *testing.T) {
	s := buildDirectWorld(t, &dataOptions{profile: "java", reset: "earliest", assignor: "range", brokers: 1, partitions: 1, max: 5})
	d := client.NewDirect((&client.Config{Brokers: []sim.NodeID{0}}).WithDefaults())
	for _, in := range []sim.Input{
		{Kind: sim.InStart}, {Kind: sim.InCommand, Label: "assign"}, {Kind: sim.InTimer, Label: tick},
		{Kind: sim.InMessage, Conn: sim.Conn{Peer: 1}}, {Kind: sim.InClosed, Conn: sim.Conn{Peer: 1}},
	} {
		if d.Step(&in, nil) {
			t.Errorf("it took %+v", in)
		}
	}
	for _, line := range []string{"start b0", "start t1", "assign t1 orders/0@earliest", "poll t1 5"} {
		a, err := s.names.Parse(line)
		if err == nil {
			err = s.world.Apply(s.world.Now(), a)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sim.Drive(s.world, &sim.TimedDriver{Until: 10500 * ms}, 100_000, nil); err != nil {
		t.Fatal(err)
	}
	task := s.world.Node(1).(*taskNode)
	if task.ticks != 10 || !slices.Contains(client.DirectTimers, "metadata") {
		t.Errorf("its own timer went off %d times", task.ticks)
	}
}
