// Package client holds Kafka's clients as pure state machines: the consumer
// of a group, the producer, and the seam to the application that uses them.
//
// A profile says how a client library really behaves: which connections it
// lays out, when callbacks run, what is blocked meanwhile. The first one is
// franz, after franz-go v1.22 (package kgo): callbacks run beside the
// application's polling, heartbeats go on during them, and commits wait while
// the member joins and syncs.
package client
