package client_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Whatever befalls brokers, connections and the task: from the offset that it
// assigned itself a task is told of each record, in order, none twice and none
// left out; what it knows of its position is just that; what does not change in
// an assignment goes on; commits end in the order of the calls, one answer each;
// after Close nothing is told. When calm is back, all is read, and the group's
// offsets are those of a commit that was called. The model accepts the history.
func TestDirectReadsEachRecordOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newDirectWorld(t, rt)
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			w.act(rt)
			w.drive(sim.Time(rapid.IntRange(0, 2000).Draw(rt, "gap")) * ms)
		}
		w.calm(rt)
	})
}

type directWorld struct {
	*dataScript
	o       *dataOptions
	t       *rapid.T
	task    *taskNode
	next    map[model.TopicPartition]int64 // what the task is to be told next, of what it reads
	written map[model.TopicPartition]int64
	called  []int64 // offsets committed of orders/0, in order
	ended   int     // of these, how many were answered or dropped
	stored  int     // what was stored is one from here on
}

func newDirectWorld(t *testing.T, rt *rapid.T) *directWorld {
	o := &dataOptions{reset: "earliest", assignor: "range", brokers: rapid.SampledFrom([]int{1, 1, 3}).Draw(rt, "brokers"),
		partitions: rapid.IntRange(1, 4).Draw(rt, "partitions"), records: rapid.IntRange(1, 200).Draw(rt, "records"), per: 5, every: 200,
		max: rapid.IntRange(1, 20).Draw(rt, "max"), fetch: rapid.IntRange(1, 30).Draw(rt, "fetch"),
		profile: rapid.SampledFrom([]string{"franz", "java"}).Draw(rt, "profile")}
	w := &directWorld{o: o, t: rt, next: map[model.TopicPartition]int64{}, written: map[model.TopicPartition]int64{}}
	w.dataScript = buildDirectWorld(t, o)
	w.watch, w.judge = w.see, model.NewJudge(model.Options{})
	id, _ := w.names.Node("t1")
	w.task = w.world.Node(id).(*taskNode)
	w.task.told = w.told
	for _, n := range []string{"c0", "b0", "b1", "b2", "p1", "t1"} {
		w.apply("start " + n)
	}
	w.drive(8 * sim.Second)
	return w
}

func (w *directWorld) drive(span sim.Time) {
	if _, err := sim.Drive(w.world, &sim.TimedDriver{Until: w.world.Now() + span}, 1_000_000, nil); err != nil {
		w.t.Fatal(err)
	}
	w.out.Reset()
}

// apply does what can be done now.
func (w *directWorld) apply(line string) bool {
	a, err := w.names.Parse(line)
	return err == nil && w.world.Apply(w.world.Now(), a) == nil
}

func (w *directWorld) act(t *rapid.T) {
	b := fmt.Sprintf("b%d", rapid.IntRange(0, w.o.brokers-1).Draw(t, "broker"))
	switch what := rapid.SampledFrom([]string{"assign", "assign", "commit", "commit", "close", "crash t1", "pause t1", "resume t1",
		"reset t1→" + b + "/main", "reset t1→" + b + "/fetch", "reset t1→" + b + "/group", "reset p1→" + b + "/produce",
		"crash " + b, "start " + b, "stop", "poll"}).Draw(t, "action"); what {
	case "assign":
		w.assign(t)
	case "commit":
		w.called = append(w.called, int64(len(w.called)))
		if !w.apply(fmt.Sprintf("commit t1 orders/0@%d", len(w.called)-1)) {
			w.called = w.called[:len(w.called)-1]
		}
	case "close":
		if w.apply("close t1") {
			w.forget()
		}
	case "crash t1":
		if w.apply(what) {
			w.forget()
			w.apply("start t1")
		}
	case "poll":
		w.apply(fmt.Sprintf("poll t1 %d", w.o.max))
	case "stop":
		w.apply("stop t1")
	default:
		w.apply(what)
	}
}

// forget is the end of what was read and asked.
func (w *directWorld) forget() {
	clear(w.next)
	w.ended = len(w.called)
}

