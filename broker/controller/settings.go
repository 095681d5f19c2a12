package controller

import "github.com/groundhogsim/groundhog/sim"

// Settings are those settings of a cluster that have to do with several
// brokers or with topics, under Kafka's names; the last is the model's own.
// Times are in milliseconds.
type Settings struct {
	BrokerSessionTimeoutMs        int32
	BrokerHeartbeatIntervalMs     int32
	ReplicaLagTimeMaxMs           int32
	ReplicaFetchWaitMaxMs         int32
	ReplicaFetchBackoffMs         int32
	MinInsyncReplicas             int32
	NumPartitions                 int32 // of a topic created without a number
	DefaultReplicationFactor      int16
	OffsetsTopicNumPartitions     int32 // 50 in Kafka: more than a model needs
	OffsetsTopicReplicationFactor int16 // or as many brokers as there are
	UncleanLeaderElectionEnable   bool
	LeaderImbalanceCheckSeconds   int32 // 0: leadership does not go back to preferred replicas by itself
	// UnloadDelay is how long a coordinator goes on after its broker has learnt
	// that the partition is led elsewhere; in Kafka it is unloaded by another
	// thread.
	UnloadDelay sim.Time `canon:"abs"`
}

// DefaultSettings are Kafka's own defaults, but for the number of partitions
// of __consumer_offsets.
func DefaultSettings() Settings {
	return Settings{
		BrokerSessionTimeoutMs:        9000,
		BrokerHeartbeatIntervalMs:     2000,
		ReplicaLagTimeMaxMs:           30_000,
		ReplicaFetchWaitMaxMs:         500,
		ReplicaFetchBackoffMs:         1000,
		MinInsyncReplicas:             1,
		NumPartitions:                 1,
		DefaultReplicationFactor:      1,
		OffsetsTopicNumPartitions:     1,
		OffsetsTopicReplicationFactor: 3,
		LeaderImbalanceCheckSeconds:   300,
	}
}

// WithDefaults gives the defaults for the zero value, and otherwise for those
// settings whose zero makes no sense.
func (s Settings) WithDefaults() Settings {
	d := DefaultSettings()
	if s == (Settings{}) {
		return d
	}
	for _, f := range []struct{ set, def *int32 }{
		{&s.BrokerSessionTimeoutMs, &d.BrokerSessionTimeoutMs},
		{&s.BrokerHeartbeatIntervalMs, &d.BrokerHeartbeatIntervalMs},
		{&s.ReplicaLagTimeMaxMs, &d.ReplicaLagTimeMaxMs},
		{&s.ReplicaFetchWaitMaxMs, &d.ReplicaFetchWaitMaxMs},
		{&s.ReplicaFetchBackoffMs, &d.ReplicaFetchBackoffMs},
		{&s.MinInsyncReplicas, &d.MinInsyncReplicas},
		{&s.NumPartitions, &d.NumPartitions},
		{&s.OffsetsTopicNumPartitions, &d.OffsetsTopicNumPartitions},
	} {
		if *f.set <= 0 {
			*f.set = *f.def
		}
	}
	for _, f := range []struct{ set, def *int16 }{
		{&s.DefaultReplicationFactor, &d.DefaultReplicationFactor},
		{&s.OffsetsTopicReplicationFactor, &d.OffsetsTopicReplicationFactor},
	} {
		if *f.set <= 0 {
			*f.set = *f.def
		}
	}
	return s
}
