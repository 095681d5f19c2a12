package model

import "strconv"

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

func (p TopicPartition) String() string {
	return p.Topic + "/" + strconv.Itoa(int(p.Partition))
}

// Kind says what an event tells.
type Kind string

// The kinds of events. Which fields each has stands beside it; those not
// named are zero. All but the last group is what clients themselves see.
const (
	// A client's process. Client, Cause.
	Started Kind = "started"
	Stopped Kind = "stopped" // Cause: crash, leave, end

	// Producing. Produce is a call: Client, TopicPartition, Op, To: how many
	// records. Produced is its return, or stands alone: Client, TopicPartition,
	// [From, To): acknowledged offsets, Op of the call or 0. Keys and Values,
	// where kept, have one entry for each offset. A call without a return may or
	// may not have taken effect.
	Produce  Kind = "produce"
	Produced Kind = "produced"

	// Membership as a member sees it. Client, Group, Member, Instance (of a
	// static member), Generation and Partitions; for Assigned an entry's Offset is where it starts to read
	// (-1 when nothing was committed, or when that is not known yet), and At is
	// when the application learns. Assigned names what is new, perhaps nothing;
	// what the member held and did not give up before, it keeps.
	Joining  Kind = "joining" // Cause: start, rebalance, fenced, metadata
	Assigned Kind = "assigned"
	Revoked  Kind = "revoked" // it gives them up in good order; may still commit inside its callback
	Lost     Kind = "lost"    // they are gone already; it must not commit
	// RevokeDone is when the application's own revoke or lost callback is over;
	// without Partitions, for all that were being given up.
	RevokeDone Kind = "revoke-done"

	// A position. Client, Group, TopicPartition, To: where it reads on;
	// Cause: committed, earliest, latest, seek.
	Positioned Kind = "positioned"

	// Records. Client, Group, Member, Generation, TopicPartition, [From, To).
	// Polled: handed to the application. Processed: the application says that
	// its work on them is done; [From, To) lists none that was left out.
	Polled    Kind = "polled"
	Processed Kind = "processed"

	// A commit or a fetch of offsets: a call and its return share Op. Client,
	// Group, Member, Generation, Partitions with offsets; a return has Error,
	// empty for success. A return without Partitions answers for all of the
	// call's; one with them for those, and others may follow. A call without a
	// return may or may not have taken effect.
	Commit       Kind = "commit"
	CommitDone   Kind = "commit-done"
	FetchOffsets Kind = "fetch-offsets"
	OffsetsTold  Kind = "offsets-told"

	// What the coordinator knows. Node, Group, Generation, Members, Cause.
	// CoordinatorLoaded and CoordinatorResigned without a Group are about every
	// group that Node may serve.
	Rebalancing Kind = "rebalancing" // the join phase begins; Cause: who or what set it off
	Formed      Kind = "formed"      // a generation is complete; Members in order, the leader first (classic groups only)
	Removed     Kind = "removed"     // Member is out; Cause: session-timeout, rebalance-timeout, leave

	Admitted Kind = "admitted" // Member is known from here on; Instance, for a static one, is now this Member and no other
	// Node has read the groups' log and serves them from here on, or no more.
	CoordinatorLoaded   Kind = "coordinator-loaded"
	CoordinatorResigned Kind = "coordinator-resigned"
	OffsetsDeleted      Kind = "offsets-deleted" // Partitions; none: all of the group's. Cause: expired, admin, topic
	GroupDeleted        Kind = "group-deleted"   // with its offsets; a group of that name begins anew. Cause: expired, admin

	// What brokers know of topics. PartitionCount: Topic has To partitions from
	// here on. LogStart: records of TopicPartition below To are deleted.
	// Truncated: the new leader's log ends at From, what the old one had up to To
	// is gone; with CauseUnclean acknowledged records may be among it, else only
	// such as were not.
	PartitionCount Kind = "partition-count"
	LogStart       Kind = "log-start"
	Truncated      Kind = "truncated"

	// A checkpointing job (package checkpoint). Generation is the job's attempt,
	// Op a checkpoint's id, Member a task: source-0, operator-1, sink-1. There is
	// one job in a history.
	//
	// JobRestored: Client (jm); the tasks in Members, none for all, go on from
	// checkpoint Op, or from nothing when it is 0; Cause: why, CauseSavepoint
	// where a user asked for one. JobFailed: it will not start again; Error.
	// JobFinished: all that a bounded job reads is processed.
	JobRestored Kind = "job-restored"
	JobFailed   Kind = "job-failed"
	JobFinished Kind = "job-finished"
	// Checkpoints as the coordinator (Client jm) decides on them. Triggered and
	// Completed have Cause: periodic, savepoint; Aborted has Cause: why.
	CheckpointTriggered Kind = "checkpoint-triggered"
	CheckpointCompleted Kind = "checkpoint-completed"
	CheckpointAborted   Kind = "checkpoint-aborted"
	// What tasks do for one: Client, Member, Generation, Op. BarrierInjected: a
	// source sends it on, after SnapshotTaken, which for a source has its
	// Partitions, with the offsets stored. AlignmentStarted: the first barrier is
	// there and others are not. StateDurable: what was taken is written. Notified:
	// the task was told how it ended; Cause: CauseCompleted, CauseAborted.
	BarrierInjected  Kind = "barrier-injected"
	AlignmentStarted Kind = "alignment-started"
	SnapshotTaken    Kind = "snapshot-taken"
	StateDurable     Kind = "state-durable"
	Notified         Kind = "checkpoint-notified"
	// TaskFailed: Client, Member, Generation, Error.
	TaskFailed Kind = "task-failed"
	// Records in a job: Client, Member, Generation; TopicPartition and
	// [From, To), or one by one in Partitions. SourcePolled: the source gave them
	// to its task. Emitted: they are on their way downstream. Applied: the
	// operator's state has their effect. Late: it dropped them, behind the
	// watermark; Values, where kept, are their event times in milliseconds.
	SourcePolled Kind = "source-polled"
	Emitted      Kind = "emitted"
	Applied      Kind = "applied"
	Late         Kind = "late"
	// What leaves a job. Written: the sink's request for these records, or for
	// what was made of them, was answered. Stored: the outside store took it;
	// Client (the store), Member (the task that wrote), Generation, Partitions
	// (what it is made of; none where that is not known), Keys and Values where it
	// keeps them, Cause: incr, append, put, upsert.
	Written Kind = "written"
	Stored  Kind = "stored"
	// A watermark passed on: Client, Member, Generation, To: milliseconds.
	Watermarked Kind = "watermark"
	// A counter of the job went up: Client, Member, TopicPartition of some, Cause:
	// its name, To: by how much.
	Metric Kind = "metric"

	// A cache or a store as its users see it: each key is a register. Client,
	// Keys (the one key), Op; a call and its return share Op. Write has Values
	// (the one value); ReadDone has it where there is one. Error of a return: how
	// it failed; after ErrNotSent and ErrFenced it had no effect, after any other
	// it may have had, or still have, one.
	Read      Kind = "read"
	ReadDone  Kind = "read-done"
	Write     Kind = "write"
	WriteDone Kind = "write-done"

	// A share group (KIP-932) as its clients see it: Client, Group, Member,
	// TopicPartition, [From, To). ShareAcquired: the client was given these, Node
	// the broker that gave them, Deliveries how often they were delivered by then;
	// records that differ in that are events of their own, with the same At or the
	// same Op, that of the fetch. ShareProcessed: the
	// application's work on them is done. ShareAcknowledge is a call, Cause its
	// type, Op of the request: a request has one for each range. Its return answers
	// for all that a request has of a partition: Op, TopicPartition, Error.
	ShareAcquired        Kind = "share-acquired"
	ShareProcessed       Kind = "share-processed"
	ShareAcknowledge     Kind = "share-acknowledge"
	ShareAcknowledgeDone Kind = "share-acknowledge-done"
	// The same as leaders of share partitions see it: Node, Group,
	// TopicPartition. ShareLoaded: Node leads it from here on, with From as its
	// start offset and no record locked; Generation: the leader epoch; Cause:
	// CauseAdmin where somebody had set the offset. ShareUnloaded: it leads it no
	// more. ShareStartMoved: the start offset is To; Cause: CauseLogStart,
	// CauseAdmin, else what is behind it is done with.
	ShareLoaded     Kind = "share-loaded"
	ShareUnloaded   Kind = "share-unloaded"
	ShareStartMoved Kind = "share-start-moved"
	// What becomes of [From, To), delivered Deliveries times, without a client's
	// doing: the lock of Member ran out; it was taken from Member, Cause: why
	// (session-closed, connection-lost); the records are given up, Cause:
	// CauseLimit, CauseReject, CauseLogStart, CauseControl. What becomes
	// available again and is archived instead has both.
	ShareExpired  Kind = "share-expired"
	ShareReleased Kind = "share-released"
	ShareArchived Kind = "share-archived"

	// What the environment did. Client (whom it struck, if somebody), Cause (the action's name).
	Fault Kind = "fault"
	// The faults stop, what is down is healed: from here on the group must settle. No fields.
	Calm Kind = "calm"
	// The run is over, and was seen to its end. No fields.
	End Kind = "end"
)

