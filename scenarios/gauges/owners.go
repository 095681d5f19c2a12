package gauges

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// owners are who has which partition of a group, as the members were told: a
// zombie has its partitions until somebody else does.
type owners struct {
	order   []scenarios.Partition // in the order of first ownership
	of      map[scenarios.Partition]string
	members []string // who is in the group, with or without partitions
}

func newOwners() owners { return owners{of: map[scenarios.Partition]string{}} }

// observe takes an event of the group; changed, where given, is told of each
// partition that gets another owner, "" for none.
func (o *owners) observe(e *model.Event, changed func(p scenarios.Partition, before, after string)) {
	switch e.Kind {
	case model.Assigned:
		if !slices.Contains(o.members, e.Client) {
			o.members = append(o.members, e.Client)
		}
		for _, p := range e.Partitions {
			o.set(p.TopicPartition, e.Client, changed)
		}
	case model.Revoked, model.Lost:
		for _, p := range e.Partitions {
			if o.of[p.TopicPartition] == e.Client {
				o.set(p.TopicPartition, "", changed)
			}
		}
	case model.Stopped:
		if e.Cause == model.CauseEnd {
			return
		}
		o.members = slices.DeleteFunc(o.members, func(m string) bool { return m == e.Client })
		for _, p := range o.order {
			if o.of[p] == e.Client {
				o.set(p, "", changed)
			}
		}
	}
}

func (o *owners) set(p scenarios.Partition, owner string, changed func(scenarios.Partition, string, string)) {
	before, known := o.of[p]
	if !known {
		o.order = append(o.order, p)
	}
	o.of[p] = owner
	if before != owner && changed != nil {
		changed(p, before, owner)
	}
}

// count is how many partitions a member has.
func (o *owners) count(member string) (n int) {
	for _, p := range o.order {
		if o.of[p] == member {
			n++
		}
	}
	return n
}
