package broker_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// asker sends what it is told to and keeps what was acknowledged. It asks one
// thing at a time of each broker.
type asker struct {
	next  sim.Message `canon:"shared"`
	to    sim.NodeID
	asked [clusterBrokers]sim.Message `canon:"shared"`

	produced  []acked
	committed []int64 // offsets whose commit was acknowledged
}

type acked struct {
	api.TopicPartition
	offset int64
	value  string
}

const clusterBrokers = 3

func (a *asker) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InCommand:
		if a.next != nil && a.asked[a.to] == nil {
			a.asked[a.to] = a.next
			fx.Send(a.to, 0, a.next)
		}
		a.next = nil
	case sim.InClosed:
		a.asked[in.Conn.Peer] = nil
	case sim.InMessage:
		was := a.asked[in.Conn.Peer]
		a.asked[in.Conn.Peer] = nil
		a.learn(was, in.Msg)
	}
}

func (a *asker) learn(was, m sim.Message) {
	switch r := m.(type) {
	case *api.ProduceResponse:
		if q := was.(*api.ProduceRequest); q.Acks == -1 && r.Partitions[0].ErrorCode == api.None {
			a.produced = append(a.produced, acked{r.Partitions[0].TopicPartition, r.Partitions[0].BaseOffset, q.Partitions[0].Records[0].Value})
		}
	case *api.OffsetCommitResponse:
		if r.Partitions[0].ErrorCode == api.None {
			a.committed = append(a.committed, was.(*api.OffsetCommitRequest).Partitions[0].CommittedOffset)
		}
	}
}

func (a *asker) Crash()                                 {}
func (a *asker) Clone() sim.Node                        { return canon.Clone(a) }
func (a *asker) Encode(now sim.Time, buf []byte) []byte { return canon.Append(buf, int64(now), a) }

// clusterWorld is a world of three brokers, a controller and two askers.
type clusterWorld struct {
	*sim.World
	k      *broker.Cluster
	serial int
	keeps  bool // __consumer_offsets is not compacted
	rt     *rapid.T
}

func newClusterWorld(rt *rapid.T, unclean bool) *clusterWorld {
	rules := broker.DefaultClusterSettings()
	rules.MinInsyncReplicas = rapid.SampledFrom([]int32{1, 1, 2}).Draw(rt, "min isr")
	rules.ReplicaLagTimeMaxMs = rapid.SampledFrom([]int32{2000, 30_000}).Draw(rt, "lag")
	rules.UnloadDelay = rapid.SampledFrom([]sim.Time{0, sim.Second}).Draw(rt, "unload")
	rules.UncleanLeaderElectionEnable = unclean
	config := broker.Config{Cluster: rules, Topics: []broker.Topic{{Name: "orders", Partitions: 2, ReplicationFactor: 3}}}
	k, err := broker.NewCluster(config, []sim.NodeID{0, 1, 2}, 3)
	if err != nil {
		rt.Fatal(err)
	}
	w, err := sim.New(sim.Config{
		Names: sim.Names{Nodes: []string{"b0", "b1", "b2", "c0", "m1", "m2"}, Lanes: []string{"", "x"}},
		Nodes: append(k.Nodes(), &asker{}, &asker{}), Draws: sim.FixedDraws(), Untimed: true,
	})
	if err != nil {
		rt.Fatal(err)
	}
	c := &clusterWorld{World: w, k: k, rt: rt}
	for _, n := range []sim.NodeID{3, 0, 1, 2, 4, 5} {
		c.try(sim.Action{Kind: sim.Start, Node: n, Peer: sim.Nobody})
	}
	c.wait(200 * sim.Millisecond)
	return c
}

func (w *clusterWorld) try(a sim.Action) { _ = w.Apply(w.Now(), a) }

// wait lets everything happen that is due in a span.
func (w *clusterWorld) wait(d sim.Time) {
	until := w.Now() + d
	for range 100_000 {
		c, ok := w.Next()
		if !ok || c.At > until {
			return
		}
		_ = w.Apply(c.At, c.Action)
	}
	w.rt.Fatalf("it does not get beyond %v", w.Now())
}

