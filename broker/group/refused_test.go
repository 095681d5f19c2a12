package group

import (
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/sim"
)

// TestRefusedWrites: a coordinator whose log takes no records any more, but
// which does not know yet, changes nothing: what it would have made is taken
// back, and what it would have deleted stays.
func TestRefusedWrites(t *testing.T) {
	set := DefaultSettings()
	set.OffsetsRetentionMinutes = 1
	w := newWorld(set, 2)
	m := w.clients[0]
	w.send(0, 0, m.commit("old", 0, 5))
	end := w.c.log.end
	w.c.log.Follow(&log.Assignment{Leader: 1, LeaderEpoch: 1, PartitionEpoch: 1, Replicas: []int32{0, 1}, ISR: []int32{1}})

	deleted := w.send(0, 0, &api.DeleteGroupsRequest{Header: header(2, "m1"), GroupsNames: []string{"old"}}).(*api.DeleteGroupsResponse)
	if len(deleted.Results) != 1 || deleted.Results[0].ErrorCode != api.NotCoordinator {
		t.Errorf("delete: %+v", deleted)
	}
	erased := w.send(0, 0, &api.OffsetDeleteRequest{Header: header(0, "m1"), GroupID: "old", Partitions: []api.TopicPartition{{Topic: "t"}}}).(*api.OffsetDeleteResponse)
	if erased.ErrorCode != api.NotCoordinator {
		t.Errorf("delete of offsets: %+v", erased)
	}
	if err := errorOf(w.send(0, 0, m.commit("new", 0, 5))); err != api.NotCoordinator {
		t.Errorf("commit: %v", err)
	}
	old := m.join("new", "range")
	old.APIVersion = 3
	w.send(0, 0, old)
	w.send(1, 0, w.clients[1].join("newer", "range"))
	w.fire(60 * sim.Minute) // what expires
	if ids := w.c.Groups(); len(ids) != 1 || ids[0] != "old" {
		t.Errorf("there are groups %v", ids)
	}
	if ids := w.c.committedGroups(); len(ids) != 1 || ids[0] != "old" {
		t.Errorf("the committed view has groups %v", ids)
	}
	if w.c.live.durable.offset(&Key{Type: OffsetCommit, Group: "old", Topic: "t"}) == nil || w.c.log.end != end {
		t.Errorf("the log went from %d to %d", end, w.c.log.end)
	}
}
