package checkpoint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// storeClient sends a list of requests at its start, all at once or one every
// so often, and keeps the answers.
type storeClient struct {
	store sim.NodeID
	send  []*StoreRequest
	every sim.Time
	next  int
	got   []string
}

func (c *storeClient) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InStart, sim.InTimer:
		for c.next < len(c.send) {
			c.next++
			fx.Send(c.store, laneControl, c.send[c.next-1])
			if c.every > 0 {
				fx.SetTimer("next", "", c.every)
				break
			}
		}
	case sim.InMessage:
		r := in.Msg.(*StoreResponse)
		c.got = append(c.got, fmt.Sprintf("%d:%s/%v%s", r.Tag, r.Value, r.Found, r.Error))
	}
}

func (c *storeClient) Crash() {}

// storeWorld is a store and its clients, and what the history is told.
type storeWorld struct {
	*sim.World
	store   *Store
	clients []*storeClient
	events  []string
}

func (w *storeWorld) Observe(_ sim.Time, _ sim.NodeID, event any) {
	e := event.(*model.Event)
	s := fmt.Sprintf("%s %s %s/%d %s=%s", e.Kind, e.Cause, e.Member, e.Generation, e.Keys[0], e.Values[0])
	for _, p := range e.Partitions {
		s += fmt.Sprintf(" %v@%d", p.TopicPartition, p.Offset)
	}
	w.events = append(w.events, s)
}