// random lets something happen, in any order that links allow.
func (w *clusterWorld) random(rt *rapid.T) {
	switch rapid.IntRange(0, 19).Draw(rt, "what") {
	case 0, 1, 2, 3, 4, 5:
		var delivers []sim.Action
		for _, c := range w.Enabled(nil) {
			if c.Action.Kind == sim.Deliver {
				delivers = append(delivers, c.Action)
			}
		}
		if len(delivers) > 0 {
			w.try(rapid.SampledFrom(delivers).Draw(rt, "deliver"))
		}
	case 6, 7, 8, 9:
		w.wait(rapid.SampledFrom([]sim.Time{0, 10 * sim.Millisecond, sim.Second, 10 * sim.Second}).Draw(rt, "span"))
	case 10:
		w.fault(rt)
	case 11:
		p := rapid.SampledFrom([]string{"orders/0", "orders/1", "__consumer_offsets/0"}).Draw(rt, "partition")
		w.try(sim.Action{Kind: sim.Command, Node: 3, Peer: sim.Nobody, Label: controller.CommandMoveLeader, Key: p + fmt.Sprintf(" b%d", rapid.IntRange(0, 2).Draw(rt, "to"))})
	case 12:
		if w.keeps {
			return
		}
		w.try(sim.Action{Kind: sim.Command, Node: sim.NodeID(rapid.IntRange(0, 2).Draw(rt, "broker")), Peer: sim.Nobody, Label: broker.CommandCompact})
	default:
		w.ask(sim.NodeID(rapid.IntRange(4, 5).Draw(rt, "client")), sim.NodeID(rapid.IntRange(0, 2).Draw(rt, "broker")), w.request(rt))
	}
}

func (w *clusterWorld) fault(rt *rapid.T) {
	kind := rapid.SampledFrom([]sim.Kind{sim.Crash, sim.Start, sim.Start, sim.Cut, sim.Heal, sim.Heal, sim.Pause, sim.Resume}).Draw(rt, "fault")
	a := sim.Action{Kind: kind, Node: sim.NodeID(rapid.IntRange(0, 2).Draw(rt, "broker")), Peer: sim.Nobody}
	if kind == sim.Cut || kind == sim.Heal {
		a.Peer = sim.NodeID(rapid.IntRange(0, 3).Draw(rt, "peer"))
		if a.Peer == a.Node {
			return
		}
	}
	w.try(a)
}

func (w *clusterWorld) ask(client, to sim.NodeID, m sim.Message) {
	a := w.Node(client).(*asker)
	a.next, a.to = m, to
	w.try(sim.Action{Kind: sim.Command, Node: client, Peer: sim.Nobody, Label: "send"})
}

// request is a record to append, or an offset to commit: always a greater one.
func (w *clusterWorld) request(rt *rapid.T) sim.Message {
	w.serial++
	p := api.TopicPartition{Topic: "orders", Partition: int32(rapid.IntRange(0, 1).Draw(rt, "partition"))}
	if rapid.Bool().Draw(rt, "commits") {
		return &api.OffsetCommitRequest{
			Header: api.Header{APIVersion: 9}, GroupID: "g", GenerationIDOrMemberEpoch: -1,
			Partitions: []api.OffsetCommitPartition{{TopicPartition: api.TopicPartition{Topic: "orders"}, CommittedOffset: int64(w.serial)}},
		}
	}
	return &api.ProduceRequest{
		Header: api.Header{APIVersion: 9}, Acks: rapid.SampledFrom([]int16{-1, -1, 1}).Draw(rt, "acks"), TimeoutMs: 30_000,
		Partitions: []api.ProducePartition{{TopicPartition: p, Records: []api.Record{{Value: fmt.Sprintf("v%d", w.serial)}}}},
	}
}

// checkAgree: what two replicas both know to be committed is the same.
func (w *clusterWorld) checkAgree(rt *rapid.T) {
	for i := range int32(2) {
		p := api.TopicPartition{Topic: "orders", Partition: i}
		for x, a := range w.k.Brokers {
			for y, b := range w.k.Brokers[:x] {
				la, lb := a.Log(p), b.Log(p)
				if la == nil || lb == nil {
					continue
				}
				hw := min(la.HighWatermark(), lb.HighWatermark())
				for at := int64(0); at < hw; at++ {
					if ra, rb := la.Read(at, at+1, 1)[0], lb.Read(at, at+1, 1)[0]; ra != rb {
						rt.Fatalf("%v: at %d b%d has %v, b%d %v; both take it for committed", p, at, x, ra, y, rb)
					}
				}
			}
		}
	}
}

