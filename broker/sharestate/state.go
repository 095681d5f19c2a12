package sharestate

import "github.com/groundhogsim/groundhog/broker/internal/flat"

// states is what the log says, by share partition. replay alone changes it.
type states struct {
	flat.Map[string, *partition]
}

// partition is what is known of one share partition. The two epochs are the
// highest that were ever on record: an Initialize sets the value's leader epoch
// back to 0, but does not let an old leader in again.
type partition struct {
	key         Key
	value       Value `canon:"shared"`
	leaderEpoch int32
	stateEpoch  int32
	updates     int32 // since the last snapshot, about: see replay
}

func (s *states) get(k *Key) *partition {
	if p := s.Get(k.name()); p != nil {
		return *p
	}
	return nil
}

// replay applies one record. limit is the setting
// SnapshotUpdateRecordsPerSnapshot: a snapshot that comes before as many
// updates does not set the count of these back (handleShareSnapshot).
func (s *states) replay(r *Record, limit int32) {
	name := r.name()
	if r.Tombstone {
		s.Delete(name)
		return
	}
	var p *partition
	if old := s.Get(name); old != nil {
		p = *old
	} else {
		p = *s.Put(name, &partition{key: r.Key, leaderEpoch: r.LeaderEpoch, stateEpoch: r.StateEpoch})
		if p.value = r.Value; r.Type == Update {
			p.updates = 1
		}
		return
	}
	p.leaderEpoch = max(p.leaderEpoch, r.LeaderEpoch)
	if r.Type == Update {
		p.value = merged(&p.value, &r.Value)
		p.updates++
		return
	}
	p.stateEpoch = max(p.stateEpoch, r.StateEpoch)
	p.value = r.Value
	if p.updates >= limit {
		p.updates = 0
	}
}

// merged is a state after an update (merge).
func merged(old, update *Value) Value {
	v := *old
	if update.StartOffset != -1 {
		v.StartOffset = update.StartOffset
	}
	if update.LeaderEpoch != -1 {
		v.LeaderEpoch = update.LeaderEpoch
	}
	v.DeliveryCompleteCount = update.DeliveryCompleteCount
	v.StateBatches = combine(old.StateBatches, update.StateBatches, v.StartOffset)
	return v
}
