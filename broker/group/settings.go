package group

import (
	"math"

	"github.com/groundhogsim/groundhog/sim"
)

// Settings are a broker's settings under Kafka's names (GroupCoordinatorConfig),
// and two that only the model has. Spans are in the unit that the name says,
// or else virtual time.
type Settings struct {
	GroupInitialRebalanceDelayMs int32
	GroupMinSessionTimeoutMs     int32
	GroupMaxSessionTimeoutMs     int32
	GroupMaxSize                 int32
	OffsetMetadataMaxBytes       int32 // of UTF-16 units, in truth
	OffsetsCommitTimeoutMs       int32 // how long any write of the coordinator waits for the high watermark

	OffsetsRetentionMinutes         int32 // how long offsets outlive their use (KIP-211)
	OffsetsRetentionCheckIntervalMs int32 // how often the coordinator looks for such

	ShareGroupMaxSize                   int32
	ShareGroupSessionTimeoutMs          int32
	ShareGroupHeartbeatIntervalMs       int32 // that members are told
	ShareGroupAssignmentIntervalMs      int32 // between two target assignments of a group
	ShareGroupInitializeRetryIntervalMs int32 // after which partitions are asked for again

	// ReplicationDelay is how long after an append the other replicas have it,
	// and the high watermark moves. 0: at once.
	ReplicationDelay sim.Time `canon:"abs"`
	// LoadDelay is how long the coordinator takes to read its log, when there
	// is something in it.
	LoadDelay sim.Time `canon:"abs"`
}

// DefaultSettings are Kafka's own defaults, with records committed at once.
func DefaultSettings() Settings {
	return Settings{
		GroupInitialRebalanceDelayMs: 3000,
		GroupMinSessionTimeoutMs:     6000,
		GroupMaxSessionTimeoutMs:     1_800_000,
		GroupMaxSize:                 math.MaxInt32,
		OffsetMetadataMaxBytes:       4096,
		OffsetsCommitTimeoutMs:       5000,

		OffsetsRetentionMinutes:         7 * 24 * 60,
		OffsetsRetentionCheckIntervalMs: 600_000,

		ShareGroupMaxSize:                   200,
		ShareGroupSessionTimeoutMs:          45_000,
		ShareGroupHeartbeatIntervalMs:       5000,
		ShareGroupAssignmentIntervalMs:      1000,
		ShareGroupInitializeRetryIntervalMs: 30_000,

		LoadDelay: 100 * sim.Millisecond,
	}
}

// WithDefaults gives the defaults for the zero value, and otherwise for those
// settings whose zero makes no sense; a delay of zero does.
func (s Settings) WithDefaults() Settings {
	d := DefaultSettings()
	if s == (Settings{}) {
		return d
	}
	for _, f := range []struct{ set, def *int32 }{
		{&s.GroupMinSessionTimeoutMs, &d.GroupMinSessionTimeoutMs},
		{&s.GroupMaxSessionTimeoutMs, &d.GroupMaxSessionTimeoutMs},
		{&s.GroupMaxSize, &d.GroupMaxSize},
		{&s.OffsetMetadataMaxBytes, &d.OffsetMetadataMaxBytes},
		{&s.OffsetsCommitTimeoutMs, &d.OffsetsCommitTimeoutMs},
		{&s.OffsetsRetentionMinutes, &d.OffsetsRetentionMinutes},
		{&s.OffsetsRetentionCheckIntervalMs, &d.OffsetsRetentionCheckIntervalMs},
		{&s.ShareGroupMaxSize, &d.ShareGroupMaxSize},
		{&s.ShareGroupSessionTimeoutMs, &d.ShareGroupSessionTimeoutMs},
		{&s.ShareGroupHeartbeatIntervalMs, &d.ShareGroupHeartbeatIntervalMs},
		{&s.ShareGroupInitializeRetryIntervalMs, &d.ShareGroupInitializeRetryIntervalMs},
	} {
		if *f.set == 0 {
			*f.set = *f.def
		}
	}
	return s
}

// newMemberJoinTimeoutMs is how long a new member may wait in its first join
// (CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS; a constant in Kafka, too).
const newMemberJoinTimeoutMs = 5 * 60 * 1000

// OffsetsPartition is the coordinator's own partition, as timers name it.
const OffsetsPartition = "__consumer_offsets/0"
