package conform

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/group"
	"github.com/groundhogsim/groundhog/sim"
)

// The least and the most steps of a script.
const (
	minSteps = 10
	maxSteps = 40
)

// No step is planned so soon before or after a timer: the broker's run a
// little later than the model's, and requests are late on a busy machine.
const (
	beforeTimer = 350 * sim.Millisecond
	afterTimer  = 250 * sim.Millisecond
)

// Draw makes the n-th script of a seed. The script is played on the model while
// it is drawn, so that most steps are such that something comes of them.
func Draw(seed, n uint64) (*Script, error) {
	d := &drawer{rng: rand.New(rand.NewPCG(seed, n)), cast: newCast(), last: map[string]Step{}}
	d.script = &Script{Topics: []broker.Topic{{Name: "orders", Partitions: int32(1 + d.n(3))}}}
	if d.chance(30) {
		d.script.Topics = append(d.script.Topics, broker.Topic{Name: "bills", Partitions: int32(1 + d.n(2))})
	}
	var err error
	if d.world, err = newWorld(d.script, nameless, Settings(), nil); err != nil {
		return nil, err
	}
	d.habits()
	steps := minSteps + d.n(maxSteps-minSteps+1)
	for len(d.script.Steps) < steps {
		if err := d.next(); err != nil {
			return nil, err
		}
	}
	return d.script, nil
}

type drawer struct {
	rng     *rand.Rand
	script  *Script
	world   *world
	cast    cast
	learned int
	now     sim.Time
	last    map[string]Step // the last join of each member
	weights map[string]int  // of what is drawn; differs from script to script
	members int             // that take part
	statics int             // of them have an instance id
	wrong   int             // percent of requests that are spoiled
	old     int             // percent of requests of an old version
}

func (d *drawer) n(n int) int              { return d.rng.IntN(n) }
func (d *drawer) chance(percent int) bool  { return d.n(100) < percent }
func (d *drawer) of(list ...string) string { return list[d.n(len(list))] }
func (d *drawer) draw(weights ...weighted) string {
	total := 0
	for _, w := range weights {
		total += w.weight
	}
	k := d.n(max(total, 1))
	for _, w := range weights {
		if k -= w.weight; k < 0 {
			return w.what
		}
	}
	return weights[0].what
}

type weighted struct {
	what   string
	weight int
}

// habits draws what sets this script apart from others.
func (d *drawer) habits() {
	d.members = 2 + d.n(Members-1)
	d.statics = d.n(3) * d.n(d.members+1) / 2
	d.wrong = []int{0, 10, 25, 50}[d.n(4)]
	d.old = []int{0, 30, 60}[d.n(3)]
	d.weights = map[string]int{}
	for _, v := range []string{"data", "topics", "admin", "offsets", "leave", "short"} {
		d.weights[v] = []int{0, 1, 1, 3}[d.n(4)]
	}
}

// next draws one step and plays it. A timer that is due soon is waited for.
func (d *drawer) next() error {
	step, ok := d.step()
	if !ok {
		return nil
	}
	if due, armed := d.world.nextTimer(); armed && step.Verb != verbWait {
		at := d.now + pace
		if at > due-beforeTimer {
			step = wait(due + afterTimer - d.now)
		}
	}
	i := len(d.script.Steps)
	d.now += step.span(pace)
	if err := playStep(d.world, d.cast, i, step, d.now); err != nil {
		return err
	}
	d.script.Steps = append(d.script.Steps, step)
	if step.Verb == "join" {
		d.last[step.Who] = step
	}
	for ; d.learned < len(d.world.given); d.learned++ {
		g, err := d.world.taken(d.world.given[d.learned])
		if err != nil {
			return err
		}
		d.cast.learn(d.script.Steps[g.Request].Who, g.Answer)
	}
	return nil
}

// step draws a step; there may be none this time.
func (d *drawer) step() (Step, bool) {
	g, _ := d.world.group()
	what := d.draw(d.moves(g)...)
	if what == verbWait {
		return d.wait()
	}
	s, ok := d.request(what, g)
	if !ok {
		return s, false
	}
	if v := verbs[s.Verb]; d.chance(d.old) {
		s = s.with("v", strconv.Itoa(int(v.oldest)+d.n(int(v.newest-v.oldest)+1)))
	}
	if d.chance(d.wrong) {
		s = d.spoil(s)
	}
	return d.onFreeLane(s)
}

