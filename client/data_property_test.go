package client_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Whatever befalls members, broker and connections: a member is given each
// record from its position on, in order, none twice and none left out, until
// it has another position; and it begins where the group was told to be. When
// calm is back, all that was written is read.
func TestPositionsNeverSkip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newDataWorld(t, rt)
		w.trouble(rt, 20)
		w.calm(rt)
		for p, end := range w.written {
			if w.read[p] < end {
				rt.Errorf("%v is read up to %d of %d", p, w.read[p], end)
			}
		}
	})
}

// Commits take effect, and are told, in the order of the calls: also those
// that nobody waits for.
func TestCommitsKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newDataWorld(t, rt)
		w.trouble(rt, 20)
		w.calm(rt)
		if w.commits == 0 && w.o.commit != "" {
			rt.Error("nothing was committed")
		}
	})
}

// dataWorld is a world of looping members that is watched.
type dataWorld struct {
	*dataScript
	o       *dataOptions
	t       *rapid.T
	next    map[string]int64 // by member and partition: the next record that it may be given
	told    map[string]int64 // what it was told to be committed
	called  map[string]int64 // by member: the last commit called
	done    map[string]int64 // and the last one that ended
	written map[model.TopicPartition]int64
	read    map[model.TopicPartition]int64
	commits int
}

func newDataWorld(t *testing.T, rt *rapid.T) *dataWorld {
	o := &dataOptions{reset: "earliest", acks: "all", brokers: 1, work: rapid.SampledFrom([]int{1, 50, 700}).Draw(rt, "work"),
		max: rapid.IntRange(1, 20).Draw(rt, "max"), fetch: rapid.IntRange(1, 30).Draw(rt, "fetch"), loop: true,
		partitions: rapid.IntRange(1, 4).Draw(rt, "partitions"), records: rapid.IntRange(1, 200).Draw(rt, "records"), per: 5, every: 200,
		profile: rapid.SampledFrom([]string{"franz", "java"}).Draw(rt, "profile"),
		commit:  rapid.SampledFrom([]string{"", "sync", "async", "record"}).Draw(rt, "commit"),
		auto:    rapid.SampledFrom([]int{0, 300, 5000}).Draw(rt, "auto"), block: rapid.Bool().Draw(rt, "block"),
		assignor: rapid.SampledFrom([]string{"range", "cooperative-sticky"}).Draw(rt, "assignor")}
	w := &dataWorld{o: o, t: rt, next: map[string]int64{}, told: map[string]int64{}, called: map[string]int64{}, done: map[string]int64{},
		written: map[model.TopicPartition]int64{}, read: map[model.TopicPartition]int64{}}
	w.dataScript = buildDataWorld(t, o)
	w.dataScript.watch = w.see
	return w
}

func (w *dataWorld) apply(line string) {
	a, err := w.names.Parse(line)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = w.world.Apply(w.world.Now(), a) // what cannot be done now is left out
}

func (w *dataWorld) drive(span sim.Time) {
	if _, err := sim.Drive(w.world, &sim.TimedDriver{Until: w.world.Now() + span}, 1_000_000, nil); err != nil {
		w.t.Fatal(err)
	}
	w.out.Reset()
}

func (w *dataWorld) trouble(t *rapid.T, n int) {
	for _, node := range []string{"b0", "p1", "m1", "m2"} {
		w.apply("start " + node)
	}
	w.drive(3 * sim.Second)
	for range n {
		m := rapid.SampledFrom([]string{"m1", "m2", "m3"}).Draw(t, "member")
		w.apply(rapid.SampledFrom([]string{"start " + m, "start " + m, "crash " + m, "pause " + m, "resume " + m, "leave " + m,
			"reset " + m + "→b0/main", "reset " + m + "→b0/fetch", "reset " + m + "→b0/group", "reset p1→b0/produce", "reset p1→b0/main",
			"pause-fetch " + m + " orders/0", "resume-fetch " + m + " orders/0", "reload-coordinator b0", "crash b0", "start b0"}).Draw(t, "action"))
		w.drive(sim.Time(rapid.IntRange(0, 3000).Draw(t, "gap")) * ms)
	}
}

func (w *dataWorld) calm(*rapid.T) {
	for range 40 {
		for _, n := range []string{"b0", "p1", "m1", "m2", "m3"} {
			w.apply("start " + n)
			w.apply("resume " + n)
		}
		for _, m := range []string{"m1", "m2", "m3"} {
			w.apply("resume-fetch " + m + " orders/0")
		}
		w.drive(10 * sim.Second)
	}
}

// see checks each event of the history.
func (w *dataWorld) see(e *model.Event) {
	at := e.Client + " " + e.TopicPartition.String()
	switch e.Kind {
	case model.Produced:
		w.written[e.TopicPartition] = max(w.written[e.TopicPartition], e.To)
	case model.OffsetsTold:
		for _, p := range e.Partitions {
			w.told[e.Client+" "+p.TopicPartition.String()] = p.Offset
		}
	case model.Positioned:
		if e.Cause == "committed" && w.told[at] != e.To {
			w.t.Fatalf("%s begins at %d, though %d was told", at, e.To, w.told[at])
		}
		w.next[at] = e.To
	case model.Assigned:
		for _, p := range e.Partitions {
			delete(w.next, e.Client+" "+p.TopicPartition.String())
		}
	case model.Polled:
		if next, ok := w.next[at]; !ok || next != e.From {
			w.t.Fatalf("%v %s is given [%d,%d), and its position is %d (known: %v)", w.world.Now(), at, e.From, e.To, next, ok)
		}
		w.next[at] = e.To
		w.read[e.TopicPartition] = max(w.read[e.TopicPartition], e.To)
	case model.Commit:
		w.ordered(e, w.called, "called")
	case model.CommitDone:
		w.commits++
		// Java refuses a commit while it joins at once, before the answer to an
		// earlier one has come.
		if w.o.profile == "franz" || w.o.commit == "async" && w.o.auto == 0 && e.Error == "" {
			w.ordered(e, w.done, "ended")
		}
	}
}

func (w *dataWorld) ordered(e *model.Event, last map[string]int64, what string) {
	if e.Op <= last[e.Client] {
		w.t.Fatalf("commit %d of %s %s after %d", e.Op, e.Client, what, last[e.Client])
	}
	last[e.Client] = e.Op
}
