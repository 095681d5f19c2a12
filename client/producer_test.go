package client_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim"
)

// moody is a leader that refuses the first request it gets, and writes down
// the rest.
type moody struct {
	refused bool
	log     []string
}

func (m *moody) Crash() {}

func (m *moody) Step(in *sim.Input, fx *sim.Effects) {
	switch r := in.Msg.(type) {
	case *api.MetadataRequest:
		fx.ReplyTagged(in.Conn, &api.MetadataResponse{Brokers: []int32{0}, Topics: []api.MetadataTopic{
			{Name: "orders", Partitions: []api.MetadataPartition{{}}}}}, in.Tag)
	case *api.ProduceRequest:
		out := api.ProducePartitionResponse{TopicPartition: r.Partitions[0].TopicPartition, BaseOffset: int64(len(m.log))}
		if !m.refused {
			m.refused, out.ErrorCode = true, api.NotEnoughReplicas
		} else {
			for _, rec := range r.Partitions[0].Records {
				m.log = append(m.log, rec.Key)
			}
		}
		fx.ReplyTagged(in.Conn, &api.ProduceResponse{Partitions: []api.ProducePartitionResponse{out}}, in.Tag)
	}
}

// Of three requests under way the first is refused. Java's others count, and
// the first comes behind them: out of order. kgo sends all three again: in
// order, and two of them twice.
func TestRefusedBatchOfSeveralUnderWay(t *testing.T) {
	for profile, want := range map[client.Profile]string{client.Java: "1 2 0", client.Franz: "1 2 0 1 2"} { //ordered: each stands for itself
		names := sim.Names{Nodes: []string{"b0", "p1"}, Lanes: client.Lanes}
		broker := &moody{}
		cfg := client.Config{Profile: profile, ClientID: "p1", Brokers: []sim.NodeID{0}}.WithDefaults()
		p := client.NewProducer(cfg, &client.Load{Topic: "orders", Count: 3, PerTick: 3, Every: sim.Second, Key: strconv.Itoa, Value: strconv.Itoa,
			Producing: client.Producing{BatchRecords: 1, MaxInFlight: 5}})
		w, err := sim.New(sim.Config{Names: names, Nodes: []sim.Node{broker, p}, Draws: sim.SeededDraws(1), Network: sim.Network{Base: sim.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names.Nodes {
			a, _ := names.Parse("start " + n)
			if err := w.Apply(0, a); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := sim.Drive(w, &sim.TimedDriver{Until: 10 * sim.Second}, 10_000, nil); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(broker.log, " "); got != want || !p.Done() {
			t.Errorf("%s: the log is %q, want %q; done: %v", profile, got, want, p.Done())
		}
	}
}