// moves are what can be drawn, by how much it is wanted in a state.
func (d *drawer) moves(g group.Description) []weighted {
	w := d.weights
	moves := []weighted{
		{"produce", 2 * w["data"]}, {"fetch", 2 * w["data"]}, {"list-offsets", w["data"]}, {"epoch-end", w["data"]},
		{"metadata", w["topics"]}, {"create-topics", w["topics"]}, {"create-partitions", w["topics"]},
		{"describe-groups", w["admin"]}, {"list-groups", w["admin"]}, {"find-coordinator", 1}, {"delete-groups", w["admin"]},
		{"commit", 3 + 3*w["offsets"]}, {"fetch-offsets", 1 + 3*w["offsets"]}, {"delete-offsets", 2 * w["offsets"]},
		{"leave", 1 + 2*w["leave"]}, {"heartbeat", 5},
	}
	switch g.State {
	case group.PreparingRebalance:
		moves = append(moves, weighted{"rejoin", 40}, weighted{"new", 8}, weighted{verbWait, 14}, weighted{"sync", 3})
	case group.CompletingRebalance:
		moves = append(moves, weighted{"late-sync", 40}, weighted{"rejoin", 5}, weighted{"new", 3}, weighted{verbWait, 4}, weighted{"sync", 3})
	case group.Stable:
		moves = append(moves, weighted{"rejoin", 12}, weighted{"new", 6}, weighted{verbWait, 5}, weighted{"sync", 6}, weighted{"late-sync", 5})
	default:
		moves = append(moves, weighted{"new", 40}, weighted{"rejoin", 3}, weighted{verbWait, 2}, weighted{"sync", 2})
	}
	if len(g.Pending) > 0 {
		moves = append(moves, weighted{"pending", 25})
	}
	return moves
}

// wait lets time pass: past the next timer, or a part of the way to it.
func (d *drawer) wait() (Step, bool) {
	due, armed := d.world.nextTimer()
	const longest = 6 * sim.Second
	switch {
	case !armed || due-d.now > longest:
		return wait(sim.Time(20+d.n(200)) * sim.Millisecond), d.chance(20)
	case d.chance(25) && due-d.now > 4*beforeTimer:
		return wait((due - d.now) / 2), true
	}
	return wait(due + afterTimer + sim.Time(d.n(50))*sim.Millisecond - d.now), true
}

func (d *drawer) who() string { return fmt.Sprintf("m%d", 1+d.n(d.members)) }

// whoHas finds the member of an id; empty if none has it.
func (d *drawer) whoHas(id string) string {
	for i := range Members {
		who := fmt.Sprintf("m%d", i+1)
		if r := d.cast[who]; r != nil && r.id == id && id != "" {
			return who
		}
	}
	return ""
}

// instance is the instance id that a member goes by; most have none.
func (d *drawer) instance(who string) string {
	if memberIndex(who) >= d.members-d.statics {
		return "i" + who[1:]
	}
	return ""
}

// somebody is a member of the group, most of the time.
func (d *drawer) somebody(g group.Description) string {
	if len(g.Members) > 0 && d.chance(75) {
		if who := d.whoHas(g.Members[d.n(len(g.Members))].ID); who != "" {
			return who
		}
	}
	return d.who()
}

