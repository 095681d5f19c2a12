package share

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// ValidateAcknowledgements checks the acknowledgements of one partition in a
// request of a version, before a share partition sees them: INVALID_REQUEST if
// they are out of order, or their types are not one or one for each offset, or
// one of them renews in a request that does not say so
// (KafkaApis.validateAcknowledgementBatches).
func ValidateAcknowledgements(batches []api.AcknowledgementBatch, version int16, renews bool) api.ErrorCode {
	highest, before := api.AckReject, int64(-1)
	if version >= 2 {
		highest = api.AckRenew
	}
	for i := range batches {
		b := &batches[i]
		n := int64(len(b.AcknowledgeTypes))
		if b.FirstOffset > b.LastOffset || b.FirstOffset < before || n == 0 || n > 1 && n != b.LastOffset-b.FirstOffset+1 {
			return api.InvalidRequest
		}
		for _, t := range b.AcknowledgeTypes {
			if t < 0 || t > highest || t == api.AckRenew && !renews {
				return api.InvalidRequest
			}
		}
		before = b.LastOffset
	}
	return api.None
}

// acknowledged is the state that each type of acknowledgement leads to, but
// for AckRenew.
var acknowledged = [...]RecordState{
	api.AckGap: Archived, api.AckAccept: Acknowledged, api.AckRelease: Available, api.AckReject: Archived,
}

// Acknowledge takes the acknowledgements of one member. With an error nothing
// of them holds, but that locks renewed before it stay renewed. What is below
// the start offset is passed over: it is done with.
//
//   - INVALID_RECORD_STATE: a record is not acquired, or another's, or a change of
//     it is not written yet, or renewing is switched off
//   - INVALID_REQUEST: types that do not exist, offsets beyond those acquired
//
// The client's answer waits until Written took the token, unless it is 0.
func (p *Partition) Acknowledge(now sim.Time, member string, batches []api.AcknowledgementBatch) (Write, api.ErrorCode) {
	w := p.newWrite(false)
	for i := range batches {
		if err := p.acknowledgeBatch(now, &w, member, &batches[i]); err != api.None {
			p.complete(&w, false)
			return Write{}, err
		}
	}
	return p.submit(w), api.None
}

func (p *Partition) acknowledgeBatch(now sim.Time, w *write, member string, r *api.AcknowledgementBatch) api.ErrorCode {
	if err := ValidateAcknowledgements([]api.AcknowledgementBatch{*r}, 2, true); err != api.None {
		return err
	}
	if r.LastOffset < p.start {
		return api.None
	}
	i, j, err := p.acknowledgeable(r)
	for ; i < j && err == api.None; i++ {
		b := &p.batches[i]
		if b.last < p.start {
			continue
		}
		if b.offsets == nil {
			if err := heldBy(&b.whole, member); err != api.None {
				return err
			}
			if !b.within(r.FirstOffset, r.LastOffset) || len(r.AcknowledgeTypes) > 1 || p.straddles(b) {
				b.split()
			}
		}
		err = p.acknowledgePieces(now, w, member, r, b)
	}
	return err
}

// heldBy tells whether a member may acknowledge a record.
func heldBy(s *state, member string) api.ErrorCode {
	if s.state != Acquired || s.change != nil || s.member != member {
		return api.InvalidRecordState
	}
	return api.None
}

func (p *Partition) acknowledgePieces(now sim.Time, w *write, member string, r *api.AcknowledgementBatch, b *batch) api.ErrorCode {
	for n := range b.pieces() {
		first, last, s := b.piece(n)
		if first < r.FirstOffset || first < p.start {
			continue
		}
		if first > r.LastOffset {
			break
		}
		if err := heldBy(s, member); err != api.None {
			return err
		}
		t := r.AcknowledgeTypes[0]
		if len(r.AcknowledgeTypes) > 1 {
			t = r.AcknowledgeTypes[first-r.FirstOffset]
		}
		switch {
		case t != api.AckRenew:
			s.begin(w.token, acknowledged[t], p.set.DeliveryCountLimit)
			p.add(w, first, last, s)
		case p.set.RenewAcknowledgeDisabled:
			return api.InvalidRecordState
		default:
			s.lock.until = p.lockEnd(now)
		}
	}
	return api.None
}

// acknowledgeable finds the batches that an acknowledgement is about
// (fetchSubMapForAcknowledgementBatch).
func (p *Partition) acknowledgeable(r *api.AcknowledgementBatch) (i, j int, err api.ErrorCode) {
	i, j = p.floor(r.FirstOffset), p.floor(r.LastOffset)+1
	if i < 0 && r.FirstOffset >= p.start {
		return 0, 0, api.InvalidRecordState
	}
	if i < 0 { // the start offset is past some of it
		if i = p.floor(p.start); i < 0 {
			return 0, 0, api.UnknownServerError // a null pointer in Kafka
		}
	}
	// The last batch may end before the range begins, or before it ends.
	if p.batches[j-1].last < r.LastOffset {
		return 0, 0, api.InvalidRequest
	}
	return i, j, api.None
}

// Release gives back all that a member holds, as its session ends
// (releaseAcquiredRecords). What it acknowledged before, and is not written yet,
// goes its own way.
func (p *Partition) Release(member string) Write {
	w := p.newWrite(false)
	for i := range p.batches {
		b := &p.batches[i]
		if b.offsets == nil && b.whole.state == Acquired && b.whole.member == member && p.straddles(b) {
			b.split()
		}
		for n := range b.pieces() {
			first, last, s := b.piece(n)
			if s.state == Acquired && s.member == member {
				s.begin(w.token, p.given(last), p.set.DeliveryCountLimit)
				p.add(&w, first, last, s)
			}
		}
	}
	return p.submit(w)
}

// given is what a record becomes that its holder does not have any more.
func (p *Partition) given(offset int64) RecordState {
	if offset < p.start {
		return Archived
	}
	return Available
}
