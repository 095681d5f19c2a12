package share

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// check checks what must hold of any share partition at any moment.
func check(t interface {
	Errorf(string, ...any)
	Helper()
}, p *Partition) {
	t.Helper()
	before := int64(-1)
	for i := range p.batches {
		b := &p.batches[i]
		if b.first <= before || b.last < b.first || b.offsets != nil && int64(len(b.offsets)) != b.last-b.first+1 {
			t.Errorf("batch %d-%d after %d, with %d states\n%s", b.first, b.last, before, len(b.offsets), p)
		}
		before = b.last
		for n := range b.pieces() {
			first, last, s := b.piece(n)
			held, locked := s.state == Acquired, s.lock != nil
			if held != (s.member != "") {
				t.Errorf("%d-%d %s held by %q\n%s", first, last, s.state, s.member, p)
			}
			if locked != held && s.change == nil || held && s.change != nil { // I-S3
				t.Errorf("%d-%d %s, locked %v, changing %v\n%s", first, last, s.state, locked, s.change != nil, p)
			}
			if s.change != nil && !slices.ContainsFunc(p.writes, func(w write) bool { return w.token == s.change.token }) {
				t.Errorf("%d-%d waits for a write that is not under way\n%s", first, last, p)
			}
			if limit := p.set.DeliveryCountLimit; s.count > limit || s.free() && s.count >= limit { // I-S5
				t.Errorf("%d-%d %s delivered %d times of %d\n%s", first, last, s.state, s.count, limit, p)
			}
			if s.free() && last >= p.start && !p.someFree {
				t.Errorf("%d-%d is free, and nobody will look for it\n%s", first, last, p)
			}
		}
	}
}

// record is what the reference knows of a record: a share partition as a map of
// offsets, without batches.
type record struct {
	state  RecordState
	count  int16
	member string
	until  sim.Time
	// A change that is not written yet.
	token   Token
	expired bool
	gone    bool // the log's start passed it as it was available
	// What holds whoever leads.
	accepted   bool  // the client was told so, and it was written
	deliveries int16 // in all
	losses     int16 // of leaders while it was not written that it is available
}

// reference drives a share partition and believes nothing that it says.
type reference struct {
	t       *rapid.T
	p       *Partition
	set     Settings
	now     sim.Time
	records map[int64]*record
	log     []Batch
	start   int64 // of the log
	spso    int64
	behind  bool // the log's start has moved past a gap
	silent  bool // records were archived, and the start offset did not take notice
	writes  []refWrite
	stored  map[int64]api.ShareStateBatch // the share coordinator's
	first   int64                         // its start offset
}

type refWrite struct {
	Write
	done bool // of locks that ran out
}

var members = []string{"m1", "m2", "m3"}

// TestProperties lets members and the environment do what they please. The
// reference decides by itself what each acknowledgement, time-out, release and
// write comes to, checks that what is acquired may be, and that all comes to an
// end once everybody behaves.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := &reference{t: rt, records: map[int64]*record{}, stored: map[int64]api.ShareStateBatch{}}
		r.set = Settings{
			DeliveryCountLimit:      rapid.SampledFrom([]int16{2, 3, 5, 10}).Draw(rt, "limit"),
			PartitionMaxRecordLocks: rapid.SampledFrom([]int32{6, 20, 2000}).Draw(rt, "locks"),
			RecordLockDurationMs:    30_000,
		}
		r.grow()
		r.lead()
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			r.step()
			r.check()
		}
		r.calm()
	})
}

func (r *reference) end() int64 { return r.log[len(r.log)-1].Last + 1 }

func (r *reference) grow() {
	for range rapid.IntRange(1, 4).Draw(r.t, "batches") {
		base := int64(0)
		if len(r.log) > 0 {
			base = r.end()
		}
		r.log = append(r.log, Batch{base, base + rapid.Int64Range(0, 9).Draw(r.t, "length")})
	}
}

