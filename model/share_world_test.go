package model

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// shareWorld is a share partition with its clients and the network between
// them, as plain as can be: answers are late, requests and answers are lost
// with their connections, writes fail, leaders change. What it tells is judged.
type shareWorld struct {
	rng    *rand.Rand
	bug    string
	events []Event
	now    int64

	leader  string
	term    int
	records []worldRecord
	stored  []worldRecord // what is on record
	start   int

	clients []*worldClient
	op      int64
	calm    bool
}

type worldRecord struct {
	is     shareIs
	count  int32
	member string
	until  int64
	stuck  bool // no timer runs
}

type worldClient struct {
	name, member string
	life         int
	holds        map[int]int32
	processed    map[int]bool
	lanes        map[string]*worldLane // by broker
}

// worldLane is a connection: what is under way is delivered in order.
type worldLane struct {
	up, down []worldMessage
	fetching bool
}

type worldMessage struct {
	fetch     bool
	op        int64
	from, to  int
	kind, err string
	given     []worldGiven
	member    string
}

type worldGiven struct {
	at    int
	count int32
}

const worldLock, worldLimit, worldRecords = 30_000, 5, 6

func newShareWorld(seed uint64, bug string) *shareWorld {
	w := &shareWorld{rng: rand.New(rand.NewPCG(seed, 7)), bug: bug, records: make([]worldRecord, worldRecords)}
	w.stored = slices.Clone(w.records)
	w.emit(Event{Kind: Started, Client: "p1"})
	w.emit(Event{Kind: Produced, Client: "p1", To: worldRecords})
	for _, name := range []string{"m1", "m2", "m3"} {
		c := &worldClient{name: name}
		w.clients = append(w.clients, c)
		w.begin(c)
	}
	w.load("b0")
	return w
}

func (w *shareWorld) emit(e Event) {
	e.At = w.now
	if e.Kind != Started && e.Kind != Stopped {
		e.TopicPartition = TopicPartition{"orders", 1}
		if e.Kind != Produced {
			e.Group = "alerts"
		}
	}
	w.events = append(w.events, e)
}

func (w *shareWorld) begin(c *worldClient) {
	c.life++
	c.member = c.name + "-" + itoa(int64(c.life))
	c.holds, c.processed, c.lanes = map[int]int32{}, map[int]bool{}, map[string]*worldLane{"b0": {}, "b1": {}}
	w.emit(Event{Kind: Started, Client: c.name})
}

func (w *shareWorld) load(node string) {
	w.leader = node
	w.term++
	w.records = slices.Clone(w.stored)
	w.start = 0
	w.emit(Event{Kind: ShareLoaded, Node: node, Generation: int32(w.term)})
	w.advance()
}

// told is a line of the leader about record n.
func (w *shareWorld) told(kind Kind, n int, cause string) {
	r := w.records[n]
	e := Event{Kind: kind, Node: w.leader, From: int64(n), To: int64(n) + 1, Deliveries: r.count, Cause: cause, Member: r.member}
	if kind == ShareArchived {
		e.Member = ""
	}
	w.emit(e)
}

// free makes a record available, or archives it.
func (w *shareWorld) free(n int) {
	r := &w.records[n]
	if r.count >= worldLimit && w.bug != "no limit" {
		w.told(ShareArchived, n, CauseLimit)
		*r = worldRecord{is: shareOver, count: r.count}
	} else {
		*r = worldRecord{count: r.count}
	}
	if w.rng.IntN(3) > 0 || r.is == shareOver {
		w.stored[n] = *r
	}
}

// advance moves the start offset over what is done.
func (w *shareWorld) advance() {
	to := w.start
	for to < worldRecords && (w.records[to].is == shareOver || w.bug == "start" && w.rng.IntN(4) == 0) {
		to++
	}
	if to > w.start {
		w.start = to
		w.emit(Event{Kind: ShareStartMoved, Node: w.leader, To: int64(to)})
	}
}

// passes lets time go by.
func (w *shareWorld) passes(us int64) {
	w.now += us
	for n := range w.records {
		r := &w.records[n]
		if r.is == shareHeld && r.until <= w.now && !r.stuck {
			w.told(ShareExpired, n, "")
			w.free(n)
		} else if r.is == shareOver && r.until > 0 && r.until <= w.now && w.bug == "timer" {
			r.until = 0
			w.told(ShareExpired, n, "")
			*r = worldRecord{count: r.count}
		}
	}
	w.advance()
}

