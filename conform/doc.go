// Package conform holds the model against a live broker, request by request.
//
// A [Script] is a sequence of raw protocol requests, drawn from a seed
// ([Draw]) or read from a file. A [Subject] plays it: Apache Kafka over
// connections of our own ([Dial]), or a world of the model. What came of it, with
// the times, is a [Recording]. [Judge] gives the same requests at the same times
// to the model and compares: each answer field by field, which answers had come
// by when, the group's state, and what was written to __consumer_offsets.
// [Campaign] does this for many groups at once, and shrinks what differs.
package conform
