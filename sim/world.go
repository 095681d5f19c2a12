package sim

import "fmt"

// Config is what a world is made of.
type Config struct {
	Names    Names
	Nodes    []Node // one for each of Names.Nodes; all are down at first
	Draws    Draws
	Network  Network
	Untimed  bool // messages take no time; the driver chooses the order
	Faults   FaultBudget
	Observer Observer
}

// World is the whole state of one run.
type World struct {
	names    *Names
	nodes    []nodeState
	links    []link
	linkAt   map[linkKey]int32
	slots    []slot
	free     []int32 // slots of timers that are gone
	queue    queue
	cuts     []cut
	network  Network
	draws    Draws
	faults   FaultBudget
	spent    []uint8 // of each item of the budget
	observer Observer
	watcher  Watcher // the observer, if it watches actions too
	untimed  bool

	now     Time
	instant int // actions applied at now so far
	steps   uint64
	hash    uint64
	record  *[]Entry
	drawn   []Draw
	in      Input
	fx      Effects
}

type nodeState struct {
	node    Node
	up      bool
	paused  bool
	silent  bool // went down without telling anybody
	exiting bool
	skew    Time    // added to its clock
	drift   int32   // parts per million that its clock runs fast
	timers  []int32 // slots
	links   []int32
}

type slotKind uint8

const (
	slotFree slotKind = iota
	slotStream
	slotTimer
)

// slot is something that comes due: a node's timer, or the oldest message of
// one direction of a link.
type slot struct {
	kind  slotKind
	end   uint8 // stream: the sending end
	owner NodeID
	link  int32
	at    Time // timer
	label string
	key   string
}

// New makes a world in which every node is down and nothing is under way.
func New(c Config) (*World, error) {
	if len(c.Nodes) != len(c.Names.Nodes) {
		return nil, fmt.Errorf("sim: %d nodes but %d names", len(c.Nodes), len(c.Names.Nodes))
	}
	if len(c.Nodes) >= int(Nobody) {
		return nil, fmt.Errorf("sim: %d nodes, at most %d are possible", len(c.Nodes), Nobody-1)
	}
	w := &World{
		names: &c.Names, network: c.Network, draws: c.Draws, faults: c.Faults,
		observer: c.Observer, untimed: c.Untimed, linkAt: map[linkKey]int32{},
		spent: make([]uint8, len(c.Faults.Items)),
	}
	w.watcher, _ = c.Observer.(Watcher)
	w.nodes = make([]nodeState, len(c.Nodes))
	for i, n := range c.Nodes {
		w.nodes[i].node = n
	}
	return w, nil
}

// Names are the world's words, for printing and parsing its actions.
func (w *World) Names() *Names { return w.names }

// Now is the world's time.
func (w *World) Now() Time { return w.now }

// Steps is how many actions have been applied.
func (w *World) Steps() uint64 { return w.steps }

// Instant is how many actions have been applied at the present moment: with
// the time it places an action exactly, whatever came before.
func (w *World) Instant() int { return w.instant }

// Hash is the rolling hash of all actions applied and of their times.
func (w *World) Hash() uint64 { return w.hash }

// Node is a node's state machine, for drivers and checks that look inside.
func (w *World) Node(id NodeID) Node { return w.nodes[id].node }

// Up tells whether a node runs (it may be paused).
func (w *World) Up(id NodeID) bool { return w.nodes[id].up }

// Paused tells whether a node stands still.
func (w *World) Paused(id NodeID) bool { return w.nodes[id].paused }

// Draws is the world's luck, for drivers that need some of their own.
func (w *World) Draws() *Draws { return &w.draws }

// SetObserver changes who is told of what nodes observe: each of several
// clones has its own.
func (w *World) SetObserver(o Observer) {
	w.observer = o
	w.watcher, _ = o.(Watcher)
}

// SetUntimed switches to untimed driving with fixed draws, for exhaustive
// search from a state that a timed run has led to. Messages under way are as
// if just sent.
func (w *World) SetUntimed(b FaultBudget) {
	w.untimed, w.draws = true, FixedDraws()
	w.faults, w.spent = b, make([]uint8, len(b.Items))
	w.record = nil
	for i := range w.links {
		for e := range w.links[i].dir {
			s := &w.links[i].dir[e]
			for j := s.first; j < len(s.fifo); j++ {
				s.fifo[j].sent, s.fifo[j].due = w.now, w.now
			}
			w.refresh(s.slot)
		}
	}
}

// SetTimed switches to timed driving, for a liveness phase after an untimed run.
func (w *World) SetTimed() { w.untimed = false }

// Record makes every applied action and its draws append to log.
func (w *World) Record(log *[]Entry) {
	w.record = log
	w.draws.rec = nil
	if log != nil {
		w.draws.rec = &w.drawn
	}
}

// Choice is an action and the moment at which it is due.
type Choice struct {
	At     Time
	Action Action
}

// Next gives the earliest action; of several at once the least in canonical
// order. It is not ok when nothing is under way.
func (w *World) Next() (c Choice, ok bool) {
	if len(w.queue.heap) == 0 {
		return Choice{}, false
	}
	d := w.queue.heap[0]
	return Choice{max(d.at, w.now), w.slotAction(d.slot)}, true
}

func (w *World) slotAction(id int32) Action {
	s := &w.slots[id]
	if s.kind == slotTimer {
		return Action{Kind: Fire, Node: s.owner, Peer: Nobody, Label: s.label, Key: s.key}
	}
	l := &w.links[s.link]
	return Action{
		Kind: Deliver, Node: s.owner, Peer: l.ends[s.end], Lane: l.lane,
		Label: l.dir[s.end].head().name(),
	}
}

func (w *World) tieLess(a, b int32) bool {
	return Compare(w.slotAction(a), w.slotAction(b)) < 0
}

// refresh puts a slot into the queue or takes it out, by whether it can
// happen now. It is the one place that decides this.
func (w *World) refresh(id int32) {
	s := &w.slots[id]
	n := &w.nodes[s.owner]
	ready := s.kind != slotFree && n.up && !n.paused
	at := s.at
	if ready && s.kind == slotStream {
		l := &w.links[s.link]
		st := &l.dir[s.end]
		if ready = !st.empty() && !w.severed(l.ends[0], l.ends[1]); ready {
			at = st.head().due
		}
	}
	if ready {
		w.queue.put(id, at, w)
	} else {
		w.queue.remove(id, w)
	}
}

func (w *World) refreshNode(id NodeID) {
	n := &w.nodes[id]
	for _, t := range n.timers {
		w.refresh(t)
	}
	for _, l := range n.links {
		w.refresh(w.links[l].dir[0].slot)
		w.refresh(w.links[l].dir[1].slot)
	}
}

func (w *World) newSlot(s slot) int32 {
	if n := len(w.free); n > 0 {
		id := w.free[n-1]
		w.free = w.free[:n-1]
		w.slots[id] = s
		return id
	}
	w.slots = append(w.slots, s)
	w.queue.grow(len(w.slots))
	return int32(len(w.slots) - 1)
}
