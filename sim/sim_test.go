package sim

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const toyNodes = 4

// drawPlan draws starts, and faults of every kind at random moments.
func drawPlan(t *rapid.T) []Entry {
	plan := toyStarts(toyNodes)
	node := rapid.Map(rapid.IntRange(0, toyNodes-1), func(i int) NodeID { return NodeID(i) })
	kinds := rapid.SampledFrom([]Kind{Start, Crash, Vanish, Pause, Resume, Cut, Heal, Reset, Drop, Duplicate, Delay, Reorder, Skew, Command})
	for range rapid.IntRange(0, 25).Draw(t, "faults") {
		a := Action{Kind: kinds.Draw(t, "kind"), Node: node.Draw(t, "node"), Peer: Nobody}
		switch a.Kind {
		case Cut, Heal:
			if p := node.Draw(t, "peer"); p != a.Node {
				a.Peer = p
			}
		case Reset, Drop, Duplicate, Delay, Reorder:
			a.Peer = node.Draw(t, "peer")
			a.Lane = Lane(rapid.IntRange(0, 1).Draw(t, "lane"))
			if a.Kind != Reset {
				a.Label = rapid.SampledFrom([]string{"gossip", "ack"}).Draw(t, "label")
			}
			if a.Kind == Delay {
				a.Key = "0.020s"
			}
		case Skew:
			a.Key = rapid.SampledFrom([]string{"+1.500s", "-0.020s 300ppm"}).Draw(t, "skew")
		case Command:
			a.Label = rapid.SampledFrom([]string{"leave", "boost"}).Draw(t, "command")
		}
		plan = append(plan, Entry{At: Time(rapid.IntRange(0, 300_000).Draw(t, "at")), Action: a})
	}
	slices.SortStableFunc(plan, func(a, b Entry) int { return int(a.At - b.At) })
	return plan
}

func drawDriver(t *rapid.T, plan []Entry) (Driver, bool) {
	if rapid.Bool().Draw(t, "untimed") {
		return &UntimedDriver{Seed: 7, Bound: 50 * Millisecond, Plan: slices.Clone(plan), Until: 400 * Millisecond}, true
	}
	d := &TimedDriver{Plan: slices.Clone(plan), Until: 400 * Millisecond}
	if rapid.Bool().Draw(t, "tampered") {
		d.Tamper = Tamper{Drop: 50, Duplicate: 50, Delay: 50, Reorder: 50, Most: 30 * Millisecond}
	}
	return d, false
}

// run makes a recorded run and gives the world after it, with its log.
func run(t *rapid.T, untimed bool, d Driver, cfg Config) (*World, *Log) {
	cfg.Untimed = untimed
	w := mustNew(cfg)
	log := &Log{Seed: 1, Follow: Exactly, Names: *w.Names()}
	w.Record(&log.Entries)
	if _, err := Drive(w, d, 1500, nil); err != nil {
		t.Fatal(err)
	}
	log.Hash, log.Steps = w.Hash(), w.Steps()
	return w, log
}

func TestNextIsTheLeastOfEnabled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, untimed := drawDriver(t, drawPlan(t))
		cfg := toyConfig(toyNodes, rapid.Uint64().Draw(t, "seed"))
		cfg.Untimed = untimed
		w := mustNew(cfg)
		for range 800 {
			all := w.Enabled(nil)
			next, ok := w.Next()
			if ok != (len(all) > 0) || ok && next != all[0] {
				t.Fatalf("Next gives %v %v, Enabled begins with %v", next, ok, all)
			}
			for _, c := range all {
				if why := w.misfit(c.At, c.Action); why != "" {
					t.Fatalf("%s is enabled but: %s", w.names.Print(c.Action), why)
				}
			}
			c, ok := d.Next(w)
			if !ok {
				return
			}
			if err := w.Apply(c.At, c.Action); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestCloneEvolvesAsItsOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := drawPlan(t)
		cfg := toyConfig(toyNodes, rapid.Uint64().Draw(t, "seed"))
		d := &TimedDriver{Plan: slices.Clone(plan)}
		w := mustNew(cfg)
		if _, err := Drive(w, d, uint64(rapid.IntRange(0, 500).Draw(t, "before")), nil); err != nil {
			t.Fatal(err)
		}
		c := w.Clone()
		if !bytes.Equal(w.Encode(nil), c.Encode(nil)) {
			t.Fatal("a clone encodes differently")
		}
		before := c.Encode(nil)
		d2 := *d
		d2.Plan = slices.Clone(d.Plan)
		if _, err := Drive(w, d, 300, nil); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, c.Encode(nil)) {
			t.Fatal("the original's steps show in its clone")
		}
		if _, err := Drive(c, &d2, 300, nil); err != nil {
			t.Fatal(err)
		}
		if w.Hash() != c.Hash() || !bytes.Equal(w.Encode(nil), c.Encode(nil)) {
			t.Fatal("a clone went another way than its original")
		}
	})
}

// Two actions of different nodes that send nothing commute: both orders must
// lead to equal encodings, though slots and links were numbered differently.
func TestEqualStatesEncodeEqually(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := toyConfig(toyNodes, rapid.Uint64().Draw(t, "seed"))
		cfg.Untimed, cfg.Draws = true, FixedDraws()
		w := mustNew(cfg)
		d := &UntimedDriver{Seed: rapid.Uint64().Draw(t, "order"), Bound: Second, Plan: drawPlan(t)}
		if _, err := Drive(w, d, uint64(rapid.IntRange(4, 300).Draw(t, "before")), nil); err != nil {
			t.Fatal(err)
		}
		all := w.Enabled(nil)
		for i := range all {
			for j := i + 1; j < len(all); j++ {
				x, y := all[i].Action, all[j].Action
				if x.Kind != Deliver || y.Kind != Deliver || x.Node == y.Node || x.Peer == y.Node || y.Peer == x.Node {
					continue
				}
				a, b := w.Clone(), w.Clone()
				apply(t, a, x, y)
				apply(t, b, y, x)
				if !bytes.Equal(a.Encode(nil), b.Encode(nil)) {
					t.Fatalf("%s and %s commute but encode differently", w.names.Print(x), w.names.Print(y))
				}
			}
		}
	})
}

