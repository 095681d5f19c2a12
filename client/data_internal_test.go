package client

import (
	"slices"
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
)

// Metadata of a broker that lags do not bring an older leader back.
func TestOlderLeaderEpochsAreNotBelieved(t *testing.T) {
	meta := func(leaders, epochs []int32) *api.MetadataTopic {
		m := &api.MetadataTopic{Name: "orders"}
		for i := range leaders {
			m.Partitions = append(m.Partitions, api.MetadataPartition{Index: int32(i), LeaderID: leaders[i], LeaderEpoch: epochs[i]})
		}
		return m
	}
	was := learnTopic(nil, meta([]int32{1, 1}, []int32{5, 5}))
	now := learnTopic(&was, meta([]int32{0, 2, 3}, []int32{4, 6, 0}))
	if !slices.Equal(now.Leaders, []int32{1, 2, 3}) || !slices.Equal(now.Epochs, []int32{5, 6, 0}) {
		t.Errorf("learnt leaders %v with epochs %v", now.Leaders, now.Epochs)
	}
}

// A commit carries the epoch of the record before its offset, as far as that
// is known.
func TestCommitsCarryTheEpochOfTheRecordBefore(t *testing.T) {
	tp := model.TopicPartition{Topic: "orders"}
	c := &Consumer{Positions: []position{{TopicPartition: tp, Epoch: -1, EpochFrom: -1}}}
	var records []api.Record
	for i, epoch := range []int32{3, 3, 3, 7, 7} {
		records = append(records, api.Record{Offset: int64(10 + i), LeaderEpoch: epoch})
	}
	c.Positions[0].advance(records[:4])
	c.Positions[0].advance(records[4:])
	for offset, want := range map[int64]int32{15: 7, 14: 7, 13: -1, 16: -1} { //ordered: each stands for itself
		if got := c.epochBefore(model.PartitionOffset{TopicPartition: tp, Offset: offset}); got != want {
			t.Errorf("a commit of %d carries epoch %d, want %d", offset, got, want)
		}
	}
}
