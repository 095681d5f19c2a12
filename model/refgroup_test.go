package model

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// refGroup is a consumer group small enough to be obviously right: a
// coordinator, members, and requests and answers under way. It draws its
// steps, writes down what the members see, and knows what really happened.
type refGroup struct {
	t      *rapid.T
	events []Event
	now    int64
	ops    int64

	cooperative bool
	commitAhead bool // members commit what they have polled
	forgiving   bool // the coordinator accepts commits of any generation

	ends    [2]int64    // of the logs
	unacked [2][]span64 // produced, not acknowledged yet

	generation int32
	delivered  int32 // the latest that a member has learnt
	preparing  bool
	members    map[string]bool // whether it has joined again
	owner      [2]string
	committed  [2]int64
	under      []refCall

	clients map[string]*refClient

	// The truth.
	times       [2][]int // how often each record was processed
	zombieAcked int      // commits of old generations that were accepted and acknowledged
}

type span64 struct{ from, to int64 }

type refCall struct {
	client     string
	op         int64
	part       int
	offset     int64
	generation int32
	answered   bool
	late       bool // called when a later generation had reached a member
	err        string
	run        int
}

type refClient struct {
	run        int // its how many-th process
	up, deaf   bool
	joined     bool // its join is in, or its assignment is
	expelled   bool
	generation int32
	held       [2]bool
	polled     [2]int64
	done       [2]int64
	told       *[2]int64 // an assignment that it has not learnt yet
	gets       [2]bool
	revokes    [2]bool
}

func (g *refGroup) emit(e Event) {
	g.now += rapid.Int64Range(0, 1000).Draw(g.t, "µs")
	e.At = g.now
	switch e.Kind {
	case Produced, Started, Stopped, Calm, End, Fault:
	default:
		e.Group = "g"
	}
	g.events = append(g.events, e)
}

func tp(i int) TopicPartition { return TopicPartition{"orders", int32(i)} }

func (g *refGroup) chance(percent int, what string) bool {
	return rapid.IntRange(0, 99).Draw(g.t, what) < percent
}

var refNames = []string{"m1", "m2", "m3"}

func newRefGroup(t *rapid.T) *refGroup {
	g := &refGroup{t: t, members: map[string]bool{}, clients: map[string]*refClient{}, committed: [2]int64{-1, -1}}
	g.cooperative = rapid.Bool().Draw(t, "cooperative")
	g.emit(Event{Kind: Started, Client: "p1"})
	for _, n := range refNames {
		g.clients[n] = &refClient{}
	}
	return g
}

func (g *refGroup) start(n string) {
	c := g.clients[n]
	*c = refClient{run: c.run + 1, up: true}
	g.emit(Event{Kind: Started, Client: n})
	g.join(n, "start")
}

func (g *refGroup) join(n, cause string) {
	c := g.clients[n]
	g.emit(Event{Kind: Joining, Client: n, Cause: cause})
	c.joined, c.expelled, c.told = true, false, nil
	g.rebalance()
	g.members[n] = true
}

func (g *refGroup) crash(n string) {
	c := g.clients[n]
	c.up = false
	g.emit(Event{Kind: Stopped, Client: n, Cause: "crash"})
}

// expel removes a member that does not answer.
func (g *refGroup) expel(n string) {
	delete(g.members, n)
	g.emit(Event{Kind: Removed, Member: n + "-id"})
	g.clients[n].expelled = true
	for p := range g.owner {
		if g.owner[p] == n {
			g.owner[p] = ""
		}
	}
	g.rebalance()
}

func (g *refGroup) rebalance() {
	if !g.preparing {
		g.preparing = true
		for n := range g.members {
			g.members[n] = false
		}
		g.emit(Event{Kind: Rebalancing})
	}
}

// rejoin is a member's answer to a rebalance.
func (g *refGroup) rejoin(n string) {
	c := g.clients[n]
	if !g.cooperative {
		g.giveUp(n, [2]bool{true, true})
	}
	if !c.joined {
		g.emit(Event{Kind: Joining, Client: n, Cause: "rebalance"})
	}
	c.joined = true
	g.members[n] = true
}

