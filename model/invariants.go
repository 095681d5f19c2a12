package model

// Invariant is something that Kafka or its clients keep to, by the id that
// code, messages and documents name it with.
type Invariant struct {
	ID   string
	Text string
	// Elsewhere says who checks it where no monitor can; empty where the
	// anomalies of the Catalogue that name it do.
	Elsewhere string
}

// Invariants has those of classic groups, of offsets, of partitions that are
// added, of checkpointing jobs, and of share groups. Which anomalies break one,
// the Catalogue says.
var Invariants = []Invariant{
	{"I-C1", "generations of a group only grow, also when its coordinator changes; one that a member was assigned never stands for other members", ""},
	{"I-C2", "within a generation a partition has one owner; under a cooperative protocol it is revoked in one generation and assigned from the next on", ""},
	{"I-C3", "a commit is accepted only from a current member, in the current generation", ""},
	{"I-C4", "every member that waits for a join or a sync is answered in time, or its coordinator is gone", ""},
	{"I-C5", "of the member ids of one instance id, one is alive", ""},
	{"I-C6", "a committed offset changes only because a client, an expiry or a deletion wanted it to", ""},
	{"I-O1", "no commit of a fenced member is accepted", ""},
	{"I-O2", "an acknowledged commit survives a change of the coordinator", ""},
	{"I-O3", "a coordinator's live state, what it replays from its log, and what it replays from the compacted log are equal", "no client can see it: a property test of broker/group"},
	{"I-O4", "a partition is handed over at or after the last acknowledged commit", ""},
	{"I-O5", "a partition is handed over no further than what was processed: nothing is skipped", ""},
	{"I-P1", "with reset to earliest, no record of an added partition is missed", ""},
	{"I-P2", "with reset to latest, only records from before the group's first look at a partition are missed", ""},
	{"I-P3", "a group comes to own the partitions that are added to its topics", ""},
	{"I-J1", "each record that a job reads affects its state exactly once, restores taken into account", ""},
	{"I-J2", "a completed checkpoint is a consistent cut: the state in it has the effects of the records below the positions in it, and of no others", ""},
	{"I-J3", "a checkpoint is completed only when all of it is durable", ""},
	{"I-J4", "a job goes on from its latest completed checkpoint, at the positions in it, whatever the group has committed", ""},
	{"I-J5", "every partition that a job reads is in exactly one source's part of a completed checkpoint", ""},
	{"I-J6", "offsets are committed for completed checkpoints alone, and not for one that another subsumes", ""},
	{"I-J7", "each record's effect is in the outside store exactly once", ""},
	{"I-J8", "a watermark never goes back, and says the truth of what is dropped behind it", ""},
	{"I-S1", "of a share group's members at most one has a lock on a record", ""},
	{"I-S2", "a record that was acknowledged for good or archived is not delivered again: not by the same leader, and, once the acknowledgement has succeeded, by none", ""},
	{"I-S3", "each record from the start offset of a share partition on is done with, can be acquired, or has a lock that will run out", ""},
	{"I-S4", "the start offset of a share partition passes only records that are done with, but where the log's start moves or somebody sets it", ""},
	{"I-S5", "a record is delivered at most as often as the limit, and again for each delivery that was not on record when the leader changed", ""},
}
