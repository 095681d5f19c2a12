package model

import "strconv"

// The names of what can go wrong in a consumer group. They are final: tests,
// decision logs, plots and papers refer to them.
const (
	// Ownership.
	DualEntitlement       = "dual-entitlement"
	GenerationReuse       = "generation-reuse"
	InstanceNotFenced     = "instance-not-fenced"
	LiveMemberFenced      = "live-member-fenced"
	ProcessingAfterRevoke = "processing-after-revoke"
	// Commits.
	ZombieCommitAccepted   = "zombie-commit-accepted"
	CommitAfterRevoke      = "commit-after-revoke"
	CommitAfterLost        = "commit-after-lost"
	CommitRegression       = "commit-regression"
	CommitLost             = "commit-lost"
	OffsetsNotLinearizable = "offsets-not-linearizable"
	// Loss.
	CommitAheadOfProcessing = "commit-ahead-of-processing"
	LostRecord              = "lost-record"
	SkipAcrossHandover      = "skip-across-handover"
	LateStartLoss           = "late-start-loss"
	// Duplicates.
	RewindBeyondCommit         = "rewind-beyond-commit"
	ReprocessedWithinOwnership = "reprocessed-within-ownership"
	// Order.
	NonmonotonicPoll       = "nonmonotonic-poll"
	NonmonotonicProcessing = "nonmonotonic-processing"
	PerKeyOrder            = "per-key-order"
	// Liveness.
	UnownedGap        = "unowned-gap"
	StuckAssignment   = "stuck-assignment"
	OrphanPartition   = "orphan-partition"
	StuckRebalance    = "stuck-rebalance"
	RebalanceLivelock = "rebalance-livelock"
	// Logs.
	InconsistentOffsets = "inconsistent-offsets"
	LogNotLinearizable  = "log-not-linearizable"
	// The state of a checkpointing job.
	DuplicateInState = "duplicate-in-state"
	LostFromState    = "lost-from-state"
	InconsistentCut  = "inconsistent-cut"
	// Its checkpoints.
	CompletedBeforeDurable    = "completed-before-durable"
	RestoredFromIncomplete    = "restored-from-incomplete"
	RestoredFromStale         = "restored-from-stale"
	PositionNotRestored       = "position-not-restored"
	PartitionInTwoSources     = "partition-in-two-sources"
	PartitionInNoSource       = "partition-in-no-source"
	CommitWithoutCheckpoint   = "commit-without-checkpoint"
	CommitOfAbortedCheckpoint = "commit-of-aborted-checkpoint"
	CommitBehindSubsumed      = "commit-behind-subsumed"
	// Its sinks.
	DuplicateInSink = "duplicate-in-sink"
	SinkOverwritten = "sink-overwritten"
	LostFromSink    = "lost-from-sink"
	ZombieWrite     = "zombie-write"
	// Its watermarks and counters.
	WatermarkRegressed = "watermark-regressed"
	LateNotLate        = "late-not-late"
	MetricDiffers      = "metric-differs"
	// Caches and stores.
	StaleRead = "stale-read"
	// Share groups.
	ShareDupWhileHeld         = "share-dup-while-held"
	ShareRedeliveredAfterAck  = "share-redelivered-after-ack"
	ShareLockLeak             = "share-lock-leak"
	ShareStartPassedLive      = "share-start-passed-live"
	ShareDeliveredBeyondLimit = "share-delivered-beyond-limit"
	ShareArchivedUnprocessed  = "share-archived-unprocessed"
	ShareAcceptedUnprocessed  = "share-accepted-unprocessed"
	ShareAckLost              = "share-ack-lost"
	ShareUndelivered          = "share-undelivered"
	ShareNotLinearizable      = "share-not-linearizable"
)

// Meaning says of an anomaly what it is and which invariants it breaks.
type Meaning struct {
	Name       string
	Invariants string // ids, comma separated; empty where only users ask for it
	Text       string
}

