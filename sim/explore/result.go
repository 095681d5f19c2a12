package explore

// Result is what a search found. With the same model and options it is always the same, whatever
// the number of workers; MaxStates, MemoryBytes and Strategy can change it.
type Result struct {
	// States counts distinct states, the initial ones included, and Transitions the actions enabled
	// in the states whose actions were tried. When a breadth-first search is incomplete, States
	// counts whole levels only, and can be 0.
	States, Transitions uint64
	// Depth is, breadth first, the number of levels, an initial state alone being 1; depth first,
	// the number of states on the longest path that was followed, which is no shortest one.
	Depth int
	// Violations has an entry for every violated property that was met, in order of Properties.
	Violations []Violation
	// Complete says that every reachable state was visited and every action tried. If not, Stopped
	// says why, and what to do about it.
	Complete bool
	Stopped  string
	// TableBytes is the size of the table of fingerprints in the end, and PeakBytes the most bytes
	// held at any time by table, states and paths.
	TableBytes, PeakBytes uint64
}

// BytesPerState is PeakBytes for each of States, or 0 if there are none.
func (r *Result) BytesPerState() float64 {
	if r.States == 0 {
		return 0
	}
	return float64(r.PeakBytes) / float64(r.States)
}

// Violation is a way to a state in which a property does not hold.
type Violation struct {
	Property string
	// Init is the index of the initial state from which Path starts, and Path names the actions.
	Init int
	Path []string
	// States describe the initial state and the one after each action, if the model can do so.
	States []string
	// Shortest says that no path to a violation of the property is shorter, and that none as short
	// comes earlier in the order of actions. It is false only if the memory did not suffice to
	// make sure; Path is then the one that a depth-first search met, or nil.
	Shortest bool
}
