package client_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// The scripts in testdata/share show share consumers against shareBroker, and
// what goes over the wire. Commands:
//
//	world [profile=java] [partitions=1] [max=5] [explicit] [strict] [lock=MS] [records=5] [loop] [work=MS] [silent] [release=N] [commit]
//	                 brokers b0, the coordinator, and b1, which lead partitions in turn; members m1 and m2. A member
//	                 of a loop polls, works, and acknowledges; otherwise it does what commands say.
//	do ACTION…       start m1, crash m1, … and those of shareBroker.command
//	run SPAN [quiet] quiet leaves out heartbeats, and fetches that bring no acknowledgement
//
// Commands of members: poll m1 N, accept m1 orders/0@3…, release, reject, renew,
// rest m1 TYPE, commit m1, commit-async m1, leave m1.
func TestShareScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/share", func(t *testing.T, path string) {
		var s *shareScript
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "world":
				s = newShareScript(t, shareOptionsOf(t, d))
				return ""
			case "do":
				return s.do(d)
			case "run":
				s.quiet = d.HasArg("quiet")
				span, err := sim.ParseTime(d.CmdArgs[0].Key)
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				s.until += span
				if _, err := sim.Drive(s.world, &sim.TimedDriver{Until: s.until}, 100_000, nil); err != nil {
					return err.Error() + "\n"
				}
				for _, w := range s.cluster.wrong {
					s.write(s.until, "WRONG: a client %s", w)
				}
				s.cluster.wrong = nil
				return s.take()
			}
			d.Fatalf(t, "no command is called %q", d.Cmd)
			return ""
		})
	})
}

type shareOptions struct {
	profile                                       string
	partitions, max, lock, records, work, release int
	explicit, strict, loop, silent, commit        bool
}

func shareOptionsOf(t *testing.T, d *datadriven.TestData) *shareOptions {
	o := &shareOptions{profile: "franz", partitions: 1, max: 5, lock: 30_000, records: 5, work: 10,
		explicit: d.HasArg("explicit"), strict: d.HasArg("strict"), loop: d.HasArg("loop"), silent: d.HasArg("silent"), commit: d.HasArg("commit")}
	for key, at := range map[string]any{"profile": &o.profile, "partitions": &o.partitions, "max": &o.max, "lock": &o.lock,
		"records": &o.records, "work": &o.work, "release": &o.release} {
		d.MaybeScanArgs(t, key, at)
	}
	return o
}

type shareScript struct {
	script
	cluster *shareCluster
	until   sim.Time
	quiet   bool
	watch   func(*model.Event)
}

