package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// AlterShareGroupOffsets (key 91), DeleteShareGroupOffsets (key 92) and
// DescribeShareGroupOffsets (key 90): GroupCoordinatorService's methods of these
// names. All three end with what the share coordinator says.

// alterShareOffsets begins the states of partitions anew, at other offsets, of a
// group without members. One that is not there comes to be.
func (c *Coordinator) alterShareOffsets(fx *sim.Effects, conn sim.Conn, r *api.AlterShareGroupOffsetsRequest, topics Topics) {
	refuse := func(err api.ErrorCode) { c.answer(conn, &api.ShareGroupOffsetsResponse{ErrorCode: err}) }
	switch {
	case r.GroupID == "":
		refuse(api.InvalidGroupID)
		return
	case c.live.phase != active:
		refuse(c.inactive())
		return
	}
	g, err := c.findShare(r.GroupID)
	switch {
	case err != api.None && c.group(r.GroupID) != nil:
		refuse(err)
		return
	case err != api.None:
		g = newShareGroup()
	case len(g.members) > 0:
		refuse(api.NonEmptyGroup)
		return
	}
	a := &api.ShareGroupOffsetsResponse{Partitions: make([]api.ShareStateOutcome, len(r.Partitions))}
	q := &api.InitializeShareGroupStateRequest{GroupID: r.GroupID}
	var wanted []TopicPartitions
	for i := range r.Partitions {
		p := r.Partitions[i]
		a.Partitions[i].TopicPartition = p.TopicPartition
		t, ok := topics.Topic(p.Topic)
		if !ok || p.Partition >= t.Partitions {
			a.Partitions[i].ErrorCode = api.UnknownTopicOrPartition
			if ok { // the topic is named without a partition
				wanted = union(wanted, []TopicPartitions{{Topic: p.Topic}})
			}
			continue
		}
		wanted = union(wanted, []TopicPartitions{{p.Topic, []int32{p.Partition}}})
		p.StateEpoch = g.epoch
		q.Partitions = append(q.Partitions, p)
	}
	var o outcome
	if wanted != nil {
		o.records = []Record{initializing(r.GroupID, &g.partitions, wanted)}
	}
	if len(q.Partitions) == 0 {
		c.write(fx, o, conn, a)
		return
	}
	o.then = &then{kind: afterShare, call: &call{kind: callAlter, group: r.GroupID, request: q, conn: conn, answer: a}}
	c.write(fx, o, conn, nil)
}

// altered answers an AlterShareGroupOffsets. What failed stays as being
// initialised (persisterInitialize, buildErrorResponse).
func (c *Coordinator) altered(fx *sim.Effects, k *call, done []api.ShareStateOutcome, err api.ErrorCode) {
	a := &api.ShareGroupOffsetsResponse{Partitions: slices.Clone(k.answer.(*api.ShareGroupOffsetsResponse).Partitions)}
	if a.ErrorCode = err; err != api.None {
		for i := range a.Partitions {
			a.Partitions[i].ErrorCode = err
		}
		c.answer(k.conn, a)
		return
	}
	allDone := true
	for i := range a.Partitions {
		p := &a.Partitions[i]
		for _, d := range done {
			if p.ErrorCode == api.None && d.TopicPartition == p.TopicPartition {
				p.ErrorCode = d.ErrorCode
				allDone = allDone && d.ErrorCode == api.None
			}
		}
	}
	if allDone {
		c.initialized(fx, k.group, done, api.None)
	}
	c.answer(k.conn, a)
}

// deleteShareOffsets forgets the states of whole topics, of a group without
// members (initiateDeleteShareGroupOffsets, sharePartitionsEligibleForOffsetDeletion).
func (c *Coordinator) deleteShareOffsets(fx *sim.Effects, conn sim.Conn, r *api.DeleteShareGroupOffsetsRequest, topics Topics) {
	refuse := func(err api.ErrorCode) { c.answer(conn, &api.ShareGroupOffsetsResponse{ErrorCode: err}) }
	switch {
	case r.GroupID == "":
		refuse(api.InvalidGroupID)
		return
	case c.live.phase != active:
		refuse(c.inactive())
		return
	}
	g, err := c.findShare(r.GroupID)
	if err == api.None && len(g.members) > 0 {
		err = api.NonEmptyGroup
	}
	if err != api.None {
		refuse(err)
		return
	}
	next := SharePartitions{Initializing: g.partitions.Initializing, Initialized: g.partitions.Initialized, Deleting: slices.Clone(g.partitions.Deleting)}
	a, q := &api.ShareGroupOffsetsResponse{}, &api.DeleteShareGroupStateRequest{GroupID: r.GroupID}
	ask := func(topic string, ps []int32) {
		for _, p := range ps {
			q.Partitions = append(q.Partitions, api.TopicPartition{Topic: topic, Partition: p})
		}
	}
	for _, topic := range r.Topics {
		t, exists := topics.Topic(topic)
		has := partitionsOf(next.Initialized, topic)
		switch {
		case exists && has != nil:
			ask(topic, has)
			next.Initialized = withoutTopics(next.Initialized, topic)
			next.Deleting = asSet(append(next.Deleting, topic))
		case exists && slices.Contains(next.Deleting, topic): // it failed before
			ask(topic, upTo(t.Partitions))
		default:
			a.Topics = append(a.Topics, api.ShareTopicOutcome{Topic: topic, ErrorCode: api.UnknownTopicOrPartition})
		}
	}
	o := outcome{records: []Record{sharePartitionsRecord(r.GroupID, next)}}
	if len(q.Partitions) == 0 {
		c.write(fx, o, conn, a)
		return
	}
	o.then = &then{kind: afterShare, call: &call{kind: callDelete, group: r.GroupID, request: q, conn: conn, answer: a}}
	c.write(fx, o, conn, nil)
}

