package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// described takes how many partitions topics have.
func (d *Directory) described(q *query, r *api.MetadataResponse, fx *sim.Effects) {
	ev := DirectoryEvent{Op: q.Op, Kind: q.Kind}
	for i := range r.Topics {
		switch t := &r.Topics[i]; {
		case t.ErrorCode == api.None:
			ev.Topics = append(ev.Topics, TopicSize{t.Name, int32(len(t.Partitions))})
		case t.ErrorCode == api.UnknownTopicOrPartition:
		case failure(t.ErrorCode).retry != api.None:
			d.goOn(q, fx)
			return
		default:
			d.ends(q, t.ErrorCode)
			return
		}
	}
	d.tell(ev)
}

// askLeaders asks the leaders of the partitions that are not known. Those
// that have none now wait, and so do those that the broker has not heard of
// (PartitionLeaderStrategy).
func (d *Directory) askLeaders(q *query, r *api.MetadataResponse, fx *sim.Effects) {
	leader := func(p model.TopicPartition) int32 {
		for i := range r.Topics {
			if t := &r.Topics[i]; t.Name == p.Topic && t.ErrorCode == api.None && int(p.Partition) < len(t.Partitions) {
				return t.Partitions[p.Partition].LeaderID
			}
		}
		return -1
	}
	timestamp := api.LatestTimestamp
	if q.Which == Earliest {
		timestamp = api.EarliestTimestamp
	}
	for b := range d.cfg.Brokers {
		ask := &api.ListOffsetsRequest{Header: d.header(7)}
		for i := range q.Parts {
			if p := &q.Parts[i]; !p.Known && leader(p.TopicPartition) == int32(b) {
				ask.Partitions = append(ask.Partitions, api.ListOffsetsPartition{
					TopicPartition: p.TopicPartition, CurrentLeaderEpoch: -1, Timestamp: timestamp})
			}
		}
		if ask.Partitions != nil {
			d.sendFor(q, int32(b), ask, fx)
		}
	}
	d.goOn(q, fx)
}

// gotEnds takes what one leader says; errors that may pass leave a partition
// unknown (ListOffsetsHandler).
func (d *Directory) gotEnds(q *query, r *api.ListOffsetsResponse, fx *sim.Effects) {
	for _, p := range r.Partitions {
		switch at := q.part(p.TopicPartition); {
		case at == nil:
		case p.ErrorCode == api.None:
			at.Offset, at.Known = p.Offset, true
		case p.ErrorCode == api.UnknownTopicOrPartition || failure(p.ErrorCode).retry != api.None:
		default:
			d.ends(q, p.ErrorCode)
			return
		}
	}
	for i := range q.Parts {
		if !q.Parts[i].Known {
			d.goOn(q, fx)
			return
		}
	}
	d.ends(q, api.None)
}

// gotCommitted takes a group's offsets.
func (d *Directory) gotCommitted(q *query, r *api.OffsetFetchResponse, fx *sim.Effects) {
	err := r.ErrorCode
	for _, p := range r.Partitions {
		if err == api.None {
			err = p.ErrorCode
		}
		if at := q.part(p.TopicPartition); at != nil {
			at.Offset = p.CommittedOffset
		}
	}
	switch {
	case err == api.None:
		d.ends(q, api.None)
	case err == api.UnstableOffsetCommit || failure(err).retry != api.None:
		d.goOn(q, fx)
	default:
		d.ends(q, err)
	}
}
