package gauges

import (
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// read gives what a gauge reads of a history.
func read(g scenarios.Gauge, events ...model.Event) []int64 {
	t := &scenarios.Trial{Spec: &scenarios.Spec{Group: scenarios.Classic("g", assignor.Range), Warmup: time.Second}}
	m := g.New(t)
	for i := range events {
		m.Observe(&events[i])
	}
	return m.Read(&scenarios.Outcome{Trial: t})
}

func at(ms int64, kind model.Kind, from, to int64) model.Event {
	return model.Event{At: ms * 1000, Kind: kind, Group: "g", TopicPartition: model.TopicPartition{Topic: "t"}, From: from, To: to}
}

func produced(ms, from, to int64) model.Event {
	e := at(ms, model.Produced, from, to)
	e.Group = ""
	return e
}

func TestLatency(t *testing.T) {
	history := []model.Event{
		{At: 500_000, Kind: model.Started, Client: "m1"}, // in the warm-up
		produced(1500, 0, 2), at(1510, model.Processed, 0, 2),
		{At: 2_000_000, Kind: model.Started, Client: "m2"},
		at(2090, model.Processed, 2, 3), produced(2100, 2, 5), // processed before the producer knew
		at(2300, model.Processed, 3, 4), at(2500, model.Processed, 3, 5), // 3 twice: the first counts
		produced(3100, 5, 6), at(3101, model.Processed, 5, 6),
		produced(3200, 6, 7), // nobody processes it
	}
	for _, c := range []struct {
		from, to time.Duration
		want     []int64
	}{
		{-time.Second, 0, []int64{10_000, 10_000}},
		{0, time.Second, []int64{0, 200_000, 400_000}},
		{time.Second, 2 * time.Second, []int64{1_000}},
	} {
		if got := read(Latency("x", c.from, c.to), history...); !slices.Equal(got, c.want) {
			t.Errorf("from %v to %v: %v, want %v", c.from, c.to, got, c.want)
		}
	}
	around := LatencyAround(-time.Second, time.Second, 500*time.Millisecond)
	if len(around) != 4 || around[3].Name != LatencyFrom(500*time.Millisecond) {
		t.Errorf("%d gauges, the last %q", len(around), around[len(around)-1].Name)
	}
	if got := read(Latency("x", 0, time.Hour), history[:3]...); got != nil {
		t.Errorf("nothing happened, and there is %v", got)
	}
}

func TestRepeatsCountUntilTheFaultsStop(t *testing.T) {
	got := read(Repeats(), at(1, model.Processed, 0, 5), at(2, model.Processed, 3, 7), at(3, model.Processed, 4, 5),
		model.Event{At: 4000, Kind: model.Calm}, at(5, model.Processed, 0, 7))
	if !slices.Equal(got, []int64{3}) {
		t.Errorf("%v records came again, want 3", got)
	}
}
