package model

// Anomalies are the names of all anomalies that the monitors know, by kind.
func Anomalies() []string {
	return []string{
		DualEntitlement, GenerationReuse, InstanceNotFenced, LiveMemberFenced, ProcessingAfterRevoke,
		ZombieCommitAccepted, CommitAfterRevoke, CommitAfterLost, CommitRegression, CommitLost, OffsetsNotLinearizable,
		CommitAheadOfProcessing, LostRecord, SkipAcrossHandover, LateStartLoss,
		RewindBeyondCommit, ReprocessedWithinOwnership,
		NonmonotonicPoll, NonmonotonicProcessing, PerKeyOrder,
		UnownedGap, StuckAssignment, OrphanPartition, StuckRebalance, RebalanceLivelock,
		InconsistentOffsets, LogNotLinearizable,
		DuplicateInState, LostFromState, InconsistentCut,
		CompletedBeforeDurable, RestoredFromIncomplete, RestoredFromStale, PositionNotRestored,
		PartitionInTwoSources, PartitionInNoSource, CommitWithoutCheckpoint, CommitOfAbortedCheckpoint, CommitBehindSubsumed,
		DuplicateInSink, SinkOverwritten, LostFromSink, ZombieWrite,
		WatermarkRegressed, LateNotLate, MetricDiffers, StaleRead,
		ShareDupWhileHeld, ShareRedeliveredAfterAck, ShareLockLeak, ShareStartPassedLive, ShareDeliveredBeyondLimit,
		ShareArchivedUnprocessed, ShareAcceptedUnprocessed, ShareAckLost, ShareUndelivered, ShareNotLinearizable,
	}
}