// calm heals everything, and gives the cluster time to be as one.
func (w *clusterWorld) calm(rt *rapid.T) {
	for n := range sim.NodeID(3) {
		for peer := range sim.NodeID(4) {
			w.try(sim.Action{Kind: sim.Heal, Node: n, Peer: peer})
		}
		w.try(sim.Action{Kind: sim.Resume, Node: n, Peer: sim.Nobody})
	}
	for range 3 { // a broker may have to wait until its last session is over
		for n := range sim.NodeID(3) {
			w.try(sim.Action{Kind: sim.Start, Node: n, Peer: sim.Nobody})
		}
		w.wait(40 * sim.Second)
	}
	for _, t := range w.k.Controller.Image().Topics {
		for i, p := range t.Partitions {
			tp := api.TopicPartition{Topic: t.Name, Partition: int32(i)}
			if p.Leader < 0 || len(p.ISR) != 3 {
				rt.Fatalf("%v is led by %d, in sync are %v", tp, p.Leader, p.ISR)
			}
			lead := w.k.Brokers[p.Leader].Replica(tp)
			for id, b := range w.k.Brokers {
				if r := b.Replica(tp); r.End() != lead.End() || r.HighWatermark() != lead.End() || r.Epoch() != p.LeaderEpoch {
					rt.Fatalf("%v: b%d ends at %d of %d, high watermark %d, epoch %d of %d", tp, id, r.End(), lead.End(), r.HighWatermark(), r.Epoch(), p.LeaderEpoch)
				}
			}
		}
	}
	w.checkAgree(rt)
}

// TestNothingCommittedIsLost: with clean elections alone, what was acknowledged
// under acks=-1 is there for ever, in its place, on all replicas; an
// acknowledged commit survives its coordinator (I-O2, I-C6).
func TestNothingCommittedIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newClusterWorld(rt, false)
		w.keeps = true
		for range rapid.IntRange(10, 200).Draw(rt, "steps") {
			w.random(rt)
			w.checkAgree(rt)
		}
		w.calm(rt)
		log := map[int64]bool{} // the offsets that were committed, as the log has them
		for _, r := range w.k.Brokers[0].Coordinator().Records() {
			log[r.Commit.Offset] = true
		}
		for _, n := range []sim.NodeID{4, 5} {
			a := w.Node(n).(*asker)
			for _, offset := range a.committed {
				if !log[offset] {
					rt.Fatalf("the commit of %d was acknowledged and is gone", offset)
				}
			}
			for _, r := range a.produced {
				got := w.k.Brokers[0].Log(r.TopicPartition).Read(r.offset, r.offset+1, 1)
				if len(got) != 1 || got[0].Value != r.value {
					rt.Fatalf("%v: %s was acknowledged at %d, where there is %v now", r.TopicPartition, r.value, r.offset, got)
				}
			}
		}
	})
}

// TestUncleanClustersAgree: also when what was committed is lost, all replicas
// are the same in the end.
func TestUncleanClustersAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newClusterWorld(rt, true)
		for range rapid.IntRange(10, 150).Draw(rt, "steps") {
			w.random(rt)
		}
		w.calm(rt)
	})
}

// TestClusterClone: a copy of a cluster's world does what its original does.
func TestClusterClone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newClusterWorld(rt, rapid.Bool().Draw(rt, "unclean"))
		for range rapid.IntRange(0, 60).Draw(rt, "steps") {
			w.random(rt)
		}
		before := w.Encode(nil)
		c := w.Clone()
		if !bytes.Equal(c.Encode(nil), before) {
			rt.Fatal("a copy differs from its original")
		}
		for range 80 {
			x, _ := c.Next()
			if err := c.Apply(x.At, x.Action); err != nil {
				rt.Fatal(err)
			}
		}
		if !bytes.Equal(w.Encode(nil), before) {
			rt.Fatal("what the copy did changed its original")
		}
		c = w.Clone()
		for range 80 {
			x, _ := w.Next()
			y, _ := c.Next()
			if x != y {
				rt.Fatalf("next is %v, and %v in the copy", x, y)
			}
			if w.Apply(x.At, x.Action) != nil || c.Apply(y.At, y.Action) != nil {
				rt.Fatalf("%v cannot be", x)
			}
			if !bytes.Equal(c.Encode(nil), w.Encode(nil)) {
				rt.Fatalf("after %v the copy differs", x)
			}
		}
	})
}
