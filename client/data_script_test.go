package client_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The scripts in testdata/data show how records are read and written, and
// offsets committed, in both profiles. Commands, beside do and run of
// TestScripts:
//
//	world [profile=java] [partitions=1] [brokers=1] [reset=earliest] [duration=MS] [max=5] [auto=MS]
//	      [assignor=range] [loop] [work=MS] [commit=sync|async|record] [metadata=MS] [unclean] [lag=MS] [fetch=N]
//	      [records=0] [per=10] [every=MS] [keyless] [keys] [acks=all] [linger=MS] [batch=N] [in-flight=N] [retries=N] [delivery=MS]
//	                 brokers b0…, with more than one a controller c0; members m1 to m3; a producer p1; an admin a1.
//	                 A member of a loop polls, works, and commits; otherwise it does what commands say.
//	run SPAN [only=m1] [wire=Fetch+…]
//	                 also prints when requests of these names arrive
//
// Commands of members: poll m1 N, commit m1 orders/0@5…, commit-async, seek m1
// orders/0@5, seek-to m1 orders/0 latest, pause-fetch m1 orders/0…, resume-fetch, leave m1.
func TestDataScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/data", func(t *testing.T, path string) {
		var s *dataScript
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "world":
				s = newDataScript(t, d)
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

type dataScript struct {
	script
	wire  string
	until sim.Time // up to here time has passed
	admin *client.Admin
	watch func(*model.Event)
	judge *model.Judge // if set, is told the history of clients, and what is done to them
}

// Observe implements sim.Observer.
func (s *dataScript) Observe(at sim.Time, node sim.NodeID, event any) {
	if s.judge != nil {
		e := *event.(*model.Event)
		if e.At = int64(at); strings.HasPrefix(s.names.Name(node), "b") {
			e.Node = s.names.Name(node)
		}
		s.judge.Observe(&e)
	}
	if s.watch != nil {
		s.watch(event.(*model.Event))
		return
	}
	s.script.Observe(at, node, event)
	if e := event.(*model.Event); len(e.Keys) > 0 {
		text := strings.TrimSuffix(s.out.String(), "\n")
		s.out.Reset()
		fmt.Fprintf(&s.out, "%s keys %s\n", text, strings.Join(e.Keys, " "))
	}
}

// do applies actions at the end of what was run.
func (s *dataScript) do(d *datadriven.TestData) string {
	for line := range strings.Lines(d.Input) {
		a, err := s.names.Parse(strings.TrimSpace(line))
		if err == nil {
			err = s.world.Apply(max(s.world.Now(), s.until), a)
		}
		if err != nil {
			return err.Error() + "\n"
		}
	}
	return s.take()
}

// dataOptions are the options of a world.
type dataOptions struct {
	profile, reset, commit, acks, assignor          string
	partitions, brokers, duration, max, auto, work  int
	metadata, records, per, every, linger, batch    int
	inFlight, retries, delivery, fetch, lag         int
	loop, block, unclean, keyless, keys, ownRevoked bool
}

func newDataScript(t *testing.T, d *datadriven.TestData) *dataScript {
	return buildDataWorld(t, scriptOptions(t, d))
}

func scriptOptions(t *testing.T, d *datadriven.TestData) *dataOptions {
	o := dataOptions{profile: "franz", reset: "earliest", acks: "all", assignor: "range", partitions: 1, brokers: 1, max: 5, work: 10,
		per: 10, every: 1000, loop: d.HasArg("loop"), block: d.HasArg("block"), unclean: d.HasArg("unclean"),
		keyless: d.HasArg("keyless"), keys: d.HasArg("keys"), ownRevoked: d.HasArg("own-revoked")}
	for key, at := range map[string]any{"profile": &o.profile, "reset": &o.reset, "commit": &o.commit, "acks": &o.acks,
		"assignor": &o.assignor, "partitions": &o.partitions, "brokers": &o.brokers, "duration": &o.duration, "max": &o.max,
		"auto": &o.auto, "work": &o.work, "metadata": &o.metadata, "records": &o.records, "per": &o.per, "every": &o.every,
		"linger": &o.linger, "batch": &o.batch, "in-flight": &o.inFlight, "retries": &o.retries, "delivery": &o.delivery, "fetch": &o.fetch, "lag": &o.lag} {
		d.MaybeScanArgs(t, key, at)
	}
	return &o
}

