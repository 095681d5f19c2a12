package model

import "errors"

// ShareLoad is what decides how often a checkpointing job that reads a share
// group sees records twice. Its readers acknowledge with accept what a
// completed checkpoint covers, and release nothing before. Times are µs.
type ShareLoad struct {
	RecordsPerSecond float64
	Interval         int64 // between the barriers of checkpoints
	Complete         int64 // from a barrier until its checkpoint is complete
	Acknowledge      int64 // and from then until its acknowledgements have taken effect
	Lock             int64 // group.share.record.lock.duration.ms
	CrashesPerHour   float64
	Limit            int // group.share.delivery.count.limit
}

// ShareDuplicates is what to expect, in records per hour.
type ShareDuplicates struct {
	// Redelivered are deliveries after a record's first: because a lock ran out
	// before the checkpoint that covers it was complete, and because all readers
	// crashed while they had it.
	ByExpiry, ByCrash float64
	// InState are those that the job's state has already, if nobody looks there
	// before a record is applied. What a crash takes back is not: only what is
	// in a complete checkpoint and not acknowledged yet.
	InState float64
	// Archived are records that are given up: their locks run out as often as
	// they may be delivered.
	Archived float64
}

// Redelivered is the sum of deliveries after the first.
func (d ShareDuplicates) Redelivered() float64 { return d.ByExpiry + d.ByCrash }

// ExpectedDuplicates computes them. A record is delivered at a random phase u
// of the interval I, and acknowledged I-u+c after that, c being Complete and
// Acknowledge: with the checkpoint whose barrier comes next. If that is more
// than the lock L its lock runs out, it is delivered again at once, at phase
// u+L, and the same holds there. So
//
//	ByExpiry = rate · Σ_k P(the first k deliveries run out), k = 1 to Limit-1
//	Archived = rate · P(the first Limit deliveries run out)
//	ByCrash  = crashes · rate · E[time from the first delivery to the end]
//	InState  = ByExpiry + crashes · rate · Acknowledge
//
// With I+c not above L that is crashes · rate · (I/2+c) and no more. It leaves
// out that a crash ends intervals, so it is right as long as crashes are rare
// beside checkpoints; and that locks hold back records (max.record.locks).
func ExpectedDuplicates(l ShareLoad) (ShareDuplicates, error) {
	switch {
	case l.Interval <= 0 || l.Lock <= 0 || l.Complete < 0 || l.Acknowledge < 0:
		return ShareDuplicates{}, errors.New("ExpectedDuplicates: Interval and Lock must be above 0, Complete and Acknowledge not below")
	case l.Limit < 1 || l.Limit > 1000:
		return ShareDuplicates{}, errors.New("ExpectedDuplicates: a Limit of " + itoa(int64(l.Limit)) + "; expected 1 to 1000 deliveries")
	case l.RecordsPerSecond < 0 || l.CrashesPerHour < 0:
		return ShareDuplicates{}, errors.New("ExpectedDuplicates: RecordsPerSecond and CrashesPerHour must not be below 0")
	}
	delay := l.Complete + l.Acknowledge
	// Phases at which a delivery runs out: its hold, Interval-u+delay, is longer
	// than the lock.
	short := span(0, max(0, min(l.Interval, l.Interval+delay-l.Lock)))
	if short[0].To == 0 {
		short = nil
	}
	var repeats float64 // per record
	var held float64    // µs from first delivery to the end, expected
	out := Intervals{{0, l.Interval}}
	phase := int64(0)
	for n := range l.Limit {
		again := out.And(rotate(short, -phase, l.Interval))
		// Those that do not run out this time are held until their checkpoint.
		for _, part := range out.Minus(again) {
			held += l.holds(part, phase, delay)
		}
		out = again
		held += float64(out.Count()) * float64(l.Lock)
		if n < l.Limit-1 {
			repeats += float64(out.Count())
		}
		phase = (phase + l.Lock) % l.Interval
	}
	interval := float64(l.Interval)
	perHour := l.RecordsPerSecond * 3600
	d := ShareDuplicates{
		ByExpiry: perHour * repeats / interval,
		Archived: perHour * float64(out.Count()) / interval,
		ByCrash:  l.CrashesPerHour * l.RecordsPerSecond * held / interval / 1e6,
	}
	d.InState = d.ByExpiry + l.CrashesPerHour*l.RecordsPerSecond*float64(l.Acknowledge)/1e6
	return d, nil
}

// holds is the integral, over first phases in part, of the time from a delivery
// at that phase plus phase until its acknowledgement.
func (l *ShareLoad) holds(part Interval, phase, delay int64) float64 {
	var sum float64
	for from := part.From; from < part.To; {
		u := (from + phase) % l.Interval
		to := min(part.To, from+l.Interval-u) // up to where the phase wraps
		n := float64(to - from)
		sum += n * (float64(l.Interval-u+delay) - n/2)
		from = to
	}
	return sum
}

// rotate moves a set of phases by some, around the interval.
func rotate(set Intervals, by, interval int64) (out Intervals) {
	by = (by%interval + interval) % interval
	for _, part := range set {
		from, to := part.From+by, part.To+by
		out.Add(from, min(to, interval))
		if to > interval {
			out.Add(max(from, interval)-interval, to-interval)
		}
	}
	return out
}
