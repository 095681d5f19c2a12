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
	fieldGeneration
	fieldTopic
	fieldPartition
	fieldFrom
	fieldTo
	fieldPartitions
	fieldKeys
	fieldMembers
	fieldOp
	fieldError
	fieldCause
)

// fieldNames has the published names, in the order in which they are written.
var fieldNames = [...]string{
	"us", "event", "node", "client", "group", "member", "generation",
	"topic", "partition", "from", "to", "partitions", "keys", "members",
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
}

const (
	onPartition = fieldTopic | fieldPartition
	onRange     = onPartition | fieldFrom | fieldTo
	asMember    = fieldMember | fieldGeneration
	inGroup     = fieldClient | fieldGroup
)

// schema has every kind once, in the order of the constants.
var schema = []kindSpec{
	{Started, fieldClient, fieldCause, false, "a client's process began"},
	{Stopped, fieldClient | fieldCause, 0, false, "it is gone. cause: crash, leave; end if it only stops because the run is over"},
	{Produced, fieldClient | onRange, fieldKeys, false, "records were acknowledged at the offsets [from, to). keys, if any, has one for each"},
	{Joining, inGroup, asMember | fieldCause, false, "a member asks to be in the next generation"},
	{Assigned, inGroup | fieldGeneration | fieldPartitions, fieldMember, true,
		"the application learns what it has beside what it kept, perhaps nothing. offset: where it starts to read; -1 if nothing was committed or it is not known yet"},
	{Revoked, inGroup | fieldPartitions, asMember, false, "the application is asked to give these up; it may finish and commit in its callback"},
	{Lost, inGroup | fieldPartitions, asMember, false, "the application learns that these are gone already"},
	{RevokeDone, inGroup, asMember | fieldPartitions, false, "its callback is over; without partitions, for all it was giving up"},
	{Positioned, inGroup | onPartition | fieldTo, asMember | fieldCause, false, "it reads on at the offset to. cause: committed, earliest, latest, seek"},
	{Polled, inGroup | onRange, asMember, false, "records were handed to the application"},
	{Processed, inGroup | onRange, asMember, false, "its work on these is done; a record that it left out is not in the range"},
	{Commit, inGroup | fieldPartitions | fieldOp, asMember, true, "a commit is called"},
	{CommitDone, inGroup | fieldOp, asMember | fieldPartitions | fieldError, false, "and returns. error: Kafka's name for it, not-sent, or anything else if the outcome is not known; absent for success"},
	{FetchOffsets, inGroup | fieldPartitions | fieldOp, asMember, false, "the committed offsets are asked for"},
	{OffsetsTold, inGroup | fieldOp, asMember | fieldPartitions | fieldError, true, "and told; offset -1: none"},
	{Rebalancing, fieldGroup, fieldNode | fieldGeneration | fieldMembers | fieldCause, false, "the coordinator begins a join phase"},
	{Formed, fieldGroup | fieldGeneration | fieldMembers, fieldNode | fieldCause, false, "a generation is complete; the leader first. Classic groups only"},
	{Removed, fieldGroup | fieldMember, fieldNode | fieldGeneration | fieldCause, false, "a member is out. cause: session-timeout, rebalance-timeout, leave"},
	{Fault, fieldCause, fieldClient | fieldNode, false, "the environment did something. cause: its name"},
	{Calm, 0, 0, false, "no more faults; what was down is up again. From here on the group must settle"},
	{End, 0, 0, false, "the run is over and was seen to its end"},
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

// Check tells what e lacks to be an event of its kind.
func (e *Event) Check() error {
	spec := specOf(e.Kind)
	if spec == nil {
		return errors.New("unknown event " + quote(string(e.Kind)) + "; expected one of " + kindNames())
	}
	var missing field
	for _, f := range []struct {
		is    field
		empty bool
	}{
		{fieldClient, e.Client == ""}, {fieldGroup, e.Group == ""}, {fieldMember, e.Member == ""},
		{fieldTopic, e.Topic == ""}, {fieldCause, e.Cause == ""},
	} {
		if f.empty && spec.Must&f.is != 0 {
			missing |= f.is
		}
	}
	if missing != 0 {
		return errors.New(string(e.Kind) + " needs " + missing.String())
	}
	if slices.ContainsFunc(e.Partitions, func(p PartitionOffset) bool { return p.Topic == "" }) {
		return errors.New(string(e.Kind) + " has a partition without a topic")
	}
	return nil
}