// giveUp revokes what is held of parts; the member finishes and commits first.
func (g *refGroup) giveUp(n string, parts [2]bool) {
	c := g.clients[n]
	var list []PartitionOffset
	for p := range parts {
		if parts[p] && c.held[p] {
			list = append(list, PartitionOffset{TopicPartition: tp(p)})
		}
	}
	if len(list) == 0 {
		return
	}
	g.emit(Event{Kind: Revoked, Client: n, Generation: c.generation, Partitions: list})
	for p := range parts {
		if parts[p] && c.held[p] {
			if g.chance(50, "drain") {
				g.process(n, p, c.polled[p])
			}
			if g.chance(50, "commit on revoke") {
				g.commit(n, p)
				for i := range g.under { // those it sent before come first
					if g.under[i].client == n && !g.under[i].answered {
						g.arrive(i)
					}
				}
				if g.chance(80, "answered") {
					g.answer(len(g.under)-1, false)
				}
			}
			c.held[p] = false
		}
	}
	g.emit(Event{Kind: RevokeDone, Client: n})
}

// form completes a generation when all have joined.
func (g *refGroup) form() {
	var in []string
	for _, n := range refNames {
		if joined, member := g.members[n]; member {
			if !joined {
				return
			}
			in = append(in, n)
		}
	}
	if len(in) == 0 {
		return
	}
	g.generation++
	g.preparing = false
	var ids []string
	for _, n := range in {
		ids = append(ids, n+"-id")
		c := g.clients[n]
		c.gets, c.revokes = [2]bool{}, [2]bool{}
	}
	g.emit(Event{Kind: Formed, Generation: g.generation, Members: ids})
	shift := rapid.IntRange(0, 2).Draw(g.t, "shift")
	for p := range g.owner {
		next := in[(p+shift)%len(in)]
		holds := func(n string) bool { return n != next && g.clients[n].held[p] }
		switch i := slices.IndexFunc(in, holds); {
		case i >= 0: // it tells so when it joins; in the next generation another has it
			g.clients[in[i]].revokes[p] = true
			g.owner[p] = ""
		default:
			g.owner[p] = next
			g.clients[next].gets[p] = true
		}
	}
	for _, n := range in {
		g.clients[n].told = &[2]int64{}
	}
}

// learn tells a member its assignment.
func (g *refGroup) learn(n string) {
	c := g.clients[n]
	c.told, c.joined = nil, false
	c.generation = g.generation
	defer func() { g.delivered = max(g.delivered, c.generation) }()
	again := false
	if c.revokes != [2]bool{} {
		g.giveUp(n, c.revokes)
		again = true
	}
	var list, ask []PartitionOffset
	for p := range c.gets {
		if c.gets[p] && !c.held[p] {
			ask = append(ask, PartitionOffset{TopicPartition: tp(p)})
			list = append(list, PartitionOffset{tp(p), g.committed[p]})
		}
	}
	first := g.chance(50, "offsets with the assignment")
	assigned := Event{Kind: Assigned, Client: n, Member: n + "-id", Generation: c.generation, Partitions: slices.Clone(list)}
	if first {
		g.emit(assigned)
	}
	if len(ask) > 0 {
		g.ops++
		g.emit(Event{Kind: FetchOffsets, Client: n, Generation: c.generation, Op: g.ops, Partitions: ask})
		g.emit(Event{Kind: OffsetsTold, Client: n, Generation: c.generation, Op: g.ops, Partitions: list})
	}
	if !first {
		g.emit(assigned)
	}
	for _, p := range list {
		i, at, cause := int(p.Partition), p.Offset, "committed"
		if at < 0 {
			at, cause = 0, "earliest"
		}
		c.held[i], c.polled[i], c.done[i] = true, at, at
		g.emit(Event{Kind: Positioned, Client: n, Generation: c.generation, TopicPartition: tp(i), To: at, Cause: cause})
	}
	if again {
		g.rebalance()
	}
}