// assign draws for each partition whether it is read, and from where: from
// where it is, from an offset below that or its end, or from the beginning.
func (w *directWorld) assign(t *rapid.T) {
	line, now := "assign t1", map[model.TopicPartition]int64{}
	for i := range w.o.partitions {
		p := model.TopicPartition{Topic: "orders", Partition: int32(i)}
		at, reads := w.next[p]
		switch rapid.SampledFrom([]string{"as it is", "as it is", "set", "earliest", "not"}).Draw(t, "split") {
		case "as it is":
			if reads {
				now[p] = at
				line += fmt.Sprintf(" %v@%d", p, at)
			}
		case "set":
			now[p] = rapid.Int64Range(0, w.written[p]).Draw(t, "offset")
			line += fmt.Sprintf(" %v@%d", p, now[p])
		case "earliest":
			now[p] = 0
			line += fmt.Sprintf(" %v@earliest", p)
		}
	}
	// The task is told of nothing inside Assign, so this is true before.
	was := w.next
	if w.next = now; !w.apply(line) {
		w.next = was
		return
	}
	w.apply(fmt.Sprintf("poll t1 %d", w.o.max))
}

// told checks what the task is told.
func (w *directWorld) told(ev *client.AppEvent) {
	switch ev.Kind {
	case client.AppRecords:
		for _, b := range ev.Batches {
			for _, r := range b.Records {
				if next, ok := w.next[b.TopicPartition]; !ok || next != r.Offset {
					w.t.Fatalf("%v is told of %v@%d, and next is %d (read: %v)", w.world.Now(), b.TopicPartition, r.Offset, next, ok)
				}
				w.next[b.TopicPartition]++
			}
		}
	case client.AppCommitted:
		if w.ended++; w.ended > len(w.called) {
			w.t.Fatalf("%v more commits end than were called", w.world.Now())
		}
		if ev.Err == 0 {
			w.stored = w.ended - 1
		}
	case client.AppFailed:
		w.t.Fatalf("%v it failed: %+v", w.world.Now(), ev)
	}
}

// calm heals everything, and has the rest read.
func (w *directWorld) calm(t *rapid.T) {
	for range 10 {
		for _, n := range []string{"b0", "b1", "b2", "t1"} {
			w.apply("start " + n)
			w.apply("resume " + n)
		}
		w.drive(10 * sim.Second)
	}
	line := "assign t1"
	for i := range w.o.partitions {
		p := model.TopicPartition{Topic: "orders", Partition: int32(i)}
		line += fmt.Sprintf(" %v@%d", p, w.next[p])
		w.next[p] += 0
	}
	w.apply(line)
	w.apply(fmt.Sprintf("poll t1 %d", w.o.max))
	w.drive(30 * sim.Second)
	for p, end := range w.written {
		if w.next[p] != end || w.task.direct.PositionOf(p) != end {
			t.Errorf("%v is read up to %d, and is at %d, of %d", p, w.next[p], w.task.direct.PositionOf(p), end)
		}
	}
	if why := w.task.direct.Consumer.Unsettled(); why != "" {
		t.Errorf("the task %s", why)
	}
	if w.ended != len(w.called) {
		t.Errorf("%d of %d commits ended", w.ended, len(w.called))
	}
	w.offsets(t)
	if r := w.judge.Finish(); r.ViolationCount > 0 || len(r.Counts) > 0 {
		t.Errorf("the judge says %v, %v", r.Violations, r.Counts)
	}
}

// offsets asks a directory what is stored: one of the commits from the last
// that was told to be stored on.
func (w *directWorld) offsets(t *rapid.T) {
	id, _ := w.names.Node("d1")
	found := int64(-2)
	w.world.Node(id).(*directoryNode).told = func(ev *client.DirectoryEvent) { found = ev.Offsets[0].Offset }
	w.apply("start d1")
	w.apply("committed d1 g orders/0")
	w.drive(10 * sim.Second)
	for _, o := range append([]int64{-1}, w.called...)[min(w.stored+1, len(w.called)):] {
		if o == found {
			return
		}
	}
	if w.stored > 0 || found != -1 {
		t.Errorf("the group is at %d; called were %v, and the last told to be stored is number %d", found, w.called, w.stored)
	}
}

// see notes what is there to be read.
func (w *directWorld) see(e *model.Event) {
	if e.Kind == model.Produced {
		w.written[e.TopicPartition] = max(w.written[e.TopicPartition], e.To)
	}
}
