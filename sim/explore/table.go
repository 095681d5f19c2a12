package explore

import (
	"math/bits"
	"sync/atomic"
)

// table is a set of keys (scrambled fingerprints): open addressing with linear probing in one slice
// of words, 0 meaning an empty slot. A key that is at a fraction of all keys has its home at that
// fraction of the slots, so that keys lie nearly in order: the table can have any length, and
// growing streams through memory instead of jumping around in it.
//
// insert, has and touch may run concurrently; everything else needs the table to itself.
type table struct {
	slots   []uint64
	zero    atomic.Bool // whether key 0 is in
	maximum uint64      // most slots
	halved  int         // len(slots) is maximum, halved that often

	_    [64]byte      // every look-up reads slots: it must not share a cache line with
	used atomic.Uint64 // keys in it, counted by those who insert
	_    [64]byte
}

// minSlots leaves so many slots free at three quarters that every worker can finish the batch that
// it is looking up when the table is found to be full.
const minSlots = 1 << 15

const slotBytes = 8

// newTable returns a table that begins small and reaches maximum slots by doubling.
func newTable(maximum uint64) *table {
	t := &table{maximum: maximum}
	for maximum>>(t.halved+1) >= minSlots {
		t.halved++
	}
	t.slots = make([]uint64, maximum>>t.halved)
	return t
}

// key scrambles a fingerprint, one to one: the high bits, which choose the home, then depend on all
// bits of the fingerprint, even if it is a small number.
func key(fingerprint uint64) uint64 {
	h := fingerprint ^ fingerprint>>32
	return h * 0x9e3779b97f4a7c15 // odd, hence invertible
}

func home(key uint64, slots int) int {
	hi, _ := bits.Mul64(key, uint64(slots))
	return int(hi)
}

// touch loads the words where look-ups of keys begin, in a loop so short that the processor has many
// of these loads under way at once: cache misses then overlap, instead of coming one after the
// other. The result has no meaning; using it keeps the loads from being left out.
func (t *table) touch(keys []uint64) uint64 {
	var x uint64
	slots := t.slots
	for _, k := range keys {
		x |= atomic.LoadUint64(&slots[home(k, len(slots))])
	}
	return x
}

// insert adds k, and reports whether it was not there before. It does not count it.
func (t *table) insert(k uint64) bool {
	if k == 0 {
		return !t.zero.Swap(true)
	}
	slots := t.slots
	for i := home(k, len(slots)); ; i++ {
		if i == len(slots) {
			i = 0
		}
		v := atomic.LoadUint64(&slots[i])
		if v == 0 {
			if atomic.CompareAndSwapUint64(&slots[i], 0, k) {
				return true
			}
			v = atomic.LoadUint64(&slots[i])
		}
		if v == k {
			return false
		}
	}
}

// has reports whether k is in the table.
func (t *table) has(k uint64) bool {
	if k == 0 {
		return t.zero.Load()
	}
	slots := t.slots
	for i := home(k, len(slots)); ; i++ {
		if i == len(slots) {
			i = 0
		}
		switch atomic.LoadUint64(&slots[i]) {
		case k:
			return true
		case 0:
			return false
		}
	}
}

// room returns the number of keys at which the table should grow: three quarters full.
func (t *table) room() uint64 { return uint64(len(t.slots)) / 4 * 3 }

func (t *table) bytes() uint64 { return uint64(len(t.slots)) * slotBytes }

// growBytes returns the bytes of the old and the new slots together while the table grows.
func (t *table) growBytes() uint64 {
	return t.bytes() + t.maximum>>max(t.halved-1, 0)*slotBytes
}

// grow doubles the table, unless it has its greatest length already.
func (t *table) grow() {
	if t.halved == 0 {
		return
	}
	t.halved--
	old, slots := t.slots, make([]uint64, t.maximum>>t.halved)
	for _, k := range old {
		if k == 0 {
			continue
		}
		i := home(k, len(slots))
		for slots[i] != 0 {
			if i++; i == len(slots) {
				i = 0
			}
		}
		slots[i] = k
	}
	t.slots = slots
}