// lose is a member learning that it was expelled.
func (g *refGroup) lose(n string) {
	c := g.clients[n]
	var list []PartitionOffset
	for p := range c.held {
		if c.held[p] {
			list = append(list, PartitionOffset{TopicPartition: tp(p)})
		}
	}
	if len(list) > 0 {
		g.emit(Event{Kind: Lost, Client: n, Partitions: list})
		g.emit(Event{Kind: RevokeDone, Client: n})
	}
	c.held = [2]bool{}
	g.rebalance()
	g.join(n, "fenced")
}

func (g *refGroup) poll(n string, p int) {
	c := g.clients[n]
	if to := min(g.ends[p], c.polled[p]+rapid.Int64Range(1, 5).Draw(g.t, "records")); c.held[p] && to > c.polled[p] {
		g.emit(Event{Kind: Polled, Client: n, Generation: c.generation, TopicPartition: tp(p), From: c.polled[p], To: to})
		c.polled[p] = to
	}
}

func (g *refGroup) process(n string, p int, to int64) {
	c := g.clients[n]
	if !c.held[p] || to <= c.done[p] {
		return
	}
	g.emit(Event{Kind: Processed, Client: n, Generation: c.generation, TopicPartition: tp(p), From: c.done[p], To: to})
	for ; c.done[p] < to; c.done[p]++ {
		g.times[p][c.done[p]]++
	}
}

func (g *refGroup) commit(n string, p int) {
	c := g.clients[n]
	offset := c.done[p]
	if g.commitAhead {
		offset = c.polled[p]
	}
	g.ops++
	g.emit(Event{Kind: Commit, Client: n, Generation: c.generation, Op: g.ops, Partitions: []PartitionOffset{{tp(p), offset}}})
	g.under = append(g.under, refCall{client: n, op: g.ops, part: p, offset: offset, generation: c.generation, run: c.run, late: g.delivered > c.generation})
}

// arrive is a commit reaching the coordinator.
func (g *refGroup) arrive(i int) {
	r := &g.under[i]
	r.answered = true
	if _, member := g.members[r.client]; !g.forgiving && (!member || r.generation != g.generation) {
		r.err = "ILLEGAL_GENERATION"
		return
	}
	g.committed[r.part] = r.offset
}

// answer is the answer reaching the member, or being lost.
func (g *refGroup) answer(i int, lost bool) {
	r := g.under[i]
	g.under = slices.Delete(g.under, i, i+1)
	c := g.clients[r.client]
	if !c.up || c.run != r.run {
		return
	}
	err := r.err
	if lost {
		err = "REQUEST_TIMED_OUT"
	}
	if err == "" && r.late {
		g.zombieAcked++
	}
	g.emit(Event{Kind: CommitDone, Client: r.client, Generation: r.generation, Op: r.op, Error: err})
}

// calls moves a commit that is under way one step on: requests of one client
// stay in order, as on one connection.
func (g *refGroup) calls(i int) {
	r := g.under[i]
	for j := range i {
		if g.under[j].client == r.client && !g.under[j].answered {
			return
		}
	}
	switch {
	case !r.answered && g.chance(10, "the request is lost"):
		g.answer(i, true)
	case !r.answered:
		g.arrive(i)
	default:
		g.answer(i, g.chance(10, "the answer is lost"))
	}
}

func (g *refGroup) produce(p int) {
	n := rapid.Int64Range(1, 6).Draw(g.t, "produced")
	g.unacked[p] = append(g.unacked[p], span64{g.ends[p], g.ends[p] + n})
	g.ends[p] += n
	g.times[p] = append(g.times[p], make([]int, n)...)
}

func (g *refGroup) acknowledge(p int) {
	if len(g.unacked[p]) > 0 {
		s := g.unacked[p][0]
		g.unacked[p] = g.unacked[p][1:]
		g.emit(Event{Kind: Produced, Client: "p1", TopicPartition: tp(p), From: s.from, To: s.to})
	}
}

