package gauges

import (
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

func parts(ns ...int32) (out []model.PartitionOffset) {
	for _, n := range ns {
		out = append(out, model.PartitionOffset{TopicPartition: model.TopicPartition{Topic: "orders", Partition: n}})
	}
	return out
}

// course is the life of a group of three: m1 crashes at 20 s, m2 takes what it
// had at 25 s and stops reading for a second, m3 joins and takes one of m2's;
// after the faults m1 comes back. Another group does other things.
func course() []model.Event {
	const s = 1_000_000
	in := func(at int64, kind model.Kind, client string, generation int32, ns ...int32) model.Event {
		return model.Event{At: at, Kind: kind, Client: client, Group: "g", Generation: generation, Partitions: parts(ns...)}
	}
	return []model.Event{
		{At: 1 * s, Kind: model.Started, Client: "m1"},
		in(3*s, model.Assigned, "m1", 1, 0, 1), in(4*s, model.Assigned, "m2", 1, 2),
		{At: 5 * s, Kind: model.Produced, TopicPartition: parts(0)[0].TopicPartition, From: 0, To: 30},
		{At: 5 * s, Kind: model.Produced, TopicPartition: parts(2)[0].TopicPartition, From: 0, To: 10},
		{At: 6 * s, Kind: model.Processed, Group: "g", Client: "m1", TopicPartition: parts(0)[0].TopicPartition, To: 30},
		{At: 12 * s, Kind: model.Assigned, Group: "other", Client: "m9", Generation: 7, Partitions: parts(0, 1, 2)},
		{At: 20 * s, Kind: model.Stopped, Client: "m1", Cause: "crash"},
		in(24*s, model.Revoked, "m2", 1, 2),
		{At: 24 * s, Kind: model.Commit, Group: "g", Client: "m2", Op: 1}, {At: 24 * s, Kind: model.CommitDone, Group: "g", Client: "m2", Op: 1},
		in(24*s, model.RevokeDone, "m2", 1, 2),
		in(25*s, model.Assigned, "m2", 2, 0, 1, 2),
		in(30*s, model.Lost, "m2", 2, 2),
		{At: 30 * s, Kind: model.Commit, Group: "g", Client: "m2", Op: 2}, {At: 30 * s, Kind: model.CommitDone, Group: "g", Client: "m2", Op: 2, Error: "UNKNOWN_MEMBER_ID"},
		in(30*s, model.RevokeDone, "m2", 2, 2),
		in(31*s, model.Assigned, "m3", 3, 2), in(31*s, model.Assigned, "m2", 3),
		in(38*s, model.Revoked, "m3", 3, 2),
		{At: 40 * s, Kind: model.Calm},
		in(44*s, model.Assigned, "m1", 4, 0, 2),
	}
}

func TestGauges(t *testing.T) {
	trial := &scenarios.Trial{Spec: &scenarios.Spec{Group: scenarios.Classic("g", assignor.Range), Warmup: 10 * time.Second,
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}}}
	for _, c := range []struct {
		gauge scenarios.Gauge
		want  []int64
	}{
		// 0 and 1 for 5 s; 2 for 1 s, 1 s, and 2 s until the faults stop.
		{PauseArea(), []int64{5000 + 5000 + 1000 + 1000 + 2000}},
		{Unowned(), []int64{1_000_000, 1_000_000, 5_000_000, 5_000_000, 6_000_000}},
		{Moved(), []int64{3}},    // 0 and 1 to m2, 2 to nobody
		{Shuffled(), []int64{0}}, // m1 was not there in the end
		{Imbalance(), []int64{2}},
		{Active(), []int64{1}}, {Idle(), []int64{1}},
		{Rounds(), []int64{2}}, {StartRounds(), []int64{1}}, {TimeToStable(), []int64{3_000_000}},
		{FirstAssigned(), []int64{3_000_000}}, {FirstProcessed(), []int64{6_000_000}},
		{PerPartition(), []int64{0, 10, 30}}, {ChiSquare(), []int64{35_000}},
		{Callbacks(model.Revoked), []int64{2}}, {Callbacks(model.Lost), []int64{1}},
		{CommitsTaken(model.Revoked), []int64{1}}, {CommitsRefused(model.Revoked), []int64{0}},
		{CommitsTaken(model.Lost), []int64{0}}, {CommitsRefused(model.Lost), []int64{1}},
	} {
		m := c.gauge.New(trial)
		for _, e := range course() {
			m.Observe(&e)
		}
		got := slices.Sorted(slices.Values(m.Read(&scenarios.Outcome{Trial: trial})))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v %s, want %v", c.gauge.Name, got, c.gauge.Unit, c.want)
		}
	}
}

// A partition that goes from one member to another, both of whom stay, was
// shuffled.
func TestShuffled(t *testing.T) {
	trial := &scenarios.Trial{Spec: &scenarios.Spec{Group: scenarios.Classic("g"), Warmup: time.Second}}
	m := Shuffled().New(trial)
	for _, e := range []model.Event{
		{Kind: model.Assigned, Group: "g", Client: "m1", Partitions: parts(0)}, {Kind: model.Assigned, Group: "g", Client: "m2", Partitions: parts(1)},
		{At: 2_000_000, Kind: model.Revoked, Group: "g", Client: "m1", Partitions: parts(0)},
		{At: 3_000_000, Kind: model.Assigned, Group: "g", Client: "m2", Partitions: parts(0)},
		{At: 4_000_000, Kind: model.Calm},
	} {
		m.Observe(&e)
	}
	if got := m.Read(nil); !slices.Equal(got, []int64{1}) {
		t.Errorf("%v partitions were shuffled, want 1", got)
	}
}