// Catalogue has every anomaly that the monitors of this package can report,
// in the order of the constants.
var Catalogue = []Meaning{
	{DualEntitlement, "I-C2, I-M2", "two members were assigned the same partition in one generation, or one what another had brought into it and not given up"},
	{GenerationReuse, "I-C1", "a coordinator formed a generation that was not newer than one on record, or a member was assigned one that was formed without it"},
	{InstanceNotFenced, "I-C5", "two member ids of one static instance were both alive: in one generation, or the older one still got what it asked for"},
	{LiveMemberFenced, "I-C5", "a static member was refused with FENCED_INSTANCE_ID though its instance has no newer member"},
	{ProcessingAfterRevoke, "I-M4", "a member processed records of a partition after it had given it up or learned that it was lost"},
	{ZombieCommitAccepted, "I-C3, I-O1", "a commit of an old generation, or of a member that was removed, succeeded though that was so before it was called"},
	{CommitAfterRevoke, "I-O4", "a member called a commit for a partition after its revoke callback was over"},
	{CommitAfterLost, "I-O1", "a member called a commit for a partition after it had learned that it was lost"},
	{CommitRegression, "I-O4", "an acknowledged commit is lower than one acknowledged before it was called"},
	{CommitLost, "I-C6, I-O2", "a member was told another offset than was last acknowledged before it asked, and nobody had deleted or changed that"},
	{OffsetsNotLinearizable, "I-O1, I-O2, I-C6", "no order of the commits and fetches of a partition explains what they returned"},
	{CommitAheadOfProcessing, "I-O5", "offsets below the committed one were never processed by anyone"},
	{LostRecord, "I-O5, I-P1", "acknowledged records that the group should have read were never processed, though it had the time"},
	{SkipAcrossHandover, "I-O5, I-P1", "a member began beyond the offset it was told, or beyond the earliest, or left records out between two polls"},
	{LateStartLoss, "I-P2", "a reader began at the end (latest) and left out records that were to be read: after the group had begun, or at all where it promised to read from the start"},
	{RewindBeyondCommit, "I-O2, I-O4", "records were processed again though their reader should have begun after them"},
	{ReprocessedWithinOwnership, "", "one member processed records twice without a new assignment or a seek"},
	{NonmonotonicPoll, "", "one member was handed records that lie before its position, without a new assignment, a seek or a reset"},
	{NonmonotonicProcessing, "", "one member processed a partition's records out of order"},
	{PerKeyOrder, "", "a record was processed after a later one with the same key"},
	{UnownedGap, "I-M6", "a partition had no owner for longer than the bound, in calm"},
	{StuckAssignment, "I-C4, I-M5, I-M6", "the group had not settled when the bound was over, and was not moving"},
	{OrphanPartition, "I-P3", "a partition added to a topic that the group reads was never assigned to anyone, in calm"},
	{StuckRebalance, "I-C4", "a join phase or a sync phase lasted longer than the bound, with its coordinator up"},
	{RebalanceLivelock, "I-C4, I-M5", "the group kept rebalancing after the bound was over"},
	{InconsistentOffsets, "", "two different records stood at one offset of a partition"},
	{LogNotLinearizable, "", "no append-only log explains the offsets that producers were acknowledged and readers saw"},
	{DuplicateInState, "I-J1", "a record was applied that the live state of a job had the effect of: that its checkpoint holds, or that some operator had applied since"},
	{LostFromState, "I-J1", "a record that the job should have read is in no operator's state at the end, and can come into none any more"},
	{InconsistentCut, "I-J2", "the operators of a completed checkpoint have not the effects of exactly the records below its sources' positions"},
	{CompletedBeforeDurable, "I-J3", "a checkpoint was completed when what a task took for it was not durable"},
	{RestoredFromIncomplete, "I-J4", "a job went on from a checkpoint that was never completed"},
	{RestoredFromStale, "I-J4", "a job went on from another than the latest completed checkpoint, and nobody had asked for that"},
	{PositionNotRestored, "I-J4", "a source began to read elsewhere than at the offset that the checkpoint it was restored from stored"},
	{PartitionInTwoSources, "I-J5", "two sources stored the same partition in one completed checkpoint"},
	{PartitionInNoSource, "I-J5", "no source stored a partition in a completed checkpoint, though an earlier one has it and its reading had not ended"},
	{CommitWithoutCheckpoint, "I-J6", "a job's client committed offsets that are not those of a completed checkpoint that its source had been told of"},
	{CommitOfAbortedCheckpoint, "I-J6", "a job's client committed the offsets of a checkpoint that was aborted"},
	{CommitBehindSubsumed, "I-J6", "a job's client committed the offsets of a checkpoint after those of a later one, which subsumes it, and they are lower"},
	{DuplicateInSink, "I-J7", "an outside store took the effect of a record twice, in a way that counts twice"},
	{SinkOverwritten, "I-J7", "the effect of a record was put again with another value"},
	{LostFromSink, "I-J7", "a record is in the state of a job at the end, and the outside store has no effect of it"},
	{ZombieWrite, "I-J7", "a task wrote what a task of a newer attempt had written before"},
	{WatermarkRegressed, "I-J8", "a task's watermark went back within an attempt"},
	{LateNotLate, "I-J8", "a record was dropped as late though its time was after the task's watermark"},
	{MetricDiffers, "", "a job's counter is not what the history has"},
	{StaleRead, "", "no order of the reads and writes of a key explains what they returned"},
	{ShareDupWhileHeld, "I-S1", "a record of a share group was given to a member while another had it, and nothing had ended that one's lock"},
	{ShareRedeliveredAfterAck, "I-S2", "a record was given out after it was acknowledged for good, or archived"},
	{ShareLockLeak, "I-S3", "a record is neither done nor free, and no lock on it would still run; or it is free, and given to nobody, in calm"},
	{ShareStartPassedLive, "I-S4", "the start offset of a share partition passed a record that was neither acknowledged nor archived"},
	{ShareDeliveredBeyondLimit, "I-S5", "a record was delivered more often than the limit, and than the changes of its leader, allow"},
	{ShareArchivedUnprocessed, "", "a record was given up, as delivered too often, and nobody has processed it"},
	{ShareAcceptedUnprocessed, "", "a record was accepted, and nobody has processed it"},
	{ShareAckLost, "I-S2", "what a successful acknowledgement said of a record was forgotten when the leader of the share partition changed"},
	{ShareUndelivered, "I-P1", "a produced record was never given to anybody in a share group, though it had the time"},
	{ShareNotLinearizable, "I-S1, I-S2", "no queue with locks explains what members of a share group were given and what their acknowledgements returned"},
}

