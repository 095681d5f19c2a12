// Package realkafka is a world that is Apache Kafka: it plays the scenarios
// of package scenarios with franz-go clients against a real cluster, and has
// their history judged by the same monitors as a simulated run.
//
// A member is one kgo.Client and one handler for every start of its process.
// Everything a client exchanges with the cluster goes through connections of
// this package, which read along: what a history tells of joins, commits and
// offsets is what was on the wire, attempt by attempt, with the generation and
// member id that the request carried. The same connections inflict the faults:
// a process that crashed has its sockets closed, one that vanished says nothing
// more, one that stands still neither sends nor receives.
//
// A checkpointing job's nodes are a simulated world of their own beside the
// cluster, driven by the wall clock (jobworld.go): its TaskManagers' consumers
// are franz-go clients, its enumerator asks by kadm, and its checkpoints are
// files in a folder.
//
// The virtual times of a Spec are spans of the wall clock here, and times in
// the history are microseconds of the monotonic clock since the run began.
package realkafka