func (r *reference) step() {
	switch rapid.SampledFrom([]string{"fetch", "fetch", "fetch", "ack", "ack", "ack", "written", "written", "written",
		"time", "grow", "release", "lso", "lead", "expire"}).Draw(r.t, "step") {
	case "fetch":
		r.fetch(rapid.SampledFrom(members).Draw(r.t, "member"), rapid.Int32Range(1, 30).Draw(r.t, "max"),
			rapid.Int32Range(1, 12).Draw(r.t, "size"), int8(rapid.IntRange(0, 1).Draw(r.t, "mode")), rapid.IntRange(1, 5).Draw(r.t, "read"))
	case "ack":
		r.acknowledge()
	case "written":
		if len(r.writes) > 0 {
			r.written(rapid.SampledFrom([]string{"ok", "ok", "failed", "unknown"}).Draw(r.t, "how"))
		}
	case "time":
		r.now += rapid.SampledFrom([]sim.Time{sim.Second, 16 * sim.Second, 31 * sim.Second}).Draw(r.t, "span")
	case "expire":
		r.expire()
	case "grow":
		r.grow()
	case "release":
		r.release(rapid.SampledFrom(members).Draw(r.t, "member"))
	case "lso":
		if rapid.IntRange(0, 3).Draw(r.t, "rare") == 0 {
			r.lso(rapid.Int64Range(r.start, r.end()).Draw(r.t, "log start"))
		}
	case "lead":
		if rapid.IntRange(0, 2).Draw(r.t, "rare") == 0 {
			r.lead()
		}
	}
}

// at is the record at an offset, made anew if nothing is known of it.
func (r *reference) at(offset int64) *record {
	x := r.records[offset]
	if x == nil {
		x = &record{}
		r.records[offset] = x
	}
	return x
}

// lead begins anew with what was written.
func (r *reference) lead() {
	r.p, r.writes, r.behind, r.silent = New(r.set, 1), nil, false, false
	read := api.SharePartitionState{StartOffset: r.first}
	for _, o := range r.offsets() { // the new leader knows nothing of those below its start
		if x := r.records[o]; o < r.first {
			x.state, x.member, x.token = Archived, "", 0
		}
	}
	for o := r.first; o < r.end(); o++ {
		x := r.at(o)
		b, ok := r.stored[o]
		x.losses = x.deliveries - b.DeliveryCount
		x.state, x.count, x.member, x.token = RecordState(b.DeliveryState), b.DeliveryCount, "", 0
		if ok {
			if n := len(read.StateBatches); n > 0 && joins(read.StateBatches[n-1], b) {
				read.StateBatches[n-1].LastOffset = o
			} else {
				read.StateBatches = append(read.StateBatches, b)
			}
		}
	}
	if _, err := r.p.Initialize(); err != api.None {
		r.t.Fatalf("initialize: %v", err)
	}
	if err := r.p.Initialized(api.None, &read, 0); err != api.None {
		r.t.Fatalf("initialized: %v", err)
	}
	r.spso = r.first
}

func joins(a, b api.ShareStateBatch) bool {
	return a.LastOffset+1 == b.FirstOffset && a.DeliveryState == b.DeliveryState && a.DeliveryCount == b.DeliveryCount
}

// read is what a log gives for an offset: whole batches.
func (r *reference) read(offset int64, n int) (out []Batch) {
	for _, b := range r.log {
		if b.Last >= offset && len(out) < n {
			out = append(out, b)
		}
	}
	return out
}

// fetch reads and acquires; it is false if there was nothing to read.
func (r *reference) fetch(member string, maxRecords, size int32, mode int8, batches int) bool {
	if !r.p.CanAcquire() {
		return false
	}
	offset := r.p.NextFetchOffset()
	if offset < r.start { // out of range
		return !r.blocked()
	}
	f := Fetch{Member: member, Mode: mode, BatchSize: size, MaxRecords: maxRecords, Offset: offset, Batches: r.read(offset, batches)}
	if len(f.Batches) == 0 {
		return false
	}
	acquired, count := r.p.Acquire(r.now, f)
	total := int64(0)
	for _, a := range acquired {
		total += a.LastOffset - a.FirstOffset + 1
		for o := a.FirstOffset; o <= a.LastOffset; o++ {
			r.acquired(o, member, a.DeliveryCount)
		}
	}
	if total != count || mode == api.RecordLimit && total > int64(maxRecords) {
		r.t.Errorf("%d acquired, %d said, at most %d", total, count, maxRecords)
	}
	return true
}

