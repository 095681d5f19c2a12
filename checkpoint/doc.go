// Package checkpoint is a job of a stream engine in the manner of Flink, as
// state machines: a JobManager with its checkpoint coordinator and split
// enumerator, TaskManagers with a source, a keyed operator and a sink each,
// barriers between them, and the storage that their state is written to.
//
// What users bring is a Source (or an Operator): the same code runs here and
// over a real client on a real cluster.
package checkpoint
