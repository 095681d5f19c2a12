package log

import "github.com/groundhogsim/groundhog/broker/api"

// DeleteBefore drops the records before an offset, as far as they are
// committed, and tells whether the log begins elsewhere now
// (UnifiedLog.maybeIncrementLogStartOffset). Epochs that end before it go, too
// (LeaderEpochFileCache.truncateFromStartAsyncFlush).
func (l *Log) DeleteBefore(offset int64) (moved bool) {
	offset = min(offset, l.HighWatermark())
	if offset <= l.start {
		return false
	}
	l.start = offset
	n := 0
	for n < len(l.segments) && lastOf(&l.segments[n]).Offset < offset {
		n++
	}
	l.segments = l.segments[n:]
	l.epochs = l.epochs.truncateFromStart(offset)
	return true
}

func lastOf(s *segment) *api.Record { return &s.records[len(s.records)-1] }

// truncateFromStart has the log begin at an offset.
func (e epochs) truncateFromStart(offset int64) epochs {
	n := 0
	for n+1 < len(e) && e[n+1].Offset <= offset {
		n++
	}
	out := append(epochs{}, e[n:]...)
	if len(out) > 0 && out[0].Offset < offset {
		out[0].Offset = offset
	}
	return out
}