// step does one thing, drawn.
func (g *refGroup) step() {
	n := rapid.SampledFrom(refNames).Draw(g.t, "client")
	c, p := g.clients[n], rapid.IntRange(0, 1).Draw(g.t, "partition")
	act := rapid.IntRange(0, 15).Draw(g.t, "act")
	switch {
	case act == 0:
		g.produce(p)
	case act == 1:
		g.acknowledge(p)
	case act == 2 && len(g.under) > 0:
		g.calls(rapid.IntRange(0, len(g.under)-1).Draw(g.t, "call"))
	case act == 3 && !c.up:
		g.start(n)
	case act == 4 && c.up && g.chance(30, "crash"):
		g.crash(n)
	case act == 5 && c.up && g.chance(30, "deaf"):
		c.deaf = true
	case act == 6 && c.deaf:
		c.deaf = false
	default:
		g.live(n, p, act)
	}
}

// live is what members and their coordinator do by themselves.
func (g *refGroup) live(n string, p, act int) {
	c := g.clients[n]
	joined, member := g.members[n]
	switch {
	case member && (!c.up || c.deaf) && act < 10:
		g.expel(n)
	case !c.up:
	case act < 9 && !c.deaf && c.expelled:
		g.lose(n)
	case act < 9 && !c.deaf && g.preparing && member && !joined:
		g.rejoin(n)
	case act < 9 && c.told != nil && !c.deaf && !c.expelled && !g.preparing:
		g.learn(n)
	case act == 9 && g.preparing:
		g.form()
	case act < 12:
		g.poll(n, p)
	case act < 14:
		g.process(n, p, min(c.polled[p], c.done[p]+3))
	case c.held[p] && c.polled[p] > 0:
		g.commit(n, p)
	}
}

// settle heals all and lets the group read to the end.
func (g *refGroup) settle() {
	for _, n := range refNames {
		g.clients[n].deaf = false
		if c := g.clients[n]; !c.up {
			if _, member := g.members[n]; member {
				g.expel(n)
			}
			g.start(n)
		}
	}
	for p := range g.ends {
		for len(g.unacked[p]) > 0 {
			g.acknowledge(p)
		}
	}
	g.emit(Event{Kind: Calm})
	for g.preparing || g.busy() {
		for _, n := range refNames {
			c := g.clients[n]
			joined, member := g.members[n]
			switch {
			case c.expelled || !member:
				g.lose(n)
			case g.preparing && !joined:
				g.rejoin(n)
			case c.told != nil && !g.preparing:
				g.learn(n)
			}
		}
		if g.preparing {
			g.form()
		}
	}
	for p, n := range g.owner {
		c := g.clients[n]
		for c.polled[p] < g.ends[p] {
			g.poll(n, p)
		}
		g.process(n, p, c.polled[p])
		if c.polled[p] > 0 {
			g.commit(n, p)
		}
	}
	for len(g.under) > 0 {
		if !g.under[0].answered {
			g.arrive(0)
		}
		g.answer(0, false)
	}
	g.now += 100e6
	g.emit(Event{Kind: End})
}

func (g *refGroup) busy() bool {
	for _, n := range refNames {
		if _, member := g.members[n]; !member || g.clients[n].told != nil || g.clients[n].expelled {
			return true
		}
	}
	return false
}

func (g *refGroup) run() Report {
	for range rapid.IntRange(20, 300).Draw(g.t, "steps") {
		g.step()
	}
	g.settle()
	o := testBounds
	o.Fresh = true
	j := NewJudge(o)
	for i := range g.events {
		if err := g.events[i].Check(); err != nil {
			g.t.Fatalf("event %d: %v", i, err)
		}
		j.Observe(&g.events[i])
	}
	return j.Finish()
}

// truth counts what was never processed, and what was more than once.
func (g *refGroup) truth() (lost, duplicates int64) {
	for p := range g.times {
		for _, n := range g.times[p] {
			if n == 0 {
				lost++
			} else {
				duplicates += int64(n - 1)
			}
		}
	}
	return lost, duplicates
}

func (g *refGroup) trace() string {
	var text []byte
	for i := range g.events {
		text = fmt.Appendf(text, "%3d ", i)
		text = append(AppendEvent(text, &g.events[i]), '\n')
	}
	return string(text)
}