func newShareScript(t interface{ Fatal(...any) }, o *shareOptions) *shareScript {
	s := &shareScript{}
	s.names = sim.Names{Nodes: []string{"b0", "b1", "m1", "m2"}, Lanes: client.Lanes}
	s.cluster = &shareCluster{logs: map[model.TopicPartition][]shareOffset{}, leaders: map[model.TopicPartition]int32{},
		epochs: map[model.TopicPartition]int32{}, members: map[string]int32{}, given: map[string][]model.TopicPartition{},
		lock: sim.Time(o.lock) * ms, refuse: map[string][]api.ErrorCode{}, say: s.write}
	for i := range o.partitions {
		p := model.TopicPartition{Topic: "orders", Partition: int32(i)}
		s.cluster.order = append(s.cluster.order, p)
		s.cluster.leaders[p] = int32(i % 2)
		s.cluster.logs[p] = make([]shareOffset, o.records)
	}
	nodes := []sim.Node{&shareBroker{c: s.cluster}, &shareBroker{c: s.cluster, id: 1}}
	for _, m := range s.names.Nodes[2:] {
		cfg := client.ShareConfig{Config: client.Config{Profile: client.Profile(o.profile), ClientID: m, Group: "g", Topics: []string{"orders"},
			Brokers: []sim.NodeID{0, 1}, MaxPollRecords: o.max, MetadataMaxAge: 10 * sim.Second},
			MaxRecords: int32(o.max), Strict: o.strict, Explicit: o.explicit}
		if o.loop {
			nodes = append(nodes, client.NewShareLoopMember(cfg.WithDefaults(), client.ShareLoop{Max: o.max, Work: sim.Time(o.work) * ms,
				Silent: o.silent, Release: int64(o.release), Commit: o.commit}))
		} else {
			nodes = append(nodes, client.NewShareMember(cfg.WithDefaults(), &shareHands{s: s}))
		}
	}
	var err error
	s.world, err = sim.New(sim.Config{Names: s.names, Nodes: nodes, Draws: sim.SeededDraws(1), Network: sim.Network{Base: ms}, Observer: s})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write adds a line to the output.
func (s *shareScript) write(at sim.Time, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if s.quiet && (strings.Contains(line, "heartbeat") || strings.Contains(line, "ShareFetch") && !strings.Contains(line, ":[")) {
		return
	}
	fmt.Fprintf(&s.out, "%v %s\n", at, line)
}

func (s *shareScript) do(d *datadriven.TestData) string {
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

// Observe implements sim.Observer.
func (s *shareScript) Observe(at sim.Time, node sim.NodeID, event any) {
	e := event.(*model.Event)
	if s.watch != nil {
		s.watch(e)
	}
	switch e.Kind {
	case model.ShareAcquired:
		s.write(at, "%s acquired %v [%d,%d) x%d from %s", s.names.Name(node), e.TopicPartition, e.From, e.To, e.Deliveries, e.Node)
	case model.ShareAcknowledgeDone:
		if e.Error != "" {
			s.write(at, "%s acknowledgement of %v ended %s", s.names.Name(node), e.TopicPartition, e.Error)
		}
	case model.Joining, model.Stopped:
		s.write(at, "%s %s %s", s.names.Name(node), e.Kind, e.Cause)
	}
}

// shareHands is an application that does what it is told.
type shareHands struct{ s *shareScript }

func (h *shareHands) Crash() {}

func (h *shareHands) say(fx *sim.Effects, format string, args ...any) {
	h.s.write(fx.Now(), "%s %s", fx.Name(fx.Self()), fmt.Sprintf(format, args...))
}

func (h *shareHands) Handle(ev *client.ShareEvent, c *client.ShareConsumer, fx *sim.Effects) {
	switch ev.Kind {
	case client.ShareRecords:
		text := ""
		for _, b := range ev.Batches {
			text += fmt.Sprintf(" %v", b.TopicPartition)
			for _, r := range b.Records {
				text += fmt.Sprintf(" %d", r.Offset)
			}
			text += fmt.Sprintf(" x%d", b.DeliveryCount)
		}
		h.say(fx, "polled%s", text)
	case client.ShareAcknowledged:
		h.say(fx, "hears %v", ev.Results)
	case client.ShareCommitted:
		h.say(fx, "committed %v", ev.Results)
	case client.ShareFailed:
		h.say(fx, "failed: %v %v fatal=%v", ev.Err, ev.Results, ev.Fatal)
	case client.ShareMisused:
		h.say(fx, "must acknowledge first")
	case client.ShareClosed:
		h.say(fx, "closed")
	case client.ShareCommand:
		h.command(ev.Key, c, fx)
	}
}

var ackTypes = map[string]int8{"accept": api.AckAccept, "release": api.AckRelease, "reject": api.AckReject, "renew": api.AckRenew}

func (h *shareHands) command(line string, c *client.ShareConsumer, fx *sim.Effects) {
	words := strings.Fields(line)
	switch words[0] {
	case "poll":
		var n int
		_, _ = fmt.Sscan(words[1], &n)
		c.Poll(n, fx)
	case "commit":
		c.Commit(fx)
	case "commit-async":
		c.CommitAsync(fx)
	case "rest":
		c.AcknowledgeRest(ackTypes[words[1]])
	default:
		for _, w := range words[1:] {
			name, at, _ := strings.Cut(w, "@")
			var offset int64
			_, _ = fmt.Sscan(at, &offset)
			if !c.Acknowledge(partitionNamed(name), offset, offset+1, ackTypes[words[0]]) {
				h.say(fx, "cannot %s %s", words[0], w)
			}
		}
	}
}