// Causes that checkers look at; others are for people.
const (
	CauseEnd  = "end"  // of Stopped: the run ends here, the member is not gone from its group
	CauseSeek = "seek" // of Positioned: the application asked for it
	// of Positioned: nothing was committed, or the position was out of range
	CauseEarliest = "earliest"
	CauseLatest   = "latest"
	CauseUnclean  = "unclean" // of Truncated: a replica out of sync was elected
	// of CheckpointTriggered, CheckpointCompleted and JobRestored
	CauseSavepoint = "savepoint"
	// of Notified
	CauseCompleted = "completed"
	CauseAborted   = "aborted"
	// of Stored: the store has the last of what was written under the key, or
	// under the record; any other adds to what is there
	CausePut    = "put"
	CauseUpsert = "upsert"
	// of ShareAcknowledge: AcknowledgeType
	CauseAccept  = "accept"
	CauseRelease = "release"
	CauseReject  = "reject" // and of ShareArchived
	CauseRenew   = "renew"
	CauseGap     = "gap"
	// of ShareArchived: delivered as often as it may be; behind the start of the
	// log; no record of an application (a transaction's marker, an aborted one)
	CauseLimit    = "limit"
	CauseLogStart = "log-start" // and of ShareStartMoved
	CauseControl  = "control"
	CauseAdmin    = "admin" // of ShareLoaded and ShareStartMoved
)

// Errors after which a call had no effect: it was not sent, or it was refused
// because somebody newer is in its place.
const (
	ErrNotSent = "not-sent"
	ErrFenced  = "fenced"
)

// OffsetsTopic is where groups and their offsets are on record. An unclean
// election of one of its partitions may take back what was acknowledged.
const OffsetsTopic = "__consumer_offsets"

// PartitionOffset is a partition and an offset in it.
type PartitionOffset struct {
	TopicPartition
	Offset int64
}

// Event is one line of a history. Times are microseconds since the history
// began; they never go backwards. Offsets are Kafka's: of the next record,
// where a position is meant.
type Event struct {
	At         int64
	Kind       Kind
	Client     string // m1: the application process that saw it
	Node       string // b0: the broker that knew it
	Group      string
	Member     string // the id that the coordinator gave to this membership
	Instance   string // group.instance.id, of a static member (KIP-345)
	Generation int32
	Deliveries int32 // how often records were delivered, this time included (share groups)
	TopicPartition
	From, To   int64
	Partitions []PartitionOffset
	Keys       []string
	Values     []string // what tells records apart
	Members    []string
	Op         int64
	Error      string
	Cause      string
}
