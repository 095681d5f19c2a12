package group

import (
	"bytes"
	"slices"

	"pgregory.net/rapid"
)

// compacted drops some of what a log cleaner may drop of the committed records,
// whatever ours would: a record that a later one supersedes; and a tombstone
// that is the last of its key, if nothing of the key stays before it. pick
// tells of a record whether to drop it.
func compacted(records []Record, highWatermark int64, pick func() bool) []Record {
	last := map[Key]int64{}
	for i := range records {
		if r := &records[i]; r.Offset < highWatermark {
			last[r.Key] = r.Offset
		}
	}
	kept := map[Key]bool{} // keys of which something stays
	return slices.DeleteFunc(slices.Clone(records), func(r Record) bool {
		superseded := r.Offset < last[r.Key]
		goes := r.Offset < highWatermark && (superseded || r.Tombstone && !kept[r.Key]) && pick()
		if !goes && r.Offset < highWatermark {
			kept[r.Key] = true
		}
		return goes
	})
}

// checkAnyCompaction: I-O3, KAFKA-19862. What the log says does not depend on
// which of the superseded records a cleaner has taken.
func (w *world) checkAnyCompaction(rt *rapid.T) {
	if w.c.live.phase != active {
		return
	}
	seed := uint64(len(w.c.log.records))*0x9e3779b97f4a7c15 + uint64(w.c.log.end) + uint64(w.Now())
	pick := func() bool {
		seed = seed*6364136223846793005 + 1442695040888963407
		return seed>>63 == 0
	}
	copied := Coordinator{settings: w.set, log: w.c.log}
	copied.log.unshare()
	copied.log.records = compacted(w.c.log.records, w.c.log.HighWatermark(), pick)
	d, _ := copied.replayLog()
	if !bytes.Equal(encoded(&d), encoded(&w.c.live.durable)) {
		rt.Fatalf("%d of %d records are left, and say something else", len(copied.log.records), len(w.c.log.records))
	}
}