const ms = sim.Millisecond

func buildDataWorld(t testing.TB, o *dataOptions) *dataScript {
	s := &dataScript{}
	s.names.Lanes = client.Lanes
	nodes, ids := s.brokers(t, o)
	cfg := func(name string) *client.Config {
		c := client.Config{Profile: client.Profile(o.profile), ClientID: name, Group: "g", Topics: []string{"orders"}, Brokers: ids,
			MaxPollRecords: o.max, SessionTimeout: 10 * sim.Second, Reset: client.Reset(o.reset), ResetDuration: sim.Time(o.duration) * ms,
			BlockRebalanceOnPoll: o.block, Assignors: assignorsNamed(t, o.assignor), MetadataMaxAge: sim.Time(o.metadata) * ms,
			AutoCommit: o.auto > 0, AutoCommitInterval: sim.Time(o.auto) * ms, OwnRevoked: o.ownRevoked, FetchMaxRecords: int32(o.fetch)}
		return c.WithDefaults()
	}
	for _, m := range []string{"m1", "m2", "m3"} {
		s.names.Nodes = append(s.names.Nodes, m)
		nodes = append(nodes, client.NewMember(cfg(m), &hands{s: s, o: o}))
	}
	load := &client.Load{Topic: "orders", Count: o.records, PerTick: o.per, Every: sim.Time(o.every) * ms, Key: strconv.Itoa, Value: strconv.Itoa,
		Producing: client.Producing{Acks: map[string]client.Acks{"all": client.AcksAll, "leader": client.AcksLeader, "none": client.AcksNone}[o.acks],
			Linger: sim.Time(o.linger) * ms, BatchRecords: o.batch, MaxInFlight: o.inFlight, Retries: o.retries, DeliveryTimeout: sim.Time(o.delivery) * ms}}
	if o.keyless {
		load.Key = nil
	}
	s.admin = client.NewAdmin(cfg("a1"))
	s.names.Nodes = append(s.names.Nodes, "p1", "a1")
	writer := client.NewProducer(cfg("p1"), load)
	writer.KeepKeys = o.keys
	nodes = append(nodes, writer, s.admin)
	var err error
	s.world, err = sim.New(sim.Config{Names: s.names, Nodes: nodes, Draws: sim.SeededDraws(1), Network: sim.Network{Base: ms}, Observer: s})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *dataScript) brokers(t testing.TB, o *dataOptions) (nodes []sim.Node, ids []sim.NodeID) {
	settings := broker.DefaultSettings()
	settings.GroupInitialRebalanceDelayMs = 1000
	c := broker.Config{Settings: settings, Topics: []broker.Topic{{Name: "orders", Partitions: int32(o.partitions), ReplicationFactor: int16(o.brokers)}}}
	for b := range o.brokers {
		ids = append(ids, sim.NodeID(b))
		s.names.Nodes = append(s.names.Nodes, fmt.Sprintf("b%d", b))
	}
	if o.brokers == 1 {
		c.Topics[0].ReplicationFactor = 0
		return []sim.Node{broker.New(c)}, ids
	}
	c.Cluster = broker.DefaultClusterSettings()
	c.Cluster.OffsetsTopicNumPartitions = 1
	c.Cluster.UncleanLeaderElectionEnable = o.unclean
	if o.lag > 0 {
		c.Cluster.ReplicaLagTimeMaxMs = int32(o.lag)
	}
	k, err := broker.NewCluster(c, ids, sim.NodeID(o.brokers))
	if err != nil {
		t.Fatal(err)
	}
	s.names.Nodes = append(s.names.Nodes, "c0")
	return k.Nodes(), ids
}

