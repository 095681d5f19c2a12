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
// A broker stands alone (New), or is one of several (NewCluster): then a
// controller.Controller elects leaders and sends images of the cluster, and
// brokers copy each other's logs with Fetch requests of their own. What a
// broker takes itself for is what its last image says.
package broker
