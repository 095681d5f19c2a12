// Package sharestate is Kafka's share coordinator as a pure state machine: it
// keeps, in __share_group_state, what must outlive the leaders of share
// partitions (KIP-932). It follows ShareCoordinatorService,
// ShareCoordinatorShard and PersisterStateBatchCombiner of Kafka 4.3.1; where a
// comment gives a name without more, it is a method of one of these.
//
// A handler gives records and an answer; replay alone changes the state. So the
// state after a failover is the state before it (I-O3). Whatever is read counts
// as a write of nothing: it sees what is not committed yet, and is answered
// when that is.
//
// A share partition is named by group, topic and partition. Kafka names topics
// by their ids; here one that is deleted takes its states along, before another
// one can have its name.
package sharestate
