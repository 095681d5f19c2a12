package log

// EpochStart says where in a log a leader epoch begins.
type EpochStart struct {
	Epoch  int32
	Offset int64
}

// epochs is the leader epochs of a log, oldest first (LeaderEpochFileCache):
// those that have records, and of a leader the present one.
type epochs []EpochStart

// assign begins an epoch. What contradicts it goes: epochs as late that begin
// as late.
func (e epochs) assign(s EpochStart) epochs {
	if n := len(e); n > 0 && e[n-1].Epoch == s.Epoch && e[n-1].Offset <= s.Offset {
		return e
	}
	n := len(e)
	for n > 0 && (e[n-1].Epoch >= s.Epoch || e[n-1].Offset >= s.Offset) {
		n--
	}
	return append(e[:n], s)
}

// truncate drops the epochs that begin at an offset or behind it.
func (e epochs) truncate(offset int64) epochs {
	n := len(e)
	for n > 0 && e[n-1].Offset >= offset {
		n--
	}
	return e[:n]
}

func (e epochs) last() int32 {
	if len(e) == 0 {
		return -1
	}
	return e[len(e)-1].Epoch
}

// at is the epoch of the record at an offset; the first for all before it.
func (e epochs) at(offset int64) int32 {
	if len(e) == 0 {
		return -1
	}
	for i := len(e) - 1; i > 0; i-- {
		if e[i].Offset <= offset {
			return e[i].Epoch
		}
	}
	return e[0].Epoch
}

// endOffsetFor gives the largest epoch up to one and where it ends, which is
// where the next begins; -1 and -1 if the epoch is unknown or later than all
// (LeaderEpochFileCache.endOffsetFor).
func (e epochs) endOffsetFor(epoch int32, end int64) (found int32, offset int64) {
	switch n := len(e); {
	case epoch < 0:
		return -1, -1
	case n > 0 && e[n-1].Epoch == epoch:
		return epoch, end
	}
	for i := range e {
		if e[i].Epoch <= epoch {
			continue
		}
		if i == 0 {
			return epoch, e[0].Offset
		}
		return e[i-1].Epoch, e[i].Offset
	}
	return -1, -1
}
