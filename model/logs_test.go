package model

import (
	"testing"

	"pgregory.net/rapid"
)

// refLog is a partition's log small enough to be obviously right: producers
// whose answers may be lost, readers who get a prefix, and unclean elections.
type refLog struct {
	t      *rapid.T
	events []Event
	op     int64
	values []string // of the log
	open   []Event  // requests on their way: not appended yet
	sent   []Event  // appended, not acknowledged
	at     map[string]int64
	stale  map[string]*Event // what readers fetched before the last election, and will be handed
}

func (g *refLog) emit(e Event) {
	e.At = int64(len(g.events))
	g.events = append(g.events, e)
}

func (g *refLog) produce(client string) {
	g.op++
	e := Event{Kind: Produce, Client: client, TopicPartition: tp(0), To: rapid.Int64Range(1, 3).Draw(g.t, "size"), Op: g.op}
	for n := range e.To {
		e.Values = append(e.Values, client+"-"+itoa(g.op)+"-"+itoa(n))
	}
	g.emit(e)
	g.open = append(g.open, e)
}

// arrive appends a request, and acknowledge answers one.
func (g *refLog) arrive(i int) {
	e := g.open[i]
	g.open = append(g.open[:i:i], g.open[i+1:]...)
	e.From, e.To = int64(len(g.values)), int64(len(g.values))+e.To
	g.values = append(g.values, e.Values...)
	g.sent = append(g.sent, e)
}

func (g *refLog) acknowledge(i int, off int64) {
	e := g.sent[i]
	g.sent = append(g.sent[:i:i], g.sent[i+1:]...)
	e.Kind, e.From, e.To = Produced, e.From+off, e.To+off
	g.emit(e)
}

func (g *refLog) poll(client string) {
	if e := g.stale[client]; e != nil {
		g.emit(*e)
		delete(g.stale, client)
		return
	}
	from, ok := g.at[client]
	if !ok || from > int64(len(g.values)) {
		from = 0
		g.emit(Event{Kind: Assigned, Client: client, Group: "g", Generation: 1, Partitions: parts(0, 0)})
		g.emit(Event{Kind: Positioned, Client: client, Group: "g", TopicPartition: tp(0), Cause: CauseEarliest})
	}
	to := min(int64(len(g.values)), from+rapid.Int64Range(1, 4).Draw(g.t, "records"))
	if to > from {
		e := Event{Kind: Polled, Client: client, Group: "g", TopicPartition: tp(0), From: from, To: to}
		if rapid.Bool().Draw(g.t, "with values") {
			e.Values = append([]string(nil), g.values[from:to]...)
		}
		g.emit(e)
	}
	g.at[client] = max(from, to)
}

// elect takes the end of the log away, with all that was acknowledged of it.
func (g *refLog) elect() {
	to := int64(len(g.values))
	from := rapid.Int64Range(max(0, to-5), to).Draw(g.t, "the new end")
	for _, client := range []string{"mp1", "mp2", "mp3"} {
		if at, ok := g.at[client]; ok && at < to && rapid.Bool().Draw(g.t, "fetched before") {
			g.stale[client] = &Event{Kind: Polled, Client: client, Group: "g", TopicPartition: tp(0), From: at, To: to, Values: append([]string(nil), g.values[at:]...)}
		}
	}
	g.values = append([]string(nil), g.values[:from]...)
	g.emit(Event{Kind: Truncated, TopicPartition: tp(0), From: from, To: to, Cause: CauseUnclean})
	g.at = map[string]int64{}
}

func (g *refLog) step(unclean bool) {
	client := rapid.SampledFrom([]string{"p1", "p2", "p3"}).Draw(g.t, "client")
	switch act := rapid.IntRange(0, 11).Draw(g.t, "act"); {
	case act < 3:
		g.produce(client)
	case act < 6 && len(g.open) > 0:
		g.arrive(rapid.IntRange(0, len(g.open)-1).Draw(g.t, "request"))
	case act < 9 && len(g.sent) > 0:
		g.acknowledge(rapid.IntRange(0, len(g.sent)-1).Draw(g.t, "answer"), 0)
	case act == 9 && rapid.IntRange(0, 4).Draw(g.t, "crash") == 0:
		g.emit(Event{Kind: Stopped, Client: client, Cause: "crash"})
		g.emit(Event{Kind: Started, Client: client})
		g.open = without(g.open, client, rapid.Bool().Draw(g.t, "they arrive"), g.arrive)
		g.sent = without(g.sent, client, false, nil)
	case act == 10 && unclean && rapid.IntRange(0, 4).Draw(g.t, "elect") == 0:
		g.elect()
	default:
		g.poll("m" + client)
	}
}

// without drops a client's requests, or lets them arrive first.
func without(list []Event, client string, arrive bool, each func(int)) (kept []Event) {
	for i := 0; i < len(list) && arrive; i++ {
		if list[i].Client == client {
			each(i)
			return without(append(list[:i:i], list[i+1:]...), client, false, nil)
		}
	}
	for _, e := range list {
		if e.Client != client {
			kept = append(kept, e)
		}
	}
	return kept
}

func newRefLog(t *rapid.T) *refLog {
	g := &refLog{t: t, at: map[string]int64{}, stale: map[string]*Event{}}
	for _, c := range []string{"p1", "p2", "p3", "mp1", "mp2", "mp3"} {
		g.emit(Event{Kind: Started, Client: c})
	}
	return g
}

func (g *refLog) judge() (found []Anomaly, l *Logs) {
	l = &Logs{MaxOps: 512, MaxSteps: 200_000}
	report := func(a Anomaly) { found = append(found, a) }
	for i := range g.events {
		l.Observe(i, &g.events[i], report)
	}
	l.Finish(report)
	return found, l
}

func (g *refLog) trace() string {
	var text []byte
	for i := range g.events {
		text = append(append(append(text, itoa(int64(i))...), ' '), append(AppendEvent(nil, &g.events[i]), '\n')...)
	}
	return string(text)
}

// TestGoodLogIsAccepted: whatever answers are lost, and whatever unclean
// elections take away, a log that only appends shows no anomaly.
func TestGoodLogIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newRefLog(t)
		unclean := rapid.Bool().Draw(t, "unclean")
		for range rapid.IntRange(5, 300).Draw(t, "steps") {
			g.step(unclean)
		}
		if found, _ := g.judge(); len(found) > 0 {
			t.Fatalf("%s\n%s", found[0].Text, g.trace())
		}
	})
}

// TestWrongOffsetIsFound: of a log that tells a producer an offset that is not
// its record's, readers with values make it certain, and the order of requests
// often does.
func TestWrongOffsetIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newRefLog(t)
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			g.step(false)
		}
		for range 2 { // one after the other, and the second is told what the first was
			for len(g.open) > 0 {
				g.arrive(0)
			}
			for len(g.sent) > 0 {
				g.acknowledge(0, 0)
			}
			g.produce("p1")
		}
		g.arrive(0)
		g.acknowledge(0, -1)
		if found, _ := g.judge(); len(found) == 0 {
			t.Fatalf("nothing found\n%s", g.trace())
		}
	})
}
