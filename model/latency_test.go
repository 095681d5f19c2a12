package model

import (
	"reflect"
	"testing"
)

func parts(offset int64, numbers ...int) []PartitionOffset {
	var list []PartitionOffset
	for _, n := range numbers {
		list = append(list, PartitionOffset{tp(n), offset})
	}
	return list
}

func inGroupG(e Event) Event {
	e.Group = "g"
	if e.Kind == Assigned {
		e.Member = e.Client + "-id"
	}
	return e
}

// measure runs Latency alone.
func measure(events ...Event) ([]Takeover, []Rebalance) {
	var l Latency
	for i := range events {
		e := inGroupG(events[i])
		l.Observe(i, &e, nil)
	}
	l.Finish(nil)
	return l.Takeovers, l.Rebalances
}

func TestTakeovers(t *testing.T) {
	owns := []Event{
		{At: 1, Kind: Assigned, Client: "m1", Generation: 1, Partitions: parts(-1, 0, 1)},
		{At: 1, Kind: Assigned, Client: "m2", Generation: 1, Partitions: parts(-1, 2)},
	}
	take := func(e Takeover) []Takeover {
		e.Group, e.Client, e.Partitions = "g", "m1", 2
		return []Takeover{e}
	}
	for name, c := range map[string]struct {
		events []Event
		want   []Takeover
	}{
		"crash: until the last partition has an owner": {[]Event{
			{At: 10, Kind: Stopped, Client: "m1", Cause: "crash"},
			{At: 30, Kind: Assigned, Client: "m2", Generation: 2, Partitions: parts(-1, 0)},
			{At: 40, Kind: Assigned, Client: "m3", Generation: 2, Partitions: parts(-1, 1)},
		}, take(Takeover{Cause: "crash", Begin: 10, End: 40, Stopped: true})},
		"a vanished machine counts from the fault": {[]Event{
			{At: 10, Kind: Fault, Client: "m1", Cause: "vanish m1"},
			{At: 20, Kind: Stopped, Client: "m1", Cause: "crash"},
			{At: 40, Kind: Assigned, Client: "m3", Generation: 2, Partitions: parts(-1, 0, 1)},
		}, take(Takeover{Cause: "vanish m1", Begin: 10, End: 40, Stopped: true})},
		"the owner itself may be its successor": {[]Event{
			{At: 10, Kind: Stopped, Client: "m1", Cause: "crash"},
			{At: 15, Kind: Started, Client: "m1"},
			{At: 40, Kind: Assigned, Client: "m1", Generation: 2, Partitions: parts(-1, 0, 1)},
		}, take(Takeover{Cause: "crash", Begin: 10, End: 40, Stopped: true})},
		"a paused owner comes back in time": {[]Event{
			{At: 10, Kind: Fault, Client: "m1", Cause: "pause m1"},
			{At: 15, Kind: Commit, Client: "m1"},
			{At: 20, Kind: CommitDone, Client: "m1"},
		}, take(Takeover{Cause: "pause m1", Begin: 10, End: 20, Recovered: true})},
		"an answer to what it asked before says nothing": {[]Event{
			{At: 5, Kind: Commit, Client: "m1"},
			{At: 10, Kind: Fault, Client: "m1", Cause: "leave m1"},
			{At: 12, Kind: CommitDone, Client: "m1"},
			{At: 40, Kind: Assigned, Client: "m3", Generation: 2, Partitions: parts(-1, 0, 1)},
		}, take(Takeover{Cause: "leave m1", Begin: 10, End: 40})},
		"nor does the last commit of one that leaves": {[]Event{
			{At: 10, Kind: Fault, Client: "m1", Cause: "leave m1"},
			{At: 11, Kind: Revoked, Client: "m1", Partitions: parts(0, 0, 1)},
			{At: 12, Kind: Commit, Client: "m1"},
			{At: 13, Kind: CommitDone, Client: "m1"},
			{At: 40, Kind: Assigned, Client: "m3", Generation: 2, Partitions: parts(-1, 0, 1)},
		}, take(Takeover{Cause: "leave m1", Begin: 10, End: 40})},
		"nobody comes": {[]Event{
			{At: 10, Kind: Stopped, Client: "m1", Cause: "leave"},
		}, take(Takeover{Cause: "leave", Begin: 10, End: -1, Stopped: true})},
		"the run ends": {[]Event{
			{At: 10, Kind: Stopped, Client: "m1", Cause: CauseEnd},
		}, nil},
		"it had given all up": {[]Event{
			{At: 5, Kind: Revoked, Client: "m1", Partitions: parts(0, 0, 1)},
			{At: 6, Kind: RevokeDone, Client: "m1"},
			{At: 10, Kind: Stopped, Client: "m1", Cause: "leave"},
		}, nil},
	} {
		if got, _ := measure(append(owns[:len(owns):len(owns)], c.events...)...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestRebalanceTimes(t *testing.T) {
	for name, c := range map[string]struct {
		events []Event
		want   []Rebalance
	}{
		"told by the coordinator": {[]Event{
			{At: 5, Kind: Joining, Client: "m1", Cause: "start"},
			{At: 10, Kind: Rebalancing, Cause: "m1 joins"},
			{At: 20, Kind: Formed, Generation: 1, Members: []string{"m1-id", "m2-id"}},
			{At: 25, Kind: Assigned, Client: "m1", Generation: 1},
			{At: 35, Kind: Assigned, Client: "m2", Generation: 1},
		}, []Rebalance{{Group: "g", Generation: 1, Cause: "m1 joins", Begin: 10, Formed: 20, End: 35}}},
		"one after another": {[]Event{
			{At: 10, Kind: Rebalancing, Cause: "m1 joins"},
			{At: 20, Kind: Formed, Generation: 1, Members: []string{"m1-id"}},
			{At: 22, Kind: Rebalancing, Cause: "m2 joins"},
			{At: 25, Kind: Assigned, Client: "m1", Generation: 1}, // late
			{At: 30, Kind: Formed, Generation: 2, Members: []string{"m1-id"}},
			{At: 40, Kind: Assigned, Client: "m1", Generation: 2},
		}, []Rebalance{
			{Group: "g", Generation: 1, Cause: "m1 joins", Begin: 10, Formed: 20, End: -1},
			{Group: "g", Generation: 2, Cause: "m2 joins", Begin: 22, Formed: 30, End: 40},
		}},
		"not told": {[]Event{
			{At: 10, Kind: Joining, Client: "m1", Cause: "start"},
			{At: 12, Kind: Joining, Client: "m2", Cause: "start"},
			{At: 14, Kind: Joining, Client: "m3", Cause: "start"},
			{At: 25, Kind: Assigned, Client: "m1", Generation: 1},
			{At: 26, Kind: Stopped, Client: "m3", Cause: "crash"},
			{At: 35, Kind: Assigned, Client: "m2", Generation: 1},
		}, []Rebalance{{Group: "g", Generation: 1, Cause: "start", Begin: 10, Formed: -1, End: 35}}},
		"to nothing": {[]Event{
			{At: 10, Kind: Joining, Client: "m1", Cause: "start"},
			{At: 20, Kind: Stopped, Client: "m1", Cause: "crash"},
		}, []Rebalance{{Group: "g", Cause: "start", Begin: 10, Formed: -1, End: -1}}},
	} {
		if _, got := measure(c.events...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, c.want)
		}
	}
}
