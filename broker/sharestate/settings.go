package sharestate

import "github.com/groundhogsim/groundhog/sim"

// Settings are those of a share coordinator, under Kafka's names
// (ShareCoordinatorConfig), and two that only the model has.
type Settings struct {
	// SnapshotUpdateRecordsPerSnapshot is how many updates come between two
	// snapshots of a partition, from 0 to 500.
	SnapshotUpdateRecordsPerSnapshot int32
	WriteTimeoutMs                   int32 // how long a write waits for the high watermark

	// ReplicationDelay is how long after an append the other replicas have it.
	// 0: at once.
	ReplicationDelay sim.Time `canon:"abs"`
	// LoadDelay is how long the coordinator takes to read its log, when there
	// is something in it.
	LoadDelay sim.Time `canon:"abs"`
}

// DefaultSettings are Kafka's own defaults, with records committed at once.
func DefaultSettings() Settings {
	return Settings{
		SnapshotUpdateRecordsPerSnapshot: 500,
		WriteTimeoutMs:                   5000,
		LoadDelay:                        100 * sim.Millisecond,
	}
}