func (d *drawer) request(what string, g group.Description) (Step, bool) {
	who := d.somebody(g)
	switch what {
	case "new", "rejoin", "pending":
		return d.join(what, g)
	case "sync":
		return d.sync(who), true
	case "late-sync":
		if len(g.PendingSync) == 0 {
			return Step{}, false
		}
		if who = d.whoHas(g.PendingSync[d.n(len(g.PendingSync))]); who == "" {
			return Step{}, false
		}
		return d.sync(who), true
	case "heartbeat", "leave":
		return d.member(Step{Verb: what, Who: who}), true
	case "commit":
		s := d.partitions(d.member(Step{Verb: what, Who: who}), 2, func() string { return strconv.Itoa(d.n(100)) })
		if d.chance(15) {
			s = s.with("gen", "-1").with("id", "").without("instance")
		}
		if d.chance(20) {
			s = s.with("metadata", strings.Repeat(d.of("a", "é"), 1+d.n(10)))
		}
		return s, true
	case "fetch-offsets":
		s := Step{Verb: what, Who: who}
		if d.chance(70) {
			s = d.partitions(s, 3, nil)
		}
		if d.chance(30) {
			s.Opts = append(s.Opts, Opt{Key: "stable", Bare: true})
		}
		if len(s.Opts) == 0 || s.has("stable") && len(s.Opts) == 1 {
			s = s.with("v", strconv.Itoa(2+d.n(8))) // before, nobody could ask for all
		}
		return s, true
	case "delete-offsets":
		return d.partitions(Step{Verb: what, Who: who}, 2, nil), true
	}
	return d.other(what, who), true
}

// member adds what a request of a member says beside its id.
func (d *drawer) member(s Step) Step {
	if i := d.instance(s.Who); i != "" && d.chance(90) {
		s = s.with("instance", i)
	}
	return s
}

func (d *drawer) partitions(s Step, most int, value func() string) Step {
	for range 1 + d.n(most) {
		p := d.partition()
		switch {
		case s.has(p):
		case value == nil:
			s.Opts = append(s.Opts, Opt{Key: p, Bare: true})
		default:
			s.Opts = append(s.Opts, Opt{Key: p, Value: value()})
		}
	}
	return s
}

// partition is one that there is, most of the time.
func (d *drawer) partition() string {
	if d.chance(85) {
		t := d.script.Topics[d.n(len(d.script.Topics))]
		return fmt.Sprintf("%s/%d", t.Name, d.n(int(t.Partitions)))
	}
	return fmt.Sprintf("%s/%d", d.of("orders", "orders", "bills", "new", "nowhere"), d.n(4))
}

// join draws a JoinGroup: of somebody new, of one who is pending, or of a
// member, with what it said before or something else.
func (d *drawer) join(what string, g group.Description) (Step, bool) {
	var ids []string
	switch what {
	case "pending":
		ids = g.Pending
	case "rejoin":
		for _, m := range g.Members {
			if m.Waits == "" {
				ids = append(ids, m.ID)
			}
		}
	}
	who := d.who()
	if len(ids) > 0 {
		if who = d.whoHas(ids[d.n(len(ids))]); who == "" {
			return Step{}, false
		}
	}
	if last, ok := d.last[who]; ok && what != "new" {
		s := last.without("id").without("v").without("lane")
		if d.chance(30) {
			s = s.with("userdata", d.of("x", "y", "z"))
		}
		if d.chance(10) {
			s = s.with("topics", d.of("orders", "bills", "orders,bills"))
		}
		return s, true
	}
	s := d.member(Step{Verb: "join", Who: who}).with("id", "")
	s = s.with("session", d.draw(weighted{"9s", 8}, weighted{"5s", 3 * d.weights["short"]}, weighted{"3s", d.weights["short"]}, weighted{"100ms", 1}))
	s = s.with("rebalance", d.draw(weighted{"5s", 8}, weighted{"2.5s", 2 * d.weights["short"]}, weighted{"1.2s", d.weights["short"]}))
	s = s.with("protocols", d.draw(weighted{"range", 8}, weighted{"range,sticky", 4}, weighted{"sticky,range", 4},
		weighted{"sticky,roundrobin,range", 2}, weighted{"roundrobin", 1}))
	if d.chance(20) {
		s = s.with("topics", d.of("bills", "orders,bills"))
	}
	return s, true
}

