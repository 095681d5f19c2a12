package explore

import "fmt"

// Strategy is the order in which states are visited.
type Strategy uint8

// DepthFirst follows one path as far as it goes before it tries another; it takes the least memory,
// as it holds the states along one path only. BreadthFirst visits states by their distance from the
// initial ones: the first violation it meets is a nearest one, it can use several workers, and it
// is faster even with one when there are many states, since it can look up more of them at a time.
const (
	DepthFirst Strategy = iota
	BreadthFirst
)

// String returns "depth first" or "breadth first".
func (s Strategy) String() string {
	switch s {
	case DepthFirst:
		return "depth first"
	case BreadthFirst:
		return "breadth first"
	}
	return fmt.Sprintf("Strategy(%d)", uint8(s))
}

// Options say how to search. The zero value searches everything, depth first.
type Options struct {
	Strategy Strategy
	// Workers is the number of goroutines that search; 0 means 1. Only BreadthFirst can use more
	// than one. No result depends on it.
	Workers int
	// MaxStates is the most distinct states to store; 0 means as many as half of MemoryBytes can
	// hold fingerprints of, which is 3 states for every 64 bytes of MemoryBytes.
	MaxStates uint64
	// MemoryBytes is the most memory for fingerprints, states and paths; 0 means 1 GiB. The garbage
	// collector may keep more than that for a while, which GOMEMLIMIT bounds.
	MemoryBytes uint64
	// StopAtFirst ends a depth-first search at the first violation, and a breadth-first one after
	// the first level that has one. Otherwise everything reachable is searched, and each violated
	// property is reported once.
	StopAtFirst bool
}

const (
	maxWorkers    = 64
	defaultMemory = 1 << 30
	leastMemory   = 1 << 20
	mostMemory    = 1 << 50
)

// complete fills in the defaults, and returns an error that says what is wrong with o and what would
// be right.
func (o *Options) complete() error {
	if o.Workers == 0 {
		o.Workers = 1
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = defaultMemory
	}
	most := o.MemoryBytes / 64 * 3
	if o.MaxStates == 0 {
		o.MaxStates = most
	}
	switch {
	case o.Strategy > BreadthFirst:
		return fmt.Errorf("explore: unknown %v: use DepthFirst or BreadthFirst", o.Strategy)
	case o.Workers < 0 || o.Workers > maxWorkers:
		return fmt.Errorf("explore: Workers is %d: use 1 to %d", o.Workers, maxWorkers)
	case o.Workers > 1 && o.Strategy == DepthFirst:
		return fmt.Errorf("explore: a depth-first search has one worker, not %d: "+
			"set Workers to 1 or Strategy to BreadthFirst", o.Workers)
	case o.MemoryBytes < leastMemory || o.MemoryBytes > mostMemory:
		return fmt.Errorf("explore: MemoryBytes is %d: use %d to %d",
			o.MemoryBytes, leastMemory, uint64(mostMemory))
	case o.MaxStates > most:
		return fmt.Errorf("explore: MaxStates is %d, but MemoryBytes is %d, enough for %d: "+
			"lower MaxStates, or raise MemoryBytes to 64 for every 3 states",
			o.MaxStates, o.MemoryBytes, most)
	}
	return nil
}

// stoppedAtFirst and the functions below are the reasons why a search is not complete.
const stoppedAtFirst = "stopped at the first violation, as Options.StopAtFirst says"

func (o *Options) tooManyStates() string {
	return fmt.Sprintf("more than %d states: raise MaxStates, "+
		"and MemoryBytes to at least 64 for every 3 states", o.MaxStates)
}

func (o *Options) tooMuchMemory() string {
	return fmt.Sprintf("more than %d bytes of memory: raise MemoryBytes", o.MemoryBytes)
}