// blocked tells whether the partition has come to a stop for good, or will. 4.3.1
// does so in four cases (testdata/partition/stops.txt), and the model with it.
func (r *reference) blocked() bool {
	r.p.MoveStart(r.start)
	live, freed := false, false // records that were freed too late, below the start
	for _, i := range r.p.Records() {
		freed = freed || i.First < r.p.Start() && i.State == Available && !i.Writing
		live = live || i.Last >= r.p.Start() && (!i.State.Terminal() || i.Writing)
	}
	// A gap below the log's start, or a window full of what is done with.
	full := !live && !r.p.CanAcquire() && (r.p.gapOpen() || r.silent)
	gap := r.p.gapOpen() && r.p.NextFetchOffset() < r.start
	if offset := r.p.NextFetchOffset(); offset < r.start && !gap && !freed {
		r.t.Errorf("reads at %d, the log starts at %d\n%s", offset, r.start, r.p)
	}
	return gap || freed || full
}

func (r *reference) acquired(o int64, member string, count int16) {
	x := r.at(o)
	switch {
	case o < r.p.Start() || o >= r.end():
		r.t.Errorf("%d acquired, start %d end %d", o, r.p.Start(), r.end())
	case x.state == Acquired || x.token != 0: // I-S1
		r.t.Errorf("%d acquired by %s: it is %s by %q, write %d", o, member, x.state, x.member, x.token)
	case x.state.Terminal() || x.accepted: // I-S2
		r.t.Errorf("%d acquired by %s: it is %s, accepted %v", o, member, x.state, x.accepted)
	}
	x.state, x.member, x.until = Acquired, member, r.now+30*sim.Second
	x.count++
	x.deliveries++
	if x.count != count || x.count > r.set.DeliveryCountLimit || x.deliveries > r.set.DeliveryCountLimit+max(0, x.losses) { // I-S5
		r.t.Errorf("%d: delivery %d, said to be %d, %d in all, %d not written, limit %d", o, x.count, count, x.deliveries, x.losses, r.set.DeliveryCountLimit)
	}
}

// leave is what becomes of a record that its holder gives up, or acknowledges.
func (r *reference) leave(o int64, x *record, to RecordState) {
	if to == Available && (x.count >= r.set.DeliveryCountLimit || o < r.p.Start()) {
		to = Archived
	}
	x.state = to
}

func (r *reference) acknowledge() {
	member := rapid.SampledFrom(members).Draw(r.t, "member")
	var batches []api.AcknowledgementBatch
	after := max(0, r.p.Start()-3)
	for range rapid.IntRange(1, 3).Draw(r.t, "runs") {
		if after >= r.end() {
			break
		}
		// Mostly what the member has, and at times something else.
		first := rapid.Int64Range(after, r.end()-1).Draw(r.t, "first")
		for o := first; o < r.end() && rapid.IntRange(0, 9).Draw(r.t, "sloppy") > 0; o++ {
			if x := r.at(o); x.member == member && x.token == 0 {
				first = o
				break
			}
		}
		last := first + rapid.Int64Range(0, 5).Draw(r.t, "length")
		if x := r.at(first); x.member == member && rapid.IntRange(0, 9).Draw(r.t, "too far") > 0 {
			for last > first && r.at(last).member != member {
				last--
			}
		}
		b := api.AcknowledgementBatch{FirstOffset: first, LastOffset: last}
		n := 1
		if rapid.Bool().Draw(r.t, "each") {
			n = int(last - first + 1)
		}
		for range n {
			b.AcknowledgeTypes = append(b.AcknowledgeTypes, int8(rapid.IntRange(0, 4).Draw(r.t, "type")))
		}
		batches = append(batches, b)
		after = last + 1
	}
	r.acknowledged(member, batches)
}

