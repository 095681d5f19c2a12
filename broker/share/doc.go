// Package share is what the leader of a partition does for share groups
// (KIP-932), as pure state machines: Partition is a share partition's leader
// (SharePartition, InFlightBatch and InFlightState of Kafka 4.3.1), Sessions the
// share sessions of one broker (ShareSessionCache, SharePartitionManager). Where
// a comment gives a name without more, it is a method of one of these.
//
// Nothing here reads a log or sends a request. A broker asks NextFetchOffset
// where to read, reads, and hands what it read to Acquire. What must outlive
// the leader comes back as a Write: the broker sends it to the share coordinator
// and calls Written with the answer. Until then the change is tentative: nobody
// can acquire or acknowledge these records. Expiry says when Expire is due.
//
// Invariants, as tests and monitors name them:
//
//	I-S1  a record has one holder at the most
//	I-S2  what is acknowledged or archived is never delivered again
//	I-S3  a record from the start offset on is terminal, can be acquired, or is
//	      held under a lock that will run out
//	I-S4  the start offset passes terminal records alone, but where the log's
//	      own start takes it along
//	I-S5  a record is delivered as often as the limit says, and once more for
//	      each leader that was lost while it was held
package share
