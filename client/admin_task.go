package client

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// verb is what a task does.
type verb uint8

const (
	createTopic verb = iota + 1
	deleteTopic
	addPartitions
	listOffsets
	listGroups
	describeGroup
	deleteGroup
	groupOffsets
	alterOffsets
	deleteOffsets
)

// AdminCommands are the commands that an Admin takes, each with its operands.
// Partitions are written topic/0, offsets topic/0@17.
var AdminCommands = []string{
	createTopic:   "create-topic TOPIC PARTITIONS [REPLICAS]",
	deleteTopic:   "delete-topic TOPIC",
	addPartitions: "add-partitions TOPIC TOTAL",
	listOffsets:   "list-offsets PARTITION earliest|latest|MILLISECONDS",
	listGroups:    "list-groups",
	describeGroup: "describe-group GROUP",
	deleteGroup:   "delete-group GROUP",
	groupOffsets:  "group-offsets GROUP",
	alterOffsets:  "alter-offsets GROUP PARTITION@OFFSET…",
	deleteOffsets: "delete-offsets GROUP PARTITION…",
}

// task is a command that was understood.
type task struct {
	of        verb
	group     string // whose coordinator is to be asked; empty: none
	topic     string
	partition int32
	number    int64 // partitions, a total, or a timestamp
	replicas  int16
	offsets   []model.PartitionOffset
}

func parseTask(s string) (t task, err error) {
	words := strings.Fields(s)
	t.of = verb(slices.IndexFunc(AdminCommands, func(c string) bool { return c != "" && strings.Fields(c)[0] == words[0] }))
	if int(t.of) >= len(AdminCommands) { // IndexFunc gave -1
		return t, fmt.Errorf("there is no command %q; there are %s", words[0], strings.Join(AdminCommands[1:], ", "))
	}
	p := operands{rest: words[1:]}
	t.replicas = -1
	switch t.of {
	case createTopic:
		t.topic, t.number = p.word("TOPIC"), p.number("PARTITIONS")
		if len(p.rest) > 0 {
			t.replicas = int16(p.number("REPLICAS"))
		}
	case deleteTopic:
		t.topic = p.word("TOPIC")
	case addPartitions:
		t.topic, t.number = p.word("TOPIC"), p.number("TOTAL")
	case listOffsets:
		at := p.partition(p.word("PARTITION"))
		t.topic, t.partition, t.number = at.Topic, at.Partition, p.timestamp()
	case describeGroup, deleteGroup, groupOffsets:
		t.group = p.word("GROUP")
	case alterOffsets, deleteOffsets:
		t.group = p.word("GROUP")
		t.offsets = append(t.offsets, p.offset(t.of == alterOffsets))
		for len(p.rest) > 0 && p.err == nil {
			t.offsets = append(t.offsets, p.offset(t.of == alterOffsets))
		}
	}
	if p.err == nil && len(p.rest) > 0 {
		p.err = fmt.Errorf("%q is too much", p.rest[0])
	}
	if p.err != nil {
		return t, fmt.Errorf("%w; want %s", p.err, AdminCommands[t.of])
	}
	return t, nil
}

// operands are the words of a command still to be read, and what was wrong
// with those before.
type operands struct {
	rest []string
	err  error
}

func (p *operands) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *operands) word(what string) string {
	if len(p.rest) == 0 {
		p.fail("%s is missing", what)
		return ""
	}
	w := p.rest[0]
	p.rest = p.rest[1:]
	return w
}

func (p *operands) number(what string) int64 {
	w := p.word(what)
	n, err := strconv.ParseInt(w, 10, 32)
	if err != nil {
		p.fail("%s %q is no number", what, w)
	}
	return n
}

func (p *operands) timestamp() int64 {
	switch w := p.word("a time"); w {
	case "earliest":
		return api.EarliestTimestamp
	case "latest":
		return api.LatestTimestamp
	default:
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil || n < 0 {
			p.fail("%q is no time", w)
		}
		return n
	}
}

func (p *operands) partition(w string) model.TopicPartition {
	cut := strings.LastIndexByte(w, '/')
	n, err := strconv.ParseInt(w[cut+1:], 10, 32)
	if cut <= 0 || err != nil || n < 0 {
		p.fail("%q is no partition", w)
		return model.TopicPartition{}
	}
	return model.TopicPartition{Topic: w[:cut], Partition: int32(n)}
}

func (p *operands) offset(wanted bool) model.PartitionOffset {
	w, at, has := strings.Cut(p.word("a partition"), "@")
	out := model.PartitionOffset{TopicPartition: p.partition(w)}
	n, err := strconv.ParseInt(at, 10, 64)
	if wanted != has || wanted && (err != nil || n < 0) {
		p.fail("%q has no offset, or one that it should not have", w)
	}
	out.Offset = n
	return out
}

// request is what the one who knows is asked.
func (t *task) request(a *Admin, fx *sim.Effects) sim.Message {
	const timeout = 30_000 // request.timeout.ms
	var ps []model.TopicPartition
	for _, o := range t.offsets {
		ps = append(ps, o.TopicPartition)
	}
	switch t.of {
	case createTopic:
		return &api.CreateTopicsRequest{Header: a.header(7), TimeoutMs: timeout, Topics: []api.CreatableTopic{
			{Name: t.topic, NumPartitions: int32(t.number), ReplicationFactor: t.replicas}}}
	case deleteTopic:
		return &api.DeleteTopicsRequest{Header: a.header(5), TimeoutMs: timeout, TopicNames: []string{t.topic}}
	case addPartitions:
		return &api.CreatePartitionsRequest{Header: a.header(3), TimeoutMs: timeout,
			Topics: []api.CreatePartitionsTopic{{Name: t.topic, Count: int32(t.number)}}}
	case listOffsets:
		return &api.ListOffsetsRequest{Header: a.header(7), Partitions: []api.ListOffsetsPartition{
			{TopicPartition: model.TopicPartition{Topic: t.topic, Partition: t.partition}, CurrentLeaderEpoch: -1, Timestamp: t.number}}}
	case describeGroup:
		return &api.DescribeGroupsRequest{Header: a.header(6), Groups: []string{t.group}}
	case deleteGroup:
		return &api.DeleteGroupsRequest{Header: a.header(2), GroupsNames: []string{t.group}}
	case groupOffsets:
		return &api.OffsetFetchRequest{Header: a.header(9), GroupID: t.group, MemberEpoch: -1}
	case deleteOffsets:
		return &api.OffsetDeleteRequest{Header: a.header(0), GroupID: t.group, Partitions: ps}
	}
	// From outside of any membership: the broker takes that of a group without
	// members alone.
	r := &api.OffsetCommitRequest{Header: a.header(9), GroupID: t.group, GenerationIDOrMemberEpoch: api.NoGeneration}
	for _, o := range t.offsets {
		r.Partitions = append(r.Partitions, api.OffsetCommitPartition{
			TopicPartition: o.TopicPartition, CommittedOffset: o.Offset, CommittedLeaderEpoch: -1})
	}
	if a.Tries == 0 {
		a.history(model.Commit, t, "", fx)
	}
	return r
}

// history tells of offsets that are set from outside, for they are commits
// like others.
func (a *Admin) history(kind model.Kind, t *task, err string, fx *sim.Effects) {
	fx.Observe(&model.Event{Kind: kind, Client: fx.Name(fx.Self()), Group: t.group, Op: int64(len(a.Results)) + 1,
		Partitions: t.offsets, Error: err})
}
