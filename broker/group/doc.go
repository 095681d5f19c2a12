// Package group is Kafka's group coordinator as a pure state machine: the
// classic protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup), the groups'
// committed offsets, and the membership of share groups (KIP-932). It follows GroupMetadataManager, ClassicGroup,
// OffsetMetadataManager and CoordinatorRuntime of Kafka 4.3.1; where a comment
// gives a name without more, it is a method of one of these.
//
// State is of three kinds, and lies apart:
//
//   - the log: records of __consumer_offsets. It alone outlives a crash.
//   - durable state: what the log's records say, changed by replay(record) and
//     nothing else. A handler returns records; they are appended and replayed
//     at once. So the state after a failover is the state before it (I-O3).
//   - volatile state: classic groups as they are at this moment (who waits for
//     what), answers that wait for the high watermark, timers. After a failover
//     it is rebuilt from the durable state: a group with members is Stable then.
//     Share groups have none but timers: all of them is durable.
//
// An operation with records is answered when these are committed; one without
// waits for all that were appended before it, as a reader must not see what
// could still be lost (CoordinatorRuntime.append).
package group
