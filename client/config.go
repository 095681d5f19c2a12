package client

import (
	"cmp"
	"fmt"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/sim"
)

// The lanes that a client lays out to every broker: requests of one lane keep
// their order, those of different ones do not. The franz profile uses all of
// them; the Java profile LaneMain, and LaneGroup for what goes to the group's
// coordinator.
const (
	LaneMain sim.Lane = iota
	LaneFetch
	LaneGroup // JoinGroup and SyncGroup, which wait long
	LaneProduce
)

// Lanes are the lanes' names, by number.
var Lanes = []string{"main", "fetch", "group", "produce"}

// Profile is whose client a consumer or producer behaves like.
type Profile string

// The profiles.
const (
	Franz Profile = "franz" // franz-go 1.22.2
	Java  Profile = "java"  // kafka-clients 4.3.1, with group.protocol=classic
)

// Reset says where to read a partition for which nothing is committed.
type Reset string

// The reset policies.
const (
	Earliest Reset = "earliest"
	Latest   Reset = "latest"
	None     Reset = "none"
	// ByDuration reads from Config.ResetDuration ago on (KIP-1106).
	ByDuration Reset = "by_duration"
)

// Config is what a consumer is set to. Zero fields mean the profile's default,
// or else Kafka's.
type Config struct {
	ClientID          string
	Group             string
	Topics            []string
	Assignors         []assignor.Assignor // most wanted first; cooperative-sticky, in Java range and it
	SessionTimeout    sim.Time            // session.timeout.ms, 45 s
	HeartbeatInterval sim.Time            // heartbeat.interval.ms, 3 s
	RebalanceTimeout  sim.Time            // 60 s in franz-go; in Java MaxPollInterval
	Reset             Reset               // earliest in franz-go, latest in Java
	MaxPollRecords    int                 // 500
	FetchMaxRecords   int32               // of a partition a fetch, 10 000: in place of bytes
	MetadataMaxAge    sim.Time            // 5 min; negative: metadata are never asked for again
	FetchMaxWait      sim.Time            // 5 s in franz-go, 500 ms in Java
	RequestTimeout    sim.Time            // 10 s more than the broker may take; in Java 30 s in all; negative: none
	// BlockRebalanceOnPoll keeps callbacks back between a poll's return and
	// the next poll (kgo.BlockRebalanceOnPoll). In Java they always wait.
	BlockRebalanceOnPoll bool
	Brokers              []sim.NodeID // the node of each broker id

	Profile         Profile // Franz
	InstanceID      string  // group.instance.id; empty for a dynamic member
	RackID          string
	ResetDuration   sim.Time // with Reset ByDuration
	MaxPollInterval sim.Time // max.poll.interval.ms, 5 min; the Java profile's RebalanceTimeout, too
	// AutoCommit commits what was polled every AutoCommitInterval (5 s), at a
	// revocation and on leaving, each profile at its own moments.
	AutoCommit         bool
	AutoCommitInterval sim.Time
	OwnRevoked         bool // the application has a callback for revocations: kgo commits nothing there then

	pol      *policy
	laneKeys [][]string // broker, lane → the key of its request-timeout timer
}

// WithDefaults fills what is zero.
func (c Config) WithDefaults() *Config {
	c.Profile = cmp.Or(c.Profile, Franz)
	c.pol = c.Profile.policy()
	orTime(&c.SessionTimeout, 45*sim.Second)
	orTime(&c.HeartbeatInterval, 3*sim.Second)
	orTime(&c.MetadataMaxAge, 5*sim.Minute)
	orTime(&c.AutoCommitInterval, 5*sim.Second)
	c.MaxPollRecords = cmp.Or(c.MaxPollRecords, 500)
	c.FetchMaxRecords = cmp.Or(c.FetchMaxRecords, 10_000)
	if c.pol.java {
		c.javaDefaults()
	} else {
		c.franzDefaults()
	}
	for b := range c.Brokers {
		keys := make([]string, len(Lanes))
		for l, name := range Lanes {
			keys[l] = fmt.Sprintf("b%d/%s", b, name)
		}
		c.laneKeys = append(c.laneKeys, keys)
	}
	return &c
}