// acknowledged compares with what the reference makes of it: all offsets from
// the start on must be the member's; one that is not spoils everything.
func (r *reference) acknowledged(member string, batches []api.AcknowledgementBatch) {
	start, cached := r.p.Start(), r.cached()
	good := true
	for _, b := range batches {
		for o := max(b.FirstOffset, start); o <= b.LastOffset; o++ {
			x := r.at(o)
			good = good && (x.state == Acquired && x.member == member && x.token == 0 || !cached[o] && cached[b.LastOffset])
		}
	}
	w, err := r.p.Acknowledge(r.now, member, batches)
	if err == api.None != good {
		// A gap makes the batch before it count, which may be another's.
		if gap := slices.ContainsFunc(batches, func(b api.AcknowledgementBatch) bool {
			return !cached[max(b.FirstOffset, start)]
		}); !gap || err == api.None {
			r.t.Errorf("%s acknowledges %v: %v\n%s", member, batches, err, r.p)
		}
	}
	renewed := true
	for _, b := range batches {
		for o := b.FirstOffset; o <= b.LastOffset; o++ {
			x := r.at(o)
			if err != api.None && (x.state != Acquired || x.member != member || x.token != 0) {
				renewed = renewed && o < start
			}
			typ := b.AcknowledgeTypes[0]
			if len(b.AcknowledgeTypes) > 1 {
				typ = b.AcknowledgeTypes[o-b.FirstOffset]
			}
			switch {
			case o < start || !cached[o] || x.member != member:
			case typ == api.AckRenew && (err == api.None || renewed):
				x.until = r.now + 30*sim.Second
				if err != api.None { // up to where it went is the batches' business
					x.until = r.lockOf(o)
				}
			case err == api.None && typ != api.AckRenew:
				x.token, x.expired = w.Token, false
				r.leave(o, x, acknowledged[typ])
			}
		}
	}
	r.issued(w, false)
}

// cached are the offsets that the partition keeps a state of.
func (r *reference) cached() map[int64]bool {
	out := map[int64]bool{}
	for _, i := range r.p.Records() {
		for o := i.First; o <= i.Last; o++ {
			out[o] = true
		}
	}
	return out
}

func (r *reference) lockOf(offset int64) sim.Time {
	for _, i := range r.p.Records() {
		if i.First <= offset && offset <= i.Last {
			return i.Until
		}
	}
	return sim.Never
}

func (r *reference) issued(w Write, done bool) {
	if w.Token != 0 {
		r.writes = append(r.writes, refWrite{w, done})
	}
}

func (r *reference) release(member string) {
	w := r.p.Release(member)
	for _, o := range r.offsets() {
		if x := r.records[o]; x.state == Acquired && x.member == member && x.token == 0 {
			x.token, x.expired = w.Token, false
			r.leave(o, x, Available)
		}
	}
	r.issued(w, false)
}

func (r *reference) offsets() []int64 {
	var out []int64
	for o := range r.records {
		out = append(out, o)
	}
	slices.Sort(out)
	return out
}

func (r *reference) expire() {
	w := r.p.Expire(r.now)
	n := int64(0)
	for _, o := range r.offsets() {
		switch x := r.records[o]; {
		case x.member == "" || x.until > r.now:
		case x.token != 0:
			x.expired = true
		case x.state == Acquired:
			x.member = ""
			r.leave(o, x, Available)
			n++
		}
	}
	for _, b := range w.State.StateBatches {
		n -= b.LastOffset - b.FirstOffset + 1
	}
	if n != 0 {
		r.t.Errorf("%d more locks should have run out\n%s", n, r.p)
	}
	r.issued(w, true)
}

// written ends the oldest write: they go over one connection. It may have been
// stored although the leader hears of a failure.
func (r *reference) written(how string) {
	w := r.writes[0]
	r.writes = r.writes[1:]
	if how != "failed" {
		r.store(w.State)
	}
	err := api.None
	if how != "ok" {
		err = api.CoordinatorNotAvailable
	}
	if o, ok := r.p.Written(w.Token, err); !ok || o.Error != api.None && w.done {
		r.t.Errorf("written: %v %v", o, ok)
	}
	if w.done {
		return
	}
	for _, o := range r.offsets() {
		x := r.records[o]
		if x.token != w.Token {
			continue
		}
		x.token = 0
		switch {
		case how == "ok":
			x.accepted = x.accepted || x.state == Acknowledged
			x.member = ""
		case x.gone:
			x.member = "" // the log's start has passed it
		case x.expired:
			x.member = ""
			x.state = Available
			if x.count >= r.set.DeliveryCountLimit {
				x.state, r.silent = Archived, true
			}
		default:
			x.state = Acquired
		}
	}
}

