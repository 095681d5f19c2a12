package share

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
)

// Token names a write that is under way. Once Written took it, it may be given
// to another one.
type Token int32

// Write is what the share coordinator must be told (WriteShareGroupState). A
// Token of 0 says that there is nothing to tell, and nothing to wait for.
type Write struct {
	Token Token
	State api.SharePartitionState
}

// Outcome is what the end of a write comes to.
type Outcome struct {
	// Error is the client's, if an acknowledgement led to the write.
	Error api.ErrorCode
	// Drop says that somebody else has the share partition now: it is to be
	// fenced and dropped, and read anew when it is asked for again.
	Drop bool
	// Wake says that the start offset has moved, so that waiting fetches may find
	// something. Kafka does not wake them when a release is written, but when it
	// begins (SharePartitionManager.acknowledge), which is too early for them.
	Wake bool
}

// write is a write under way: of states that have changed already, as locks
// ran out, or of open changes.
type write struct {
	token   Token
	done    bool
	batches []api.ShareStateBatch
}

// newWrite has the lowest token that is free: so equal states stay equal,
// however long it took to get there.
func (p *Partition) newWrite(done bool) write {
	t := Token(1)
	for slices.ContainsFunc(p.writes, func(w write) bool { return w.token == t }) {
		t++
	}
	return write{token: t, done: done}
}

// add notes a piece whose state has just changed.
func (p *Partition) add(w *write, first, last int64, s *state) {
	w.batches = append(w.batches, api.ShareStateBatch{
		FirstOffset: first, LastOffset: last, DeliveryState: int8(s.state), DeliveryCount: s.count})
	if s.state.Terminal() {
		p.completed += p.counted(first, last)
	}
}

// submit is what to write; nothing, if nothing has changed.
func (p *Partition) submit(w write) Write {
	if len(w.batches) == 0 {
		return Write{}
	}
	p.writes = append(p.writes, w)
	return Write{Token: w.token, State: api.SharePartitionState{
		StateEpoch: p.stateEpoch, LeaderEpoch: p.leaderEpoch, StartOffset: p.start,
		DeliveryCompleteCount: p.completed, StateBatches: slices.Clone(w.batches)}}
}

// Written ends a write, with the share coordinator's error. It is false if no
// such write is under way.
//
// A lock that ran out has done so, whether or not it could be written: only a
// later leader would know no better (releaseAcquisitionLockOnTimeout). All else
// is undone if it was not written (rollbackOrProcessStateUpdates).
func (p *Partition) Written(token Token, err api.ErrorCode) (Outcome, bool) {
	i := slices.IndexFunc(p.writes, func(w write) bool { return w.token == token })
	if i < 0 {
		return Outcome{}, false
	}
	w := p.writes[i]
	p.writes = slices.Delete(p.writes, i, i+1)
	if w.done {
		p.advance()
		return Outcome{}, true
	}
	p.complete(&w, err == api.None)
	if err != api.None {
		err = persisterError(err)
		return Outcome{Error: err, Drop: drops(err)}, true
	}
	return Outcome{Wake: p.advance()}, true
}

// complete makes the changes of a write good, or takes them back.
func (p *Partition) complete(w *write, ok bool) {
	for _, written := range w.batches {
		i, j := max(0, p.floor(written.FirstOffset)), p.floor(written.LastOffset)+1
		for ; i < j; i++ {
			b := &p.batches[i]
			for n := range b.pieces() {
				first, last, s := b.piece(n)
				if last < written.FirstOffset || first > written.LastOffset || s.change == nil || s.change.token != w.token {
					continue
				}
				s.finish(ok, p.set.DeliveryCountLimit)
				if s.state == Available {
					p.someFree = true
				}
				if RecordState(written.DeliveryState).Terminal() && !s.state.Terminal() {
					p.completed -= p.counted(first, last)
				}
			}
		}
	}
}

// persisterError is what a client is told of the share coordinator's errors
// (fetchPersisterError).
func persisterError(err api.ErrorCode) api.ErrorCode {
	switch err {
	case api.NotCoordinator, api.CoordinatorNotAvailable, api.CoordinatorLoadInProgress:
		return api.CoordinatorNotAvailable
	case api.GroupIDNotFound, api.UnknownTopicOrPartition:
		return err
	case api.FencedLeaderEpoch, api.FencedStateEpoch:
		return api.NotLeaderOrFollower
	}
	return api.UnknownServerError
}

// drops tells which errors end a share partition (fencedSharePartitionHandler).
func drops(err api.ErrorCode) bool {
	return err == api.NotLeaderOrFollower || err == api.GroupIDNotFound || err == api.UnknownTopicOrPartition
}