// Anomaly is one thing that went wrong.
type Anomaly struct {
	Name   string
	At     int64 // µs since the history began
	Event  int   // index of the event that shows it, from 0; header lines do not count
	Client string
	Group  string
	TopicPartition
	From, To int64     // the offsets concerned; of several ranges the first and the end of the last
	Offsets  Intervals // the same in full, where there is more than one range
	Text     string    // one readable line: orders/1 offsets 17..19 committed, never processed

	what string // the end of Text, after the partition and the offsets
}

// describe fills in Text from the other fields and the words that follow them.
func (a Anomaly) describe(what string) Anomaly {
	a.what = what
	var b []byte
	if a.Topic != "" {
		b = append(append(b, a.TopicPartition.String()...), ' ')
	}
	set := a.Offsets
	if len(set) == 0 && a.From < a.To {
		set = Intervals{{a.From, a.To}}
	}
	if len(set) > 0 {
		b = append(b, "offset"...)
		if set.Count() > 1 {
			b = append(b, 's')
		}
		b = append(append(append(b, ' '), set.String()...), ' ')
	}
	a.Text = string(append(b, what...))
	return a
}

// over gives the anomaly the offsets it is about.
func (a Anomaly) over(set Intervals) Anomaly {
	a.From, a.To, a.Offsets = 0, 0, nil
	if len(set) > 0 {
		a.From, a.To = set[0].From, set.End()
	}
	if len(set) > 1 {
		a.Offsets = set
	}
	return a
}

// span is the offsets [from, to) as a set.
func span(from, to int64) Intervals { return Intervals{{from, to}} }

// found begins an anomaly that event i shows, of the event's client and
// group, on partition p.
func found(name string, i int, e *Event, p TopicPartition) Anomaly {
	return Anomaly{Name: name, At: e.At, Event: i, Client: e.Client, Group: e.Group, TopicPartition: p}
}

// foundAt is found for something about the one offset that p names.
func foundAt(name string, i int, e *Event, p PartitionOffset) Anomaly {
	a := found(name, i, e, p.TopicPartition)
	a.From, a.To = p.Offset, p.Offset
	return a
}

// duration is a time in µs as people read it.
func duration(us int64) string { return strconv.FormatFloat(float64(us)/1e6, 'f', -1, 64) + " s" }

func itoa(n int64) string       { return strconv.FormatInt(n, 10) }
func generation(g int32) string { return "generation " + itoa(int64(g)) }
