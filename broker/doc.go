// Package broker is Kafka's server side as a pure state machine: a sim.Node
// that keeps partitions' logs, coordinates groups and answers requests. It
// reads no clock but the step's, and does nothing but through the step's
// effects.
//
// What is durable and what is not lie apart: logs and topics outlive a crash,
// Broker.live does not. Rules of Kafka stand where they are applied, with the
// class they were read in (4.3.1); log holds those of partitions, group those
// of the coordinator.
//
// One broker so far. Logs know of several replicas already, of which the
// second stands for all that are elsewhere.
package broker
