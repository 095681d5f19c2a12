// Package scenarios is what a user of groundhog meets: a Spec says which
// topics, members, load, faults and handler there are, and what is promised;
// Run makes a go test of it. The package holds the runner that plays Specs in
// the simulated world, the shrinker's front, and the library of named
// scenarios.
//
// A handler is ordinary blocking Go. It runs as a coroutine: every call on
// its Env is a place where the world may go on, crash it, or overtake it.
package scenarios