// serve lets the broker take a client's next request.
func (w *shareWorld) serve(c *worldClient, node string) {
	l := c.lanes[node]
	m := l.up[0]
	l.up = l.up[1:]
	switch {
	case node != w.leader:
		m.err = "NOT_LEADER_OR_FOLLOWER"
	case m.fetch:
		for n := w.start; n < worldRecords; n++ {
			r := &w.records[n]
			if (r.is == shareFree || w.bug == "double" && r.is == shareHeld && w.rng.IntN(8) == 0) && w.rng.IntN(2) == 0 {
				*r = worldRecord{shareHeld, r.count + 1, m.member, w.now + worldLock, false}
				m.given = append(m.given, worldGiven{n, r.count})
			}
		}
	default:
		m.err = w.acknowledge(&m)
	}
	l.down = append(l.down, m)
	w.advance()
}

func (w *shareWorld) acknowledge(m *worldMessage) string {
	for n := max(m.from, w.start); n < m.to; n++ {
		if w.records[n].is != shareHeld || w.records[n].member != m.member {
			return "INVALID_RECORD_STATE"
		}
	}
	if m.kind == CauseRenew {
		for n := max(m.from, w.start); n < m.to; n++ {
			w.records[n].until = w.now + worldLock
		}
		return ""
	}
	failed := w.rng.IntN(6) == 0 && (!w.calm || w.bug == "stuck")
	stored := !failed || w.rng.IntN(2) == 0
	for n := max(m.from, w.start); n < m.to; n++ {
		r := w.records[n]
		if terminal(m.kind) || r.count >= worldLimit && w.bug != "no limit" {
			r.is = shareOver
			if w.bug != "timer" {
				r.until = 0
			}
		} else {
			r = worldRecord{count: r.count}
		}
		if stored && (w.bug != "amnesia" || w.rng.IntN(3) > 0) {
			w.stored[n] = r
		}
		if failed {
			w.records[n].stuck = w.bug == "stuck"
			continue
		}
		archived := r.is == shareOver && m.kind == CauseRelease
		if archived {
			w.told(ShareArchived, n, CauseLimit)
		}
		w.records[n] = r
	}
	if failed {
		return "COORDINATOR_NOT_AVAILABLE"
	}
	return ""
}

// receive lets a client take its next answer.
func (w *shareWorld) receive(c *worldClient, node string) {
	l := c.lanes[node]
	m := l.down[0]
	l.down = l.down[1:]
	if !m.fetch {
		w.emit(Event{Kind: ShareAcknowledgeDone, Client: c.name, Member: c.member, Op: m.op, Error: m.err})
		if m.err != "" && m.err != "COORDINATOR_NOT_AVAILABLE" {
			for n := m.from; n < m.to; n++ {
				delete(c.holds, n)
			}
		}
		return
	}
	l.fetching = false
	for _, g := range m.given {
		e := Event{Kind: ShareAcquired, Node: node, Client: c.name, Member: c.member, From: int64(g.at), To: int64(g.at) + 1, Deliveries: g.count}
		w.emit(e)
		e.Kind, e.Node, e.Deliveries = ShareProcessed, "", 0
		w.emit(e)
		c.holds[g.at] = g.count
	}
}

// disconnect loses what is under way, and the broker takes back the locks.
func (w *shareWorld) disconnect(c *worldClient, node string) {
	l := c.lanes[node]
	for _, m := range append(slices.Clone(l.up), l.down...) {
		if !m.fetch && c.lanes[node] == l {
			w.emit(Event{Kind: ShareAcknowledgeDone, Client: c.name, Member: c.member, Op: m.op, Error: "disconnected"})
		}
	}
	*l = worldLane{}
	w.release(c.member, node)
}

func (w *shareWorld) release(member, node string) {
	for n := range w.records {
		if r := &w.records[n]; node == w.leader && r.is == shareHeld && r.member == member {
			w.told(ShareReleased, n, "connection-lost")
			w.free(n)
		}
	}
	w.advance()
}

// acknowledges lets a client send an acknowledgement for what it believes it has.
func (w *shareWorld) acknowledges(c *worldClient) {
	if len(c.holds) == 0 {
		return
	}
	first := w.rng.IntN(worldRecords)
	if _, ok := c.holds[first]; !ok {
		return
	}
	to := first + 1
	for c.holds[to] > 0 && w.rng.IntN(2) == 0 {
		to++
	}
	kind := []string{CauseAccept, CauseAccept, CauseAccept, CauseRelease, CauseReject, CauseRenew}[w.rng.IntN(6)]
	if w.calm {
		kind = CauseAccept
	}
	w.op++
	w.emit(Event{Kind: ShareAcknowledge, Client: c.name, Member: c.member, Op: w.op, From: int64(first), To: int64(to), Cause: kind})
	l := c.lanes[w.leader]
	l.up = append(l.up, worldMessage{op: w.op, from: first, to: to, kind: kind, member: c.member})
	if kind != CauseRenew {
		for n := first; n < to; n++ {
			delete(c.holds, n)
		}
	}
}

