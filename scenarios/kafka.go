package scenarios

import (
	"time"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/sim"
)

// kafka is the servers' side of a simulated run: one broker, or several and
// their controller.
type kafka struct {
	brokers    []*broker.Broker
	controller *controller.Controller // nil with one broker
}

// newKafka makes the servers that a run's names have nodes for.
func newKafka(run *Trial) (*kafka, error) {
	cfg := brokerConfig(run.Spec)
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if run.Spec.Brokers == 1 {
		return &kafka{brokers: []*broker.Broker{broker.New(cfg)}}, nil
	}
	for i := range cfg.Topics {
		cfg.Topics[i].ReplicationFactor = int16(min(run.Spec.Brokers, 3))
	}
	c, err := broker.NewCluster(cfg, run.brokers(), run.controller())
	if err != nil {
		return nil, err
	}
	return &kafka{brokers: c.Brokers, controller: c.Controller}, nil
}

// partitions is how many partitions a topic has; 0 when there is none.
func (k *kafka) partitions(topic string) int32 {
	if k.controller == nil {
		return k.brokers[0].Partitions(topic)
	}
	n, _, _ := k.controller.Topic(topic)
	return n
}

// end is the offset behind the last record of a partition's leader; 0 when
// nobody leads it.
func (k *kafka) end(p Partition) int64 {
	if k.controller == nil {
		return k.brokers[0].EndOffset(p)
	}
	for _, t := range k.controller.Image().Topics {
		if t.Name == p.Topic && int(p.Partition) < len(t.Partitions) {
			if leader := t.Partitions[p.Partition].Leader; leader >= 0 {
				return k.brokers[leader].EndOffset(p)
			}
		}
	}
	return 0
}

// brokers are the nodes of the brokers, by id; controller is that of their
// controller.
func (r *Trial) brokers() []sim.NodeID {
	var ids []sim.NodeID
	for i := range r.Spec.Brokers {
		ids = append(ids, sim.NodeID(i))
	}
	return ids
}

func (r *Trial) controller() sim.NodeID {
	return r.member(r.Spec.allMembers()) + sim.NodeID(1+len(r.Spec.Loads))
}

// brokerConfig sets brokers as the Spec says.
func brokerConfig(spec *Spec) broker.Config {
	cfg := broker.Config{Settings: broker.DefaultSettings(), Cluster: broker.DefaultClusterSettings()}
	for _, t := range spec.Topics {
		if t.Later {
			continue
		}
		cfg.Topics = append(cfg.Topics, broker.Topic{Name: t.Name, Partitions: t.Partitions})
	}
	set, of := &cfg.Settings, &spec.Broker
	set.GroupInitialRebalanceDelayMs = int32(*of.InitialRebalanceDelay / time.Millisecond)
	set.ReplicationDelay = sim.Span(of.ReplicationDelay)
	if of.OffsetsRetention > 0 {
		set.OffsetsRetentionMinutes = int32(of.OffsetsRetention / time.Minute)
	}
	if of.OffsetsRetentionCheck > 0 {
		set.OffsetsRetentionCheckIntervalMs = int32(of.OffsetsRetentionCheck / time.Millisecond)
	}
	cfg.Cluster.UncleanLeaderElectionEnable = of.UncleanElection
	if of.MinInsyncReplicas > 0 {
		cfg.Cluster.MinInsyncReplicas = of.MinInsyncReplicas
	}
	return cfg
}
