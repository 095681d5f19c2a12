package sources

import (
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
)

// GroupCountingPartitions is Group as document A writes its metrics: as the
// number of rebalances it adds the number of partitions that were assigned
// (A19).
func GroupCountingPartitions(topics ...string) func(checkpoint.Env) checkpoint.Source {
	return func(env checkpoint.Env) checkpoint.Source {
		return &countsPartitions{group{env: muted{env}, topics: topics}, env}
	}
}

type countsPartitions struct {
	group
	env checkpoint.Env
}

// PartitionsAssigned implements checkpoint.Rebalanced.
func (c *countsPartitions) PartitionsAssigned(partitions []model.TopicPartition) {
	c.group.PartitionsAssigned(partitions)
	c.env.Metric(model.MetricRebalanceEvents, model.TopicPartition{}, int64(len(partitions)))
}

// muted is an Env whose rebalances are not counted.
type muted struct{ checkpoint.Env }

// Metric implements checkpoint.Env.
func (m muted) Metric(name string, p model.TopicPartition, n int64) {
	if name != model.MetricRebalanceEvents {
		m.Env.Metric(name, p, n)
	}
}