func apply(t *rapid.T, w *World, as ...Action) {
	for _, a := range as {
		if err := w.Apply(w.Now(), a); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReplayGivesTheSameTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		d, untimed := drawDriver(t, drawPlan(t))
		_, log := run(t, untimed, d, toyConfig(toyNodes, seed))

		var text bytes.Buffer
		if _, err := log.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		read, err := ReadLog(&text)
		if err != nil {
			t.Fatal(err)
		}
		// The log alone decides: another seed must not matter.
		again := &ReplayDriver{Log: read}
		_, second := run(t, untimed, again, toyConfig(toyNodes, seed+1))
		if d := again.Divergence(); d != nil {
			t.Fatal(d)
		}
		if second.Hash != log.Hash || second.Steps != log.Steps {
			t.Fatalf("replay gives %d steps %#x, the run had %d steps %#x", second.Steps, second.Hash, log.Steps, log.Hash)
		}
	})
}

func TestTimedReplayOfDecisionsGivesTheSameTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		_, log := run(t, false, &TimedDriver{Plan: drawPlan(t), Until: 400 * Millisecond,
			Tamper: Tamper{Drop: 30, Duplicate: 30, Delay: 30, Reorder: 30, Most: 30 * Millisecond}}, toyConfig(toyNodes, seed))
		_, again := run(t, false, &TimedDriver{Plan: Decisions(log.Entries), Until: 400 * Millisecond}, toyConfig(toyNodes, seed))
		if again.Hash != log.Hash {
			t.Fatalf("the decisions alone give %#x, the run had %#x", again.Hash, log.Hash)
		}
	})
}

// A draw is told by what it is for, so a run without one of the faults must
// draw the same values wherever it draws for the same thing.
func TestDeletingAFaultLeavesOtherDraws(t *testing.T) {
	type drawn struct {
		node, peer NodeID
		purpose    string
		ordinal    uint64
	}
	rapid.Check(t, func(t *rapid.T) {
		seed, plan := rapid.Uint64().Draw(t, "seed"), drawPlan(t)
		values := func(plan []Entry) map[drawn]int64 {
			out := map[drawn]int64{}
			w := mustNew(toyConfig(toyNodes, seed))
			onDraw = func(purpose string, node, peer NodeID, ordinal uint64, v int64) {
				out[drawn{node, peer, purpose, ordinal}] = v
			}
			defer func() { onDraw = nil }()
			if _, err := Drive(w, &TimedDriver{Plan: plan, Until: 400 * Millisecond}, 1500, nil); err != nil {
				t.Fatal(err)
			}
			return out
		}
		all := values(slices.Clone(plan))
		gone := rapid.IntRange(0, len(plan)-1).Draw(t, "gone")
		fewer := values(slices.Delete(slices.Clone(plan), gone, gone+1))
		for k, v := range fewer {
			if was, ok := all[k]; ok && was != v {
				t.Fatalf("%v drew %d, without one fault %d", k, was, v)
			}
		}
	})
}

func TestActionNamesRoundTrip(t *testing.T) {
	names := Names{Nodes: []string{"n0", "n1", "n2", "n3"}, Lanes: []string{"main", "side"}}
	rapid.Check(t, func(t *rapid.T) {
		for _, e := range drawPlan(t) {
			got, err := names.Parse(names.Print(e.Action))
			if err != nil || got != e.Action {
				t.Fatalf("%q reads back as %+v, %v; was %+v", names.Print(e.Action), got, err, e.Action)
			}
		}
	})
	for _, s := range []string{"deliver JoinGroup n1→n0", "deliver closed n0→n1/side", "fire session-timeout n0 orders/n1-1"} {
		if a, err := names.Parse(s); err != nil || names.Print(a) != s {
			t.Errorf("%q reads as %+v, %v", s, a, err)
		}
	}
}

func TestBadActionsAreExplained(t *testing.T) {
	names := Names{Nodes: []string{"m1", "b0"}, Lanes: []string{"main"}}
	for text, want := range map[string]string{
		"":                       "the verb is missing",
		"crash":                  "the node is missing",
		"crash m7":               `no node is called "m7"`,
		"deliver JoinGroup m1":   "is no connection",
		"deliver X m1→b0/nosuch": `no lane is called "nosuch"`,
	} {
		if _, err := names.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v does not say %q", text, err, want)
		}
	}
}

func TestApplyRefusesWhatCannotBe(t *testing.T) {
	w := mustNew(toyConfig(2, 1))
	for _, text := range []string{"crash n0", "fire round n0", "deliver gossip n0→n1", "resume n1", "heal n0", "skew n0 soon"} {
		a, err := w.Names().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		before := w.Encode(nil)
		var m *Misfit
		if err := w.Apply(0, a); !errors.As(err, &m) {
			t.Errorf("%s: applied, or failed otherwise: %v", text, err)
		}
		if !bytes.Equal(before, w.Encode(nil)) {
			t.Errorf("%s: refused, yet the world changed", text)
		}
	}
}
