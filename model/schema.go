package model

import (
	"errors"
	"slices"
	"strings"
)

// field is a bit for each field of an event as it is written.
type field uint32

const (
	fieldUs field = 1 << iota
	fieldEvent
	fieldNode
	fieldClient
	fieldGroup
	fieldMember
	fieldInstance
	fieldGeneration
	fieldTopic
	fieldPartition
	fieldFrom
	fieldTo
	fieldDeliveries
	fieldPartitions
	fieldKeys
	fieldValues
	fieldMembers
	fieldOp
	fieldError
	fieldCause
)

// fieldNames has the published names, in the order in which they are written.
var fieldNames = [...]string{
	"us", "event", "node", "client", "group", "member", "instance", "generation",
	"topic", "partition", "from", "to", "deliveries", "partitions", "keys", "values", "members",
	"op", "error", "cause",
}

// String lists the fields of a set.
func (f field) String() string {
	var names []string
	for i, name := range fieldNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// kindSpec is what the schema says of one kind of event.
type kindSpec struct {
	Kind    Kind
	Must    field // fields that every such event has; us and event go without saying
	May     field // fields that mean something beside them
	Offsets bool  // entries of partitions must have offsets
	Text    string
	Since   int // the version of the format that brought it; 0 stands for 1
}

// fieldsSince2 came with version 2 of the format, fieldsSince5 with version 5.
const (
	fieldsSince2 = fieldInstance | fieldValues
	fieldsSince5 = fieldDeliveries
)

const (
	onPartition = fieldTopic | fieldPartition
	onRange     = onPartition | fieldFrom | fieldTo
	asMember    = fieldMember | fieldInstance | fieldGeneration
	inGroup     = fieldClient | fieldGroup
	byJob       = fieldClient | fieldGeneration
	byTask      = byJob | fieldMember
	onShare     = fieldNode | fieldGroup | onPartition
	onRegister  = fieldClient | fieldKeys | fieldOp
)

// schema has every kind once, in the order of the constants.
var schema = []kindSpec{
	{Started, fieldClient, fieldCause, false, "a client's process began", 0},
	{Stopped, fieldClient | fieldCause, asMember | fieldError, false, "it is gone. cause: crash, leave; end if it only stops because the run is over. error: Kafka's name for what ended it", 0},
	{Produce, fieldClient | onPartition | fieldTo | fieldOp, fieldKeys | fieldValues, false, "a request to append is sent. to: how many records. Its return is one produced event with its op, or none: then its outcome is unknown", 2},
	{Produced, fieldClient | onRange, fieldKeys | fieldValues | fieldOp, false, "records were acknowledged at the offsets [from, to). keys and values, if any, have one entry for each; op is that of the call, where it is written", 0},
	{Joining, inGroup, asMember | fieldCause, false, "a member asks to be in the next generation", 0},
	{Assigned, inGroup | fieldGeneration | fieldPartitions, fieldMember | fieldInstance, true,
		"the application learns what it has beside what it kept, perhaps nothing. offset: where it starts to read; -1 if nothing was committed or it is not known yet", 0},
	{Revoked, inGroup | fieldPartitions, asMember, false, "the application is asked to give these up; it may finish and commit in its callback", 0},
	{Lost, inGroup | fieldPartitions, asMember | fieldError, false, "the application learns that these are gone already. error: Kafka's name for the answer that said so", 0},
	{RevokeDone, inGroup, asMember | fieldPartitions, false, "its callback is over; without partitions, for all it was giving up", 0},
	{Positioned, fieldClient | onPartition | fieldTo, fieldGroup | asMember | fieldCause, false, "it reads on at the offset to; without group, it took the partition by itself (assign). cause: committed, earliest, latest, seek", 0},
	{Polled, fieldClient | onRange, fieldGroup | asMember | fieldValues, false, "records were handed to the application; without group, of a partition that it took by itself. values, if any, has one for each", 0},
	{Processed, inGroup | onRange, asMember, false, "its work on these is done; a record that it left out is not in the range", 0},
	{Commit, inGroup | fieldPartitions | fieldOp, asMember, true, "a commit is called", 0},
	{CommitDone, inGroup | fieldOp, asMember | fieldPartitions | fieldError, false, "and returns. error: Kafka's name for it, not-sent, or anything else if the outcome is not known; absent for success", 0},
	{FetchOffsets, inGroup | fieldPartitions | fieldOp, asMember, false, "the committed offsets are asked for", 0},
	{OffsetsTold, inGroup | fieldOp, asMember | fieldPartitions | fieldError, true, "and told; offset -1: none", 0},
	{Rebalancing, fieldGroup, fieldNode | fieldGeneration | fieldMembers | fieldCause, false, "the coordinator begins a join phase", 0},
	{Formed, fieldGroup | fieldGeneration | fieldMembers, fieldNode | fieldCause, false, "a generation is complete; the leader first. Classic groups only", 0},
	{Removed, fieldGroup | fieldMember, fieldNode | fieldGeneration | fieldCause, false, "a member is out. cause: session-timeout, rebalance-timeout, leave", 0},
	{Admitted, fieldGroup | fieldMember, fieldNode | fieldInstance | fieldGeneration | fieldCause, false, "the coordinator knows this member from here on; of the instance, if it has one, no other", 2},
	{CoordinatorLoaded, fieldNode, fieldGroup | onPartition | fieldCause, false, "the node has read the groups' log and answers for them from here on; without group, for all that it may serve", 2},
	{CoordinatorResigned, fieldNode, fieldGroup | onPartition | fieldCause, false, "it answers for them no more", 2},
	{OffsetsDeleted, fieldGroup, fieldNode | fieldPartitions | fieldCause, false, "committed offsets are deleted; without partitions, all of the group's. cause: expired, admin, topic", 2},
	{GroupDeleted, fieldGroup, fieldNode | fieldCause, false, "the group and its offsets are gone; one of the same name begins anew. cause: expired, admin", 2},
	{PartitionCount, fieldTopic | fieldTo, fieldNode | fieldCause, false, "the topic has this many partitions from here on", 2},
	{LogStart, onPartition | fieldTo, fieldNode | fieldCause, false, "records before the offset to are deleted", 2},
	{Truncated, onRange, fieldNode | fieldCause, false, "the log of the new leader ends at from, what the old one had up to to is gone. cause: unclean if acknowledged records may be among it", 2},
	{JobRestored, byJob | fieldOp, fieldMembers | fieldCause, false, "the tasks in members, none for all, go on from checkpoint op, from nothing when it is 0. generation: the attempt. cause: why; savepoint if a user asked for it", 4},
	{JobFailed, byJob, fieldError | fieldCause, false, "the job will not start again", 4},
	{JobFinished, byJob, fieldCause, false, "all that a bounded job reads is processed", 4},
	{CheckpointTriggered, byJob | fieldOp, fieldCause, false, "the coordinator begins checkpoint op. cause: periodic, savepoint", 4},
	{CheckpointCompleted, byJob | fieldOp, fieldCause, false, "it is complete: all of it is durable. cause: periodic, savepoint", 4},
	{CheckpointAborted, byJob | fieldOp, fieldCause, false, "it will not be completed. cause: why", 4},
	{BarrierInjected, byTask | fieldOp, 0, false, "a source sends the barrier on, after its snapshot", 4},
	{AlignmentStarted, byTask | fieldOp, 0, false, "the first barrier is there and others are not", 4},
	{SnapshotTaken, byTask | fieldOp, fieldPartitions, true, "a task has taken its part of checkpoint op. partitions: of a source, with the offsets stored; negative while they are not known", 4},
	{StateDurable, byTask | fieldOp, 0, false, "what was taken is written", 4},
	{Notified, byTask | fieldOp | fieldCause, 0, false, "the task was told how the checkpoint ended. cause: completed, aborted", 4},
	{TaskFailed, byTask, fieldError | fieldCause, false, "a task fails, and its attempt with it", 4},
	{SourcePolled, byTask, onRange | fieldPartitions | fieldKeys | fieldValues, true, "the source gave these records to its task: [from, to) of a partition, or one by one in partitions", 4},
	{Emitted, byTask, onRange | fieldPartitions, true, "they are on their way downstream", 4},
	{Applied, byTask, onRange | fieldPartitions | fieldKeys, true, "the operator's state has their effect", 4},
	{Late, byTask, onRange | fieldPartitions | fieldKeys | fieldValues, true, "the operator dropped them as late. values, if any: the event time of each, in milliseconds", 4},
	{Written, byTask, onRange | fieldPartitions | fieldKeys | fieldValues | fieldCause | fieldError, true, "the sink's request for these was answered", 4},
	{Stored, byTask | fieldCause, onRange | fieldPartitions | fieldKeys | fieldValues, true, "the store, client, took what the task, member, wrote. partitions: the records it is made of. cause: put, upsert; any other adds to what is there", 4},
	{Watermarked, byTask | fieldTo, 0, false, "a watermark was passed on. to: milliseconds", 4},
	{Metric, fieldClient | fieldTo | fieldCause, fieldMember | fieldGeneration | onPartition, false, "a counter, cause, went up by to", 4},
	{Read, onRegister, fieldMember | fieldGeneration | fieldCause, false, "a cache or a store is asked for the value of a key", 4},
	{ReadDone, onRegister, fieldMember | fieldGeneration | fieldValues | fieldError | fieldCause, false, "and answers; without values there is none. error: no answer", 4},
	{Write, onRegister | fieldValues, fieldMember | fieldGeneration | fieldCause, false, "a value is to be written under a key", 4},
	{WriteDone, onRegister, fieldMember | fieldGeneration | fieldError | fieldCause, false, "and is. error: not-sent, fenced: it is not; any other: nobody knows", 4},
	{ShareAcquired, inGroup | fieldMember | onRange | fieldDeliveries, fieldNode | fieldValues | fieldOp, false, "a member of a share group was given these records, each for the deliveries-th time. node: the broker that gave them. Lines of one answer have the same op, or else the same us", 5},
	{ShareProcessed, inGroup | onRange, fieldMember, false, "its work on these is done", 5},
	{ShareAcknowledge, inGroup | onRange | fieldOp | fieldCause, fieldMember, false, "these are to be acknowledged with request op. cause, the type: accept, release, reject, renew, gap", 5},
	{ShareAcknowledgeDone, inGroup | onPartition | fieldOp, fieldMember | fieldError, false, "and are, all that request op has of the partition. error: Kafka's name for it, or anything else if the outcome is not known; absent for success", 5},
	{ShareLoaded, onShare | fieldFrom, fieldGeneration | fieldCause, false, "the node leads this share partition from here on, with no record locked. from: its start offset. generation: the leader epoch. cause: admin if somebody had set the offset", 5},
	{ShareUnloaded, onShare, fieldGeneration | fieldCause, false, "it leads it no more", 5},
	{ShareStartMoved, onShare | fieldTo, fieldCause, false, "its start offset is to. cause: log-start, admin; absent if what lies behind is done with", 5},
	{ShareExpired, onShare | fieldMember | onRange | fieldDeliveries, fieldCause, false, "the member's lock on these ran out", 5},
	{ShareReleased, onShare | fieldMember | onRange | fieldDeliveries | fieldCause, 0, false, "they were taken from the member. cause: session-closed, connection-lost", 5},
	{ShareArchived, onShare | onRange | fieldDeliveries | fieldCause, fieldMember, false, "they will not be delivered any more. cause: limit, reject, log-start, control", 5},
	{Fault, fieldCause, fieldClient | fieldNode, false, "the environment did something. cause: its name", 0},
	{Calm, 0, 0, false, "no more faults; what was down is up again. From here on the group must settle", 0},
	{End, 0, 0, false, "the run is over and was seen to its end", 0},
}

// must are the fields that e is written with, empty or not. A partition that
// e need not have is written whole.
func (s *kindSpec) must(e *Event) field {
	if s.Since >= 4 && e.Topic != "" {
		return s.Must | s.May&onRange
	}
	return s.Must
}

// specOf finds what the schema says of a kind.
func specOf(k Kind) *kindSpec {
	for i := range schema {
		if schema[i].Kind == k {
			return &schema[i]
		}
	}
	return nil
}

// kindNames lists the kinds, for messages.
func kindNames() string {
	var names []string
	for _, s := range schema {
		names = append(names, string(s.Kind))
	}
	return strings.Join(names, ", ")
}

// notEmpty are the fields that, where an event must have them, name something.
const notEmpty = fieldClient | fieldGroup | fieldMember | fieldTopic | fieldCause | fieldNode

// empty are the fields that e must have and that are empty.
func (s *kindSpec) empty(e *Event) field {
	var empty field
	for _, f := range [...]struct {
		is   field
		text string
	}{
		{fieldClient, e.Client}, {fieldGroup, e.Group}, {fieldMember, e.Member},
		{fieldTopic, e.Topic}, {fieldCause, e.Cause}, {fieldNode, e.Node},
	} {
		if f.text == "" {
			empty |= f.is
		}
	}
	return empty & s.Must & notEmpty
}

// Check tells what e lacks to be an event of its kind.
func (e *Event) Check() error {
	spec := specOf(e.Kind)
	if spec == nil {
		return errors.New("unknown event " + quote(string(e.Kind)) + "; expected one of " + kindNames())
	}
	if missing := spec.empty(e); missing != 0 {
		return errors.New(string(e.Kind) + " needs " + missing.String())
	}
	if slices.ContainsFunc(e.Partitions, func(p PartitionOffset) bool { return p.Topic == "" }) {
		return errors.New(string(e.Kind) + " has a partition without a topic")
	}
	return nil
}
