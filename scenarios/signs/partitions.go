package signs

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// partition is one partition as the monitors follow it.
type partition struct {
	owner     string          // who was assigned it last and has not given it up
	since     int32           // the generation of that
	held      []held          // what was polled, in order
	done      model.Intervals // processed, by anyone
	processed int64           // the offset behind the last record done by its owner
	committed int64           // the furthest acknowledged
}

// partitions are what the monitors follow, in the order of first mention.
type partitions struct {
	names []scenarios.Partition
	parts []*partition
}

func (ps *partitions) of(p scenarios.Partition) *partition {
	i := slices.Index(ps.names, p)
	if i < 0 {
		i = len(ps.names)
		ps.names, ps.parts = append(ps.names, p), append(ps.parts, &partition{committed: -1})
	}
	return ps.parts[i]
}

// own follows who has what.
func (ps *partitions) own(e *model.Event) {
	switch e.Kind {
	case model.Assigned:
		for _, o := range e.Partitions {
			// One that stood still may learn late of an assignment long since
			// overtaken.
			if p := ps.of(o.TopicPartition); e.Generation >= p.since {
				p.owner, p.since, p.processed = e.Client, e.Generation, -1
			}
		}
	case model.Revoked, model.Lost:
		for _, o := range e.Partitions {
			if p := ps.of(o.TopicPartition); p.owner == e.Client {
				p.owner = ""
			}
		}
	case model.Stopped:
		for _, p := range ps.parts {
			if p.owner == e.Client {
				p.owner = ""
			}
		}
	}
}
