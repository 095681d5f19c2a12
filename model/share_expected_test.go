package model

import (
	"math"
	"testing"
)

// simulated follows records from delivery to acknowledgement, one by one.
func simulated(l ShareLoad, records int) (d ShareDuplicates) {
	delay := l.Complete + l.Acknowledge
	var held int64
	for i := range records {
		at := (2*int64(i) + 1) * l.Interval / int64(2*records)
		begin := at
		for n := 1; ; n++ {
			done := (at/l.Interval+1)*l.Interval + delay
			if done-at <= l.Lock {
				held += done - begin
				break
			}
			at += l.Lock
			if n == l.Limit {
				d.Archived++
				held += at - begin
				break
			}
			d.ByExpiry++
		}
	}
	perHour := 3600 * l.RecordsPerSecond / float64(records)
	d.Archived *= perHour
	d.ByExpiry *= perHour
	d.ByCrash = l.CrashesPerHour * l.RecordsPerSecond * float64(held) / 1e6 / float64(records)
	return d
}

// TestExpectedDuplicates: the formula gives what following records gives.
func TestExpectedDuplicates(t *testing.T) {
	const s = 1_000_000
	for _, interval := range []int64{10 * s, 30 * s, 60 * s, 100 * s} {
		for _, lock := range []int64{15 * s, 30 * s, 60 * s} {
			for _, complete := range []int64{0, 4 * s, 20 * s} {
				for _, limit := range []int{1, 2, 5} {
					l := ShareLoad{RecordsPerSecond: 100, Interval: interval, Complete: complete, Acknowledge: s, Lock: lock, CrashesPerHour: 2, Limit: limit}
					got, err := ExpectedDuplicates(l)
					if err != nil {
						t.Fatal(err)
					}
					want := simulated(l, 20_000)
					near := func(what string, a, b float64) {
						if math.Abs(a-b) > 0.002*max(a, b) {
							t.Errorf("%+v %s: computed %.0f, followed %.0f", l, what, a, b)
						}
					}
					near("by expiry", got.ByExpiry, want.ByExpiry)
					near("archived", got.Archived, want.Archived)
					near("by crash", got.ByCrash, want.ByCrash)
				}
			}
		}
	}
}

// TestExpectedDuplicatesByHand: cases that can be computed on paper.
func TestExpectedDuplicatesByHand(t *testing.T) {
	const s = 1_000_000
	for name, c := range map[string]struct {
		load ShareLoad
		want ShareDuplicates
	}{
		"the lock is long enough": {ShareLoad{100, 20 * s, 3 * s, 1 * s, 30 * s, 2, 5}, ShareDuplicates{0, 2 * 100 * 14, 2 * 100 * 1, 0}},
		// Delivered in the first 10 of 40 s: runs out once, and the second delivery, at 30 to 40 s, does not.
		"some run out": {ShareLoad{100, 40 * s, 0, 0, 30 * s, 0, 5}, ShareDuplicates{90000, 0, 90000, 0}},
		"none is done": {ShareLoad{1, 10 * s, 40 * s, 0, 30 * s, 0, 5}, ShareDuplicates{4 * 3600, 0, 4 * 3600, 3600}},
	} {
		got, err := ExpectedDuplicates(c.load)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v %v, want %+v", name, got, err, c.want)
		}
	}
	for _, bad := range []ShareLoad{{}, {Interval: 1, Lock: 1}, {Interval: 1, Lock: 1, Limit: 5, CrashesPerHour: -1}} {
		if _, err := ExpectedDuplicates(bad); err == nil {
			t.Errorf("%+v has an answer", bad)
		}
	}
}
