package explore

// Model is a finite transition system: states S, joined by actions A.
//
// All methods must be pure, and safe to call from several goroutines when the search has several
// workers. S is best a plain value without pointers (see Flat). It may also be a handle to
// something big, say a cloned world: the search never copies an S by assignment to keep both; it
// only moves them (each handle has one owner at any time) and makes new ones with Apply.
type Model[S, A any] interface {
	// Init returns the initial states, at least one, always the same and in the same order, made
	// afresh by each call: they become the search's own.
	Init() []S
	// Actions appends every action enabled in s to buf, in a canonical order: the order decides
	// which of several shortest paths is reported.
	Actions(s *S, buf []A) []A
	// Apply makes *dst the state after a in *src, and leaves *src as it is. *dst is either a zero S
	// or a state nobody needs any more, whose storage can be used again.
	Apply(dst, src *S, a A)
	// Fingerprint returns 64 bits that stand for s. Two states with the same fingerprint count as
	// one state, so it must cover everything that Actions, Apply and Check look at.
	Fingerprint(s *S) uint64
	// Properties returns the names of what must hold in every reachable state, at most 64.
	Properties() []string
	// Check returns the set of violated properties of s: bit i stands for Properties()[i].
	Check(s *S) uint64
	// Describe names an action for people. Names of actions enabled in the same state differ.
	Describe(a A) string
}

// Sizer is implemented by a model whose states hold memory outside of S.
type Sizer interface {
	// StateBytes returns the most bytes that one state holds, with everything it points to.
	StateBytes() uint64
}

// StateDescriber is implemented by a model that can print its states; violations then show them.
type StateDescriber[S any] interface {
	DescribeState(s *S) string
}