func (w *shareWorld) step() {
	c := w.clients[w.rng.IntN(len(w.clients))]
	node := []string{"b0", "b1"}[w.rng.IntN(2)]
	l := c.lanes[node]
	switch n := w.rng.IntN(100); {
	case n < 20:
		if at := c.lanes[w.leader]; !at.fetching {
			at.fetching = true
			at.up = append(at.up, worldMessage{fetch: true, member: c.member})
		}
	case n < 45 && len(l.up) > 0:
		w.serve(c, node)
	case n < 65 && len(l.down) > 0:
		w.receive(c, node)
	case n < 85:
		w.acknowledges(c)
	case n < 93 || w.calm:
		w.passes(w.rng.Int64N(worldLock / 2))
	case n < 95:
		w.disconnect(c, node)
	case n < 97:
		w.emit(Event{Kind: Stopped, Client: c.name, Cause: "crash"})
		old := c.member
		w.begin(c)
		w.release(old, w.leader)
	case n < 99:
		w.emit(Event{Kind: ShareUnloaded, Node: w.leader})
		w.load([]string{"b0", "b1"}[w.rng.IntN(2)])
	}
	w.now++
}

func shareHistory(seed uint64, bug string) []Event {
	w := newShareWorld(seed, bug)
	for range 250 {
		w.step()
	}
	w.calm = true
	w.events = append(w.events, Event{Kind: Calm, At: w.now})
	for range 1500 {
		w.step()
	}
	w.passes(worldLock)
	w.passes(2 * worldLock)
	return append(w.events, Event{Kind: End, At: w.now})
}

var shareOptions = Options{Fresh: true, ShareLock: worldLock, ShareLimit: worldLimit, LagBound: 4 * worldLock}

// TestShareWorld: a right one shows no anomaly but records that were given up
// though every answer that had them was lost, whatever its luck.
func TestShareWorld(t *testing.T) {
	var sum ShareNumbers
	searched := 0
	for seed := range uint64(1000) {
		events := shareHistory(seed, "")
		j := NewJudge(shareOptions)
		for i := range events {
			j.Observe(&events[i])
		}
		r := j.Finish()
		sum.add(r.Summary.Share)
		for _, m := range j.monitors {
			if q, ok := m.(*ShareQueues); ok {
				searched += q.Searched
				if q.LeftOut > 0 {
					t.Fatalf("seed %d: %d left out", seed, q.LeftOut)
				}
			}
		}
		for _, a := range r.Anomalies {
			if a.Name != ShareArchivedUnprocessed {
				t.Fatalf("seed %d: %s", seed, reportText(&r))
			}
		}
		if len(r.Violations) > 0 {
			t.Fatalf("seed %d: %v", seed, r.Violations)
		}
	}
	if sum.Redelivered == 0 || sum.Expired == 0 || sum.Withdrawn == 0 || sum.Archived == 0 || sum.Refused == 0 || sum.Renewed == 0 || searched == 0 {
		t.Errorf("not all was seen: %+v, %d searched", sum, searched)
	}
}

// TestShareWorldWithBugs: each is found, by its name.
func TestShareWorldWithBugs(t *testing.T) {
	for bug, name := range map[string]string{
		"double": ShareDupWhileHeld, "timer": ShareRedeliveredAfterAck, "stuck": ShareLockLeak,
		"start": ShareStartPassedLive, "no limit": ShareDeliveredBeyondLimit, "amnesia": ShareAckLost,
	} {
		found, search := 0, 0
		for seed := range uint64(100) {
			r := judge(shareHistory(seed, bug), shareOptions)
			if r.Counts[name] > 0 {
				found++
			}
			if r.Counts[ShareNotLinearizable] > 0 {
				search++
			}
		}
		t.Logf("%s: %s in %d of 100 runs, %s in %d", bug, name, found, ShareNotLinearizable, search)
		if found == 0 {
			t.Errorf("%s was not found", bug)
		}
		if search == 0 && (bug == "double" || bug == "timer" || bug == "amnesia") {
			t.Errorf("%s was not found by search", bug)
		}
	}
}
