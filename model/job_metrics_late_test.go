package model

import (
	"slices"
	"testing"
)

// A notification that comes after a later checkpoint's may be counted or not;
// any other must be.
func TestLateNotificationsCountOrNot(t *testing.T) {
	history := func(counted int) []Event {
		h := jobHistory()
		told := h[15] // of checkpoint 1, complete
		first := []Event{told, {Kind: CheckpointTriggered, Client: "jm", Generation: 1, Op: 2}}
		for _, member := range []string{"source-0", "operator-0"} {
			snap := Event{Kind: SnapshotTaken, Client: "tm1", Member: member, Generation: 1, Op: 2}
			if member == "source-0" {
				snap.Partitions = []PartitionOffset{{TopicPartition{"orders", 0}, 10}}
			}
			durable := snap
			durable.Kind, durable.Partitions = StateDurable, nil
			first = append(first, snap, durable)
		}
		second := told
		second.Op = 2
		first = append(first, Event{Kind: CheckpointCompleted, Client: "jm", Generation: 1, Op: 2}, second, told) // and once more, late
		for range counted {
			first = append(first, Event{Kind: Metric, Client: "tm1", Member: "source-0", Generation: 1, Cause: MetricCheckpointDuration, To: 1})
		}
		return slices.Concat(h[:15], first, h[16:])
	}
	for counted, want := range map[int]bool{1: true, 2: false, 3: false, 4: true} {
		r := judge(history(counted), Options{Fresh: true})
		if got := slices.Contains(r.Names(), MetricDiffers); got != want || len(r.Violations) > 0 {
			t.Errorf("%d counted: %v %v", counted, r.Violations, r.Anomalies)
		}
	}
}
