// Package client holds Kafka's clients as pure state machines: the consumer
// of a group, the producer, and the seam to the application that uses them.
//
// A profile says how a client library really behaves: which connections it
// lays out, when callbacks run, what is blocked meanwhile.
//
//   - franz is franz-go v1.22 (package kgo): callbacks run beside the
//     application's polling, heartbeats go on during them, and commits wait
//     while the member joins and syncs.
//   - java is kafka-clients 4.3.1 with the classic group protocol: callbacks
//     and every step of a rebalance happen inside poll; a heartbeat thread goes
//     on by itself, and leaves the group when poll is not called in time.
//
// Their values are in profile.go, their steps in files named after them. The
// consumer of a share group (KIP-932) is ShareConsumer, in share_*.go.
package client