func newStoreWorld(t *testing.T, c StoreConfig, clients ...[]*StoreRequest) *storeWorld {
	w := &storeWorld{store: NewStore(c)}
	cfg := sim.Config{Draws: sim.SeededDraws(1), Network: sim.Network{Base: sim.Millisecond}, Observer: w,
		Names: sim.Names{Nodes: []string{"store"}, Lanes: []string{""}}, Nodes: []sim.Node{w.store}}
	for i, send := range clients {
		for n, r := range send {
			r.Tag = uint64(n + 1)
		}
		w.clients = append(w.clients, &storeClient{send: send})
		cfg.Names.Nodes = append(cfg.Names.Nodes, fmt.Sprintf("tm%d", i+1))
		cfg.Nodes = append(cfg.Nodes, w.clients[i])
	}
	var err error
	if w.World, err = sim.New(cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

// run starts all and lets the plan happen.
func (w *storeWorld) run(t *testing.T, plan ...string) {
	t.Helper()
	d := &sim.TimedDriver{Until: sim.Minute}
	for i := range len(w.clients) + 1 {
		d.Plan = append(d.Plan, sim.Entry{Action: sim.Action{Kind: sim.Start, Node: sim.NodeID(i), Peer: sim.Nobody}})
	}
	for _, p := range plan {
		at, what, _ := strings.Cut(p, " ")
		a, err := w.Names().Parse(what)
		if err != nil {
			t.Fatal(err)
		}
		when, err := sim.ParseTime(at)
		if err != nil {
			t.Fatal(err)
		}
		d.Plan = append(d.Plan, sim.Entry{At: when, Action: a})
	}
	if _, err := sim.Drive(w.World, d, 100_000, nil); err != nil {
		t.Fatal(err)
	}
	if d.Skipped > 0 {
		t.Fatalf("%d actions of the plan were not possible", d.Skipped)
	}
}

func TestStoreCommands(t *testing.T) {
	of := []Record{*rec(17, "k", "v", 0)}
	w := newStoreWorld(t, StoreConfig{}, []*StoreRequest{
		{Command: Incr, Key: "n", Task: "sink-0", Attempt: 1, Of: of},
		{Command: Incr, Key: "n", By: 5, Task: "sink-0", Attempt: 1},
		{Command: Get, Key: "n"},
		{Command: Set, Key: "k", Value: "a", Task: "sink-0", Attempt: 2},
		{Command: Incr, Key: "k", Task: "sink-0"},
		{Command: SetNX, Key: "k", Value: "b", Task: "sink-1"},
		{Command: SetNX, Key: "once", Value: "b", Task: "sink-1", Attempt: 2},
		{Command: SetFenced, Key: "f", Value: "new", Task: "sink-0", Attempt: 3},
		{Command: SetFenced, Key: "f", Value: "old", Task: "sink-0", Attempt: 2},
		{Command: SetFenced, Key: "f", Value: "newer", Task: "sink-0", Attempt: 3},
		{Command: Upsert, Key: UpsertKey(&of[0]), Value: "row", Task: "sink-0", Attempt: 3, Of: of},
		{Command: Del, Key: "k"},
		{Command: Get, Key: "k"},
		{Command: "MGET", Key: "k"},
	})
	w.run(t)
	if want := []string{"1:1/false", "2:6/false", "3:6/true", "4:/false", `5:/falsek is "a", which is no whole number`,
		"6:a/true", "7:/false", "8:/false", "9:/falseFENCED: attempt 3 has written f, this is attempt 2", "10:/true",
		"11:/false", "12:/true", "13:/false", `14:/false"MGET" is no command`}; !slices.Equal(w.clients[0].got, want) {
		t.Errorf("answers %q, want %q", w.clients[0].got, want)
	}
	if want := []string{"stored incr sink-0/1 n=1 t/0@17", "stored incr sink-0/1 n=6", "stored put sink-0/2 k=a", "stored put sink-1/2 once=b",
		"stored put sink-0/3 f=new", "stored put sink-0/3 f=newer", "stored upsert sink-0/3 t/0@17=row t/0@17"}; !slices.Equal(w.events, want) {
		t.Errorf("history %q, want %q", w.events, want)
	}
	if v, ok := w.store.Value("f"); !ok || v != "newer" || w.store.Total("n") != 6 {
		t.Errorf("f is %q, the total of n %d", v, w.store.Total("n"))
	}
}

// What a client has sent is done although it crashed meanwhile: so a zombie
// writes after its successor.
func TestStoreOutlivesItsClients(t *testing.T) {
	c := StoreConfig{Latency: 10 * sim.Millisecond}
	w := newStoreWorld(t, c, []*StoreRequest{{Command: Set, Key: "k", Value: "zombie", Attempt: 1}, {Command: SetFenced, Key: "f", Value: "zombie", Attempt: 1}})
	w.run(t, "0.005s crash tm1")
	if v, _ := w.store.Value("k"); v != "zombie" {
		t.Errorf("k is %q", v)
	}
	if len(w.clients[0].got) > 0 {
		t.Errorf("a process that is down was told %q", w.clients[0].got)
	}

	w = newStoreWorld(t, c, []*StoreRequest{{Command: Incr, Key: "n"}, {Command: Incr, Key: "n"}, {Command: Incr, Key: "n"}})
	w.clients[0].every = 20 * sim.Millisecond
	w.run(t, "0.019s crash store", "0.040s start store") // the second, at 20 ms, finds it down
	if w.store.Total("n") != 2 {
		t.Errorf("n is %d, want what was done before the crash and after the start", w.store.Total("n"))
	}

	// A crash of the store takes what waits, not what is done.
	w = newStoreWorld(t, c, []*StoreRequest{{Command: Incr, Key: "n"}})
	w.run(t, "0.005s crash store", "0.006s start store")
	if w.store.Total("n") != 0 || len(w.clients[0].got) > 0 || len(w.store.queue) > 0 {
		t.Errorf("n is %d, answers %q: the request was lost with the process", w.store.Total("n"), w.clients[0].got)
	}
}

func TestStoreCommandsFromOutside(t *testing.T) {
	w := newStoreWorld(t, StoreConfig{}, []*StoreRequest{{Command: Incr, Key: "n", Task: "sink-0"}, {Command: Incr, Key: "n", Task: "sink-0"}, {Command: Incr, Key: "n", Task: "sink-0"}})
	w.clients[0].every = 100 * sim.Millisecond
	w.run(t, "0.050s outage store 100ms", "0.160s latency store 250ms")
	if want := []string{"1:1/false", "2:/falsethe store is out of order", "3:2/false"}; !slices.Equal(w.clients[0].got, want) {
		t.Errorf("answers %q, want %q", w.clients[0].got, want)
	}
	if last := w.events[len(w.events)-1]; len(w.events) != 2 || w.Now() < 450*sim.Millisecond {
		t.Errorf("history %q ends at %v with %s", w.events, w.Now(), last)
	}
}

// Requests of one connection keep their order, however long each takes.
func TestStoreKeepsOrder(t *testing.T) {
	var send []*StoreRequest
	for i := range 100 {
		send = append(send, &StoreRequest{Command: Set, Key: "k", Value: fmt.Sprint(i)})
	}
	w := newStoreWorld(t, StoreConfig{Latency: sim.Millisecond, Jitter: 20 * sim.Millisecond}, send)
	w.run(t)
	for i, got := range w.clients[0].got {
		if !strings.HasPrefix(got, fmt.Sprint(i+1, ":")) {
			t.Fatalf("answer %d is %s", i+1, got)
		}
	}
	if v, _ := w.store.Value("k"); v != "99" || len(w.clients[0].got) != 100 {
		t.Errorf("k is %q after %d answers", v, len(w.clients[0].got))
	}
}

func TestStoreClones(t *testing.T) {
	if err := canon.Check[Store](); err != nil {
		t.Fatal(err)
	}
	w := newStoreWorld(t, StoreConfig{}, []*StoreRequest{{Command: Set, Key: "a", Value: "1"}, {Command: Set, Key: "b", Value: "2"}})
	w.run(t)
	other := NewStore(StoreConfig{})
	other.values["b"], other.values["a"] = stored{"2", 0}, stored{"1", 0}
	if !bytes.Equal(w.store.Encode(5, nil), other.Encode(9, nil)) {
		t.Error("stores with the same values have different encodings")
	}
	c := w.store.Clone().(*Store)
	c.values["a"] = stored{"3", 0}
	if v, _ := w.store.Value("a"); v != "1" || bytes.Equal(w.store.Encode(0, nil), c.Encode(0, nil)) {
		t.Errorf("a is %q after its copy was changed", v)
	}
}