func (r *reference) store(s api.SharePartitionState) {
	r.first = max(r.first, s.StartOffset)
	for _, b := range s.StateBatches {
		for o := max(b.FirstOffset, r.first); o <= b.LastOffset; o++ {
			r.stored[o] = api.ShareStateBatch{FirstOffset: o, LastOffset: o, DeliveryState: b.DeliveryState, DeliveryCount: b.DeliveryCount}
		}
	}
}

func (r *reference) lso(to int64) {
	if to <= r.p.Start() || to < r.start {
		return
	}
	r.start = to
	r.p.MoveStart(to)
	for _, o := range r.offsets() {
		if x := r.records[o]; o < to && x.state == Available {
			x.state, x.gone = Archived, true
			if x.token == 0 {
				x.member = ""
			}
		}
	}
}

// check compares states, and checks how the start offset moved (I-S4).
func (r *reference) check() {
	check(r.t, r.p)
	// With the log's start in a gap the start offset goes back, and 4.3.1 loses count.
	r.behind = r.behind || r.p.gapOpen() && r.p.gap.start < r.start
	if done := r.p.terminalBelow(r.p.end + 1); len(r.p.batches) > 0 && r.p.completed != done && !r.behind {
		r.t.Errorf("counted %d terminal records, there are %d\n%s", r.p.completed, done, r.p)
	}
	for _, i := range r.p.Records() {
		for o := max(i.First, r.p.Start()); o <= i.Last; o++ {
			x := r.at(o)
			if x.state != i.State || i.State != Available && x.count != i.DeliveryCount || i.Writing != (x.token != 0) ||
				i.State == Acquired && (x.member != i.Member || x.until != i.Until) {
				r.t.Errorf("%d is %+v, want %+v\n%s", o, i, *x, r.p)
			}
		}
	}
	next := sim.Never
	for _, i := range r.p.Records() {
		next = min(next, i.Until)
	}
	if got := r.p.Expiry(); got != next {
		r.t.Errorf("the next lock runs out at %s, want %s", got, next)
	}
	for o := r.spso; o < r.p.Start(); o++ {
		if x := r.at(o); o >= r.start && (!x.state.Terminal() || x.token != 0) {
			r.t.Errorf("start %d passed %d: %+v", r.p.Start(), o, *x)
		}
	}
	if r.p.Start() < r.spso && r.spso > r.start {
		r.t.Errorf("start went from %d back to %d", r.spso, r.p.Start())
	}
	r.spso = max(r.start, r.p.Start())
	before := canon.Append(nil, int64(r.now), r.p)
	c := canon.Clone(r.p)
	if !bytes.Equal(before, canon.Append(nil, int64(r.now), c)) {
		r.t.Errorf("a copy differs")
	}
	c.Expire(r.now + sim.Minute)
	c.MoveStart(c.end)
	if !bytes.Equal(before, canon.Append(nil, int64(r.now), r.p)) {
		r.t.Errorf("a copy shares state")
	}
}

// calm lets one member take and accept all that is left: nothing may stay
// behind (I-S3).
func (r *reference) calm() {
	for range 3 {
		r.now += 31 * sim.Second
		for len(r.writes) > 0 {
			r.written("ok")
			r.check()
		}
		r.expire()
	}
	r.drain()
	r.grow() // while a gap may be there the start offset waits for what comes after it
	r.drain()
	if r.blocked() {
		return
	}
	if r.p.Start() != r.end() {
		r.t.Errorf("in the end, start %d of %d\n%s", r.p.Start(), r.end(), r.p)
	}
	for o := r.start; o < r.end(); o++ {
		if x := r.at(o); !x.state.Terminal() {
			r.t.Errorf("in the end, %d: %s", o, fmt.Sprintf("%+v", *x))
		}
	}
}

// drain lets a member take and accept all that there is.
func (r *reference) drain() {
	for range 1000 {
		if !r.fetch("m1", 500, 500, api.BatchOptimized, 3) {
			break
		}
		for _, o := range r.offsets() {
			if x := r.records[o]; x.state == Acquired && o >= r.p.Start() {
				r.acknowledged("m1", []api.AcknowledgementBatch{{FirstOffset: o, LastOffset: o, AcknowledgeTypes: []int8{api.AckAccept}}})
			}
		}
		r.now += 31 * sim.Second
		r.expire()
		for len(r.writes) > 0 {
			r.written("ok")
		}
		r.check()
	}
}