// Acting implements sim.Watcher.
func (s *dataScript) Acting(at sim.Time, a sim.Action) {
	if name := s.names.Name(a.Node); s.judge != nil && !strings.HasPrefix(name, "b") {
		switch a.Kind {
		case sim.Start:
			s.judge.Observe(&model.Event{At: int64(at), Kind: model.Started, Client: name})
		case sim.Crash:
			s.judge.Observe(&model.Event{At: int64(at), Kind: model.Stopped, Client: name, Cause: "crash"})
		}
	}
	if s.wire == "" || a.Kind != sim.Deliver {
		return
	}
	for name := range strings.SplitSeq(s.wire, "+") {
		if a.Label == name && !strings.HasPrefix(s.names.Name(a.Peer), "b") {
			fmt.Fprintf(&s.out, "%v %s→%s %s\n", at, s.names.Name(a.Peer), s.names.Name(a.Node), a.Label)
		}
	}
}

// hands is an application that does what it is told, or polls in a loop.
type hands struct {
	s       *dataScript
	o       *dataOptions
	batches []client.Batch
	waits   int64 // for this commit
}

func (h *hands) say(fx *sim.Effects, format string, args ...any) {
	fmt.Fprintf(&h.s.out, "%v %s ", fx.Now(), fx.Name(fx.Self()))
	fmt.Fprintf(&h.s.out, format+"\n", args...)
}

func (h *hands) Crash() { h.batches, h.waits = nil, 0 }

func (h *hands) Handle(ev *client.AppEvent, c *client.Consumer, fx *sim.Effects) {
	switch ev.Kind {
	case client.AppStarted:
		if h.o.loop {
			c.Poll(h.o.max, fx)
		}
	case client.AppAssigned, client.AppRevoked, client.AppLost:
		c.CallbackDone(fx)
	case client.AppRecords:
		h.batches = ev.Batches
		if h.o.loop {
			fx.SetTimer(client.TimerApp, "work", sim.Time(h.o.work)*ms)
		}
	case client.AppTimed:
		h.worked(c, fx)
	case client.AppCommitted:
		if ev.Err != 0 || !h.o.loop {
			h.say(fx, "hears that its commit ended %v", ev.Err)
		}
		if h.o.loop && ev.Op == h.waits {
			h.waits = 0
			c.Poll(h.o.max, fx)
		}
	case client.AppFailed:
		h.say(fx, "poll failed: %v %v", ev.Err, ev.Partitions)
	case client.AppCommand:
		h.command(ev.Key, c, fx)
	}
}

// worked is the end of the work on what was polled.
func (h *hands) worked(c *client.Consumer, fx *sim.Effects) {
	var next []model.PartitionOffset
	for _, b := range h.batches {
		c.Processed(b.TopicPartition, b.From(), b.To(), fx)
		next = append(next, model.PartitionOffset{TopicPartition: b.TopicPartition, Offset: b.To()})
		if h.o.commit == "record" {
			for _, r := range b.Records {
				h.waits = c.Commit([]model.PartitionOffset{{TopicPartition: b.TopicPartition, Offset: r.Offset + 1}}, fx)
			}
		}
	}
	switch h.o.commit {
	case "sync":
		h.waits = c.Commit(next, fx)
	case "async":
		c.CommitAsync(next, fx)
	}
	if h.waits == 0 {
		c.Poll(h.o.max, fx)
	}
}

func (h *hands) command(line string, c *client.Consumer, fx *sim.Effects) {
	words := strings.Fields(line)
	var ps []model.PartitionOffset
	for _, w := range words[1:] {
		name, at, _ := strings.Cut(w, "@")
		topic, n, _ := strings.Cut(name, "/")
		i, _ := strconv.Atoi(n)
		offset, _ := strconv.ParseInt(at, 10, 64)
		ps = append(ps, model.PartitionOffset{TopicPartition: model.TopicPartition{Topic: topic, Partition: int32(i)}, Offset: offset})
	}
	switch words[0] {
	case "poll":
		n, _ := strconv.Atoi(words[1])
		c.Poll(n, fx)
	case "commit":
		c.Commit(ps, fx)
	case "commit-async":
		c.CommitAsync(ps, fx)
	case "seek":
		c.Seek(ps[0].TopicPartition, ps[0].Offset, -1, fx)
	case "seek-to":
		c.SeekTo(ps[0].TopicPartition, client.Reset(words[2]), fx)
	case "pause-fetch", "resume-fetch":
		for _, p := range ps {
			if words[0] == "pause-fetch" {
				c.Pause(p.TopicPartition)
			} else {
				c.Resume(fx, p.TopicPartition)
			}
		}
	}
}