func upTo(n int32) (all []int32) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// deletedOffsets answers a DeleteShareGroupOffsets: topics all of whose
// partitions are gone are gone (handleDeleteShareGroupOffsetStateResult,
// completeDeleteShareGroupOffsets).
func (c *Coordinator) deletedOffsets(fx *sim.Effects, k *call, done []api.ShareStateOutcome, err api.ErrorCode) {
	if err != api.None {
		c.answer(k.conn, &api.ShareGroupOffsetsResponse{ErrorCode: err})
		return
	}
	a := &api.ShareGroupOffsetsResponse{Topics: slices.Clone(k.answer.(*api.ShareGroupOffsetsResponse).Topics)}
	var gone []string
	for i := range done {
		if i > 0 && done[i].Topic == done[i-1].Topic {
			continue
		}
		e := api.ShareTopicOutcome{Topic: done[i].Topic}
		for _, d := range done {
			if d.Topic == e.Topic && e.ErrorCode == api.None {
				e.ErrorCode = d.ErrorCode
			}
		}
		if a.Topics = append(a.Topics, e); e.ErrorCode == api.None {
			gone = append(gone, e.Topic)
		}
	}
	if c.live.phase != active && len(gone) > 0 {
		c.answer(k.conn, &api.ShareGroupOffsetsResponse{ErrorCode: c.inactive()})
		return
	}
	g := c.live.durable.share(k.group)
	if len(gone) == 0 || g == nil {
		c.answer(k.conn, a)
		return
	}
	p := g.partitions
	p.Deleting = slices.DeleteFunc(slices.Clone(p.Deleting), func(t string) bool { return slices.Contains(gone, t) })
	c.write(fx, outcome{records: []Record{sharePartitionsRecord(k.group, p)}}, k.conn, a)
}

// Ends gives the end of a partition, as its leader tells it, or why not.
type Ends func(api.TopicPartition) (end int64, err api.ErrorCode)

// describeShareOffsets asks the share coordinator where partitions begin:
// those named, or all that are initialised. A topic that does not exist has no
// offset, which is no error; nor has a group (describeShareGroupOffsets,
// describeShareGroupAllOffsets).
func (c *Coordinator) describeShareOffsets(conn sim.Conn, r *api.DescribeShareGroupOffsetsRequest, topics Topics) {
	if err := c.inactive(); err != api.None && r.Partitions == nil { // else nobody asks this coordinator
		c.answer(conn, &api.DescribeShareGroupOffsetsResponse{ErrorCode: err})
		return
	}
	a, q := &api.DescribeShareGroupOffsetsResponse{}, &api.ReadShareGroupStateSummaryRequest{GroupID: r.GroupID}
	asked := r.Partitions
	if asked == nil {
		asked = c.initializedPartitions(r.GroupID)
	}
	for _, p := range asked {
		if _, ok := topics.Topic(p.Topic); ok {
			q.Partitions = append(q.Partitions, api.ShareStateRead{TopicPartition: p, LeaderEpoch: -1})
		} else if r.Partitions != nil {
			a.Partitions = append(a.Partitions, api.DescribedShareOffset{TopicPartition: p, StartOffset: -1})
		}
	}
	if len(q.Partitions) == 0 {
		c.answer(conn, a)
		return
	}
	c.afterShareAppend(&call{kind: callDescribe, group: r.GroupID, request: q, conn: conn, answer: a}, api.None)
}

func (c *Coordinator) initializedPartitions(group string) (all []api.TopicPartition) {
	if g := c.live.durable.share(group); g != nil {
		for _, t := range g.partitions.Initialized {
			for _, p := range t.Partitions {
				all = append(all, api.TopicPartition{Topic: t.Topic, Partition: p})
			}
		}
	}
	return all
}

// describedOffsets answers a DescribeShareGroupOffsets. The lag is what lies
// behind the start and is not done (computeShareGroupLagAndBuildResponse).
func (c *Coordinator) describedOffsets(k *call, read *api.ReadShareGroupStateResponse, err api.ErrorCode, ends Ends) {
	if err != api.None || read == nil {
		c.answer(k.conn, &api.DescribeShareGroupOffsetsResponse{ErrorCode: err})
		return
	}
	a := &api.DescribeShareGroupOffsetsResponse{}
	for i := range read.Partitions {
		p := &read.Partitions[i]
		d := api.DescribedShareOffset{TopicPartition: p.TopicPartition, StartOffset: -1, Lag: -1}
		if p.ErrorCode == api.None {
			d.StartOffset, d.LeaderEpoch = p.State.StartOffset, p.State.LeaderEpoch
		}
		if p.ErrorCode == api.None && p.State.StartOffset != -1 && p.State.DeliveryCompleteCount != -1 {
			end, err := ends(p.TopicPartition)
			if err != api.None {
				d = api.DescribedShareOffset{TopicPartition: p.TopicPartition, ErrorCode: err}
			} else {
				d.Lag = end - p.State.StartOffset - int64(p.State.DeliveryCompleteCount)
			}
		}
		a.Partitions = append(a.Partitions, d)
	}
	a.Partitions = append(a.Partitions, k.answer.(*api.DescribeShareGroupOffsetsResponse).Partitions...)
	c.answer(k.conn, a)
}
