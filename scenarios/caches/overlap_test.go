package caches

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// beside is an Env in which something happens beside the handler while it
// sleeps, as callbacks do in franz without BlockRebalanceOnPoll.
type beside struct {
	scenarios.Env
	store      map[string]string
	generation int32
	during     []func() // of the sleeps to come, the next first; nil: nothing happens
	observed   []model.Event
	emitted    []scenarios.Record
	committed  []scenarios.Record
}

func (b *beside) Now() time.Time              { return time.UnixMicro(1) }
func (b *beside) Generation() int32           { return b.generation }
func (b *beside) Observe(e model.Event)       { b.observed = append(b.observed, e) }
func (b *beside) Shared() scenarios.Store     { return b }
func (b *beside) Get(k string) (string, bool) { v, ok := b.store[k]; return v, ok }
func (b *beside) Put(k, v string)             { b.store[k] = v }

func (b *beside) Emit(rs ...scenarios.Record) { b.emitted = append(b.emitted, rs...) }

func (b *beside) Commit(rs ...scenarios.Record) error {
	b.committed = append(b.committed, rs...)
	return nil
}

func (b *beside) Sleep(time.Duration) {
	if len(b.during) > 0 {
		next := b.during[0]
		b.during = b.during[1:]
		if next != nil {
			next()
		}
	}
}

func (b *beside) PutIf(k, v string, holds func(string, bool) bool) bool {
	old, found := b.store[k]
	if !holds(old, found) {
		return false
	}
	b.store[k] = v
	return true
}

var overlapped = scenarios.Partition{Topic: "locations", Partition: 0}

// A partition that goes while a record of it is in work leaves nothing in the
// map, whether or not it is back already: somebody else has written.
func TestPartitionGoneInWork(t *testing.T) {
	for _, back := range []string{"in work", "later"} {
		for sleep := range 4 { // two of the read, two of the write
			b := &beside{store: map[string]string{}, generation: 4}
			h := Local(Options{Fenced: true})(b).(*handler)
			own := func(g int32) { b.generation = g; h.Assigned([]scenarios.Partition{overlapped}) }
			own(4)
			b.during = make([]func(), 4)
			b.during[sleep] = func() {
				h.Revoked([]scenarios.Partition{overlapped})
				b.store[storeKey("k")] = "g5 5@30"
				if back == "in work" {
					own(6)
				}
			}
			h.Process([]scenarios.Record{{Partition: overlapped, Offset: 10, Key: "k"}})
			if back == "later" {
				own(6)
			}
			b.during, b.observed = nil, nil
			h.Process([]scenarios.Record{{Partition: overlapped, Offset: 31, Key: "k"}})
			if read := b.observed[1]; read.Kind != model.ReadDone || !slices.Equal(read.Values, []string{"5@30"}) {
				t.Errorf("gone in sleep %d, back %s: %v %v %s", sleep, back, read.Kind, read.Values, read.Cause)
			}
		}
	}
}

// Two that read one changelog leave no entry out, and read none twice.
func TestChangelogReadTwiceAtOnce(t *testing.T) {
	for sleep := range 3 {
		b := &beside{store: map[string]string{}, generation: 4}
		for i, line := range []string{"g3 k=1@10", "g3 j=1@11", "g3 k=2@12"} {
			b.store[logKey(overlapped, i)] = line
		}
		h := Changelog(Options{Fenced: true, Standby: []scenarios.Partition{overlapped}})(b).(*handler)
		b.during = make([]func(), 3)
		b.during[sleep] = func() { h.Assigned([]scenarios.Partition{overlapped}) }
		h.Idle()
		got := h.cache.(*changelog).replica(overlapped)
		if want := map[string]Entry{"k": {2, 12}, "j": {1, 11}}; !maps.Equal(got.values, want) || got.next != 4 {
			t.Errorf("assigned in sleep %d: %v up to %d, want %v up to 4", sleep, got.values, got.next, want)
		}
	}
}

// Who has read a key keeps those before it from writing it; and who is refused
// once does nothing more with what it has polled of the partition.
func TestFenceBeginsWithTheRead(t *testing.T) {
	store, other := map[string]string{}, scenarios.Partition{Topic: "locations", Partition: 1}
	for name, kind := range map[string]func(Options) handlers.Kind{"local": Local, "remote": Remote} {
		clear(store)
		zombie, successor := &beside{store: store, generation: 4}, &beside{store: store, generation: 5}
		was := kind(Options{Fenced: true})(zombie).(*handler)
		was.Assigned([]scenarios.Partition{overlapped, other})
		is := kind(Options{Fenced: true})(successor).(*handler)
		is.Assigned([]scenarios.Partition{overlapped})
		is.held = maps.Clone(is.tokens)
		is.read(scenarios.Record{Partition: overlapped, Offset: 9, Key: "k"})

		of := func(p scenarios.Partition, offset int64, key string) scenarios.Record {
			return scenarios.Record{Partition: p, Offset: offset, Key: key}
		}
		was.Process([]scenarios.Record{of(overlapped, 8, "j"), of(overlapped, 9, "k"), of(overlapped, 10, "i"), of(other, 3, "h")})
		want := []scenarios.Record{of(overlapped, 8, "j"), of(other, 3, "h")}
		if _, e := unfence(store[storeKey("k")]); e != none || store[storeKey("i")] != "" {
			t.Errorf("%s: a zombie has written: %v", name, store)
		}
		if !slices.Equal(zombie.emitted, want) || !slices.Equal(zombie.committed, want) {
			t.Errorf("%s: emitted %v, committed %v, want %v", name, zombie.emitted, zombie.committed, want)
		}
	}
}
