package sharestate

import "github.com/groundhogsim/groundhog/broker/api"

// Topics is what the coordinator must know of topics.
type Topics interface {
	HasPartition(api.TopicPartition) bool
}

// unknown is the check that ends all others but in readSummary and deletes,
// where nothing else is checked.
func unknown(t Topics, p api.TopicPartition) api.ErrorCode {
	switch {
	case p.Partition < 0:
		return api.InvalidRequest
	case !t.HasPartition(p):
		return api.UnknownTopicOrPartition
	}
	return api.None
}

// fenced tells that who asks is out of date: he says -1 if he does not care.
func fenced(known, said int32) bool { return said != -1 && known > said }

// initialize begins a state, or begins it anew: nothing of the one before stays
// but the epochs (initializeState).
func (c *Coordinator) initialize(k Key, r *api.ShareStateInit, t Topics) (*Record, api.ErrorCode) {
	if k.Partition < 0 {
		return nil, api.InvalidRequest
	}
	p := c.live.states.get(&k)
	if p != nil && fenced(p.stateEpoch, r.StateEpoch) {
		return nil, api.FencedStateEpoch
	}
	if err := unknown(t, k.TopicPartition); err != api.None {
		return nil, err
	}
	v := Value{SharePartitionState: api.SharePartitionState{StateEpoch: r.StateEpoch, StartOffset: r.StartOffset}}
	if r.StartOffset == -1 {
		v.DeliveryCompleteCount = -1
	}
	if p != nil {
		v.SnapshotEpoch = p.value.SnapshotEpoch + 1
	}
	return &Record{Type: Snapshot, Key: k, Value: v}, api.None
}

// write stores changes of a leader that is not out of date. It does not raise
// the leader epoch on record: reads alone do (writeState).
func (c *Coordinator) write(k Key, s *api.SharePartitionState, t Topics) (*Record, api.ErrorCode) {
	p := c.live.states.get(&k)
	switch {
	case k.Partition < 0 || p == nil:
		return nil, api.InvalidRequest
	case fenced(p.leaderEpoch, s.LeaderEpoch):
		return nil, api.FencedLeaderEpoch
	case fenced(p.stateEpoch, s.StateEpoch):
		return nil, api.FencedStateEpoch
	}
	if err := unknown(t, k.TopicPartition); err != api.None {
		return nil, err
	}
	change := *s
	change.LeaderEpoch = p.value.LeaderEpoch
	return c.changed(p, change), api.None
}

// read gives a state to its leader. A new leader's epoch is put on record, and
// fences off those before (readStateAndMaybeUpdateLeaderEpoch).
func (c *Coordinator) read(k Key, leaderEpoch int32, t Topics) (r api.ShareStateResult, rec *Record) {
	r.TopicPartition = k.TopicPartition
	p := c.live.states.get(&k)
	switch {
	case k.Partition < 0 || p == nil:
		r.ErrorCode = api.InvalidRequest
	case fenced(p.leaderEpoch, leaderEpoch):
		r.ErrorCode = api.FencedLeaderEpoch
	default:
		r.ErrorCode = unknown(t, k.TopicPartition)
	}
	if r.ErrorCode != api.None {
		return r, nil
	}
	r.State = api.SharePartitionState{
		StateEpoch: p.value.StateEpoch, StartOffset: p.value.StartOffset, DeliveryCompleteCount: -1,
		StateBatches: p.value.StateBatches,
	}
	if leaderEpoch == -1 || leaderEpoch == p.leaderEpoch {
		return r, nil
	}
	return r, c.changed(p, api.SharePartitionState{
		LeaderEpoch: leaderEpoch, StartOffset: p.value.StartOffset, DeliveryCompleteCount: p.value.DeliveryCompleteCount,
	})
}

// readSummary asks nobody who he is, and knows no state as one that has not
// begun (readStateSummary).
func (c *Coordinator) readSummary(k Key, t Topics) (r api.ShareStateResult) {
	r.TopicPartition = k.TopicPartition
	if r.ErrorCode = unknown(t, k.TopicPartition); r.ErrorCode != api.None {
		return r
	}
	r.State = api.SharePartitionState{StartOffset: -1, DeliveryCompleteCount: -1}
	if p := c.live.states.get(&k); p != nil {
		r.State = p.value.SharePartitionState
		r.State.StateBatches = nil
	}
	return r
}

// remove forgets a state; that there is none is no error (deleteState).
func (c *Coordinator) remove(k Key, t Topics) (*Record, api.ErrorCode) {
	if err := unknown(t, k.TopicPartition); err != api.None {
		return nil, err
	}
	if c.live.states.get(&k) == nil {
		return nil, api.None
	}
	return &Record{Type: Snapshot, Key: k, Tombstone: true}, api.None
}

// changed puts a change on record: as an update, or as a snapshot when there
// are enough of these (generateShareStateRecord).
func (c *Coordinator) changed(p *partition, s api.SharePartitionState) *Record {
	r := &Record{Type: Update, Key: p.key, Value: Value{SnapshotEpoch: p.value.SnapshotEpoch, SharePartitionState: s}}
	if p.updates < c.settings.SnapshotUpdateRecordsPerSnapshot {
		r.StateEpoch = 0
		r.StateBatches = combine(nil, s.StateBatches, s.StartOffset)
		return r
	}
	if r.Type = Snapshot; s.StartOffset == -1 {
		r.StartOffset = p.value.StartOffset
	}
	r.SnapshotEpoch++
	r.StateEpoch = p.value.StateEpoch
	r.StateBatches = combine(p.value.StateBatches, s.StateBatches, r.StartOffset)
	return r
}
