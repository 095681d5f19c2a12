// Package explore searches every reachable state of a model, and reports the shortest way to each
// property that can be violated.
//
// # Writing a model
//
// A Model has states of type S and actions of type A. Make S a struct of small integers and arrays,
// with the zero value, or nearly so, as the initial state, and embed Flat to get its fingerprint. Make
// A a small struct that says what happens to whom. Then write:
//
//   - Init: the initial states;
//   - Actions: append every action that is enabled, always in the same order;
//   - Apply: copy the state (*dst = *src), then change the copy;
//   - Properties and Check: the names of what must hold, and a bit set of what does not;
//   - Describe: the name of an action.
//
// Whatever is left open, such as which message arrives next or who crashes, is an action, so that
// every outcome is tried. What cannot matter any more should be reset to zero, so that states that
// differ in nothing else count as one. Keep numbers from growing without a bound: the search ends
// only if there are finitely many states. Weaken a property on purpose, once, to see it fail.
//
// # States that are not plain values
//
// S may be a handle to something large, say a pointer to a simulated world. The search moves
// values of S around, but never duplicates one: each handle has one owner. New states come
// from Init and from Apply(dst, src, a) only, which makes *dst a copy of the world behind *src,
// advanced by a, in whatever storage *dst had before. Such a model computes its Fingerprint itself,
// and implements Sizer, so that MemoryBytes counts what is behind a handle.
//
// # What is stored
//
// Of a visited state the search keeps only a fingerprint of 64 bits. Two states with the same
// fingerprint would count as one, and what is reachable only through the second would be missed. For n
// states the probability that this happens at all is about n²/2⁶⁵: 3·10⁻⁸ for a million states,
// 3·10⁻⁴ for a hundred million. A reported violation is never an artefact of this: its path is a
// real one, and Replay walks it.
//
// A fingerprint takes 11 to 21 bytes of table. Beside it, a depth-first search holds the states
// along one path, a breadth-first one those of two levels. Options.MemoryBytes bounds the sum; Plan
// tells in advance what that means, and a search that comes to a limit ends with a Result that is
// not Complete.
//
// # Workers
//
// A breadth-first search can have several workers. They share the table, and each expands its share
// of a level. A Result does not depend on their number.
package explore