// sync draws a SyncGroup. Whoever may lead brings an assignment; what others
// bring counts for nothing.
func (d *drawer) sync(who string) Step {
	s := d.member(Step{Verb: "sync", Who: who})
	if d.chance(10) {
		return s
	}
	var parts []string
	for i := range d.members {
		if d.chance(90) {
			p := fmt.Sprintf("m%d:", i+1)
			if d.chance(80) {
				p += fmt.Sprintf("orders/%d", i)
			}
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return s
	}
	return s.with("assign", strings.Join(parts, ";"))
}

// other draws requests that have nothing to do with membership.
func (d *drawer) other(what, who string) Step {
	s := Step{Verb: what, Who: who}
	epoch := func(s Step) Step {
		if d.chance(25) {
			s = s.with("epoch", d.of("0", "1"))
		}
		return s
	}
	switch what {
	case "produce":
		s = d.partitions(s, 2, func() string { return d.of("a", "a,b", "a,b,c") })
		return s.with("acks", d.draw(weighted{"-1", 6}, weighted{"1", 2}, weighted{"0", 1}, weighted{"2", 1}))
	case "fetch":
		s = d.partitions(epoch(s), 2, func() string { return strconv.Itoa(d.n(4)) })
		if d.chance(20) {
			s = s.with("max-wait", d.of("300ms", "1s"))
		}
		return s
	case "list-offsets":
		return d.partitions(epoch(s), 2, func() string { return d.of("latest", "earliest", "0", "1", "5") })
	case "epoch-end":
		return d.partitions(epoch(s), 2, func() string { return d.of("0", "0", "1", "-1") })
	case "metadata":
		return s.with("topics", d.of("orders", "bills", "orders,nowhere", "new", "bad/name"))
	case "create-topics":
		return s.with("topics", d.of("new:1", "new:2", "orders:1", "new:0", "new:-1", "bad/name:1")).with("replicas", d.of("1", "1", "1", "-1", "0", "2"))
	case "create-partitions":
		return s.with("topics", d.of("orders:2", "orders:3", "orders:4", "bills:2", "nowhere:2", "orders:0"))
	case "describe-groups":
		return s.with("groups", d.of("g", "g", "other", "g,other"))
	case "list-groups":
		return s.with("states", d.of("", "", "Stable", "Empty", "PreparingRebalance,Stable", "Nonsense")).with("types", d.of("", "", "classic", "consumer"))
	case "delete-groups":
		return s.with("groups", d.of("g", "g", "other", "g,other"))
	}
	return s
}

// spoil makes one thing about a request wrong, or unusual.
func (d *drawer) spoil(s Step) Step {
	v := verbs[s.Verb]
	var can []weighted
	for _, k := range []string{"id", "gen", "instance", "protocol", "type", "group", "protocols", "session"} {
		if slices.Contains(v.opts, k) {
			can = append(can, weighted{k, map[string]int{"id": 6, "gen": 6, "instance": 5, "session": 2}[k] + 1})
		}
	}
	if len(can) == 0 {
		return s
	}
	switch k := d.draw(can...); k {
	case "id":
		return s.with(k, d.of("ghost", "", "@"+d.who(), "@"+d.who()+".old"))
	case "gen":
		return s.with(k, d.of("next", "last", "-1", "0"))
	case "instance":
		return s.with(k, d.of("i9", "i"+d.who()[1:], "i"+d.who()[1:]))
	case "group":
		if strings.Contains(s.Verb, "offsets") || s.Verb == "commit" {
			return s.with(k, "other") // the group without a name has offsets, too; all scripts share it
		}
		return s.with(k, d.of("", "other", "other"))
	case "protocols":
		return s.with(k, d.of("", "roundrobin", "other"))
	case "session":
		return s.with(k, d.of("999ms", "1s", "1m", "60001ms"))
	default:
		return s.with(k, d.of("other", "", "range", "consumer"))
	}
}

// onFreeLane puts a request on a connection that is not muted; most of the time
// its own, or one of two spare ones.
func (d *drawer) onFreeLane(s Step) (Step, bool) {
	waits := d.world.clients[memberIndex(s.Who)].waits
	lane := s.lane()
	if len(waits[sim.Lane(lane)]) > 0 {
		for lane = laneData + 1; lane < Lanes && len(waits[sim.Lane(lane)]) > 0; lane++ {
		}
		if lane == Lanes {
			return s, false
		}
		s = s.with("lane", strconv.Itoa(lane))
	}
	// What makes no request at all is no step.
	_, err := build(s, d.cast, nameless, 0)
	return s, err == nil
}
