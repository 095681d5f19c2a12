// Package controller is the cluster's controller as a sim.Node: Kafka's quorum
// controller as one node that loses nothing. It knows brokers by their
// registrations and sessions, elects partitions' leaders, takes leaders' word
// for who is in sync, and sends each broker the cluster's image whenever it
// has changed. An image takes its time on its way: until it is there, a broker
// acts on the one before.
//
// Rules come from ReplicationControlManager, PartitionChangeBuilder,
// ClusterControlManager and BrokerHeartbeatManager (4.3.1).
package controller
