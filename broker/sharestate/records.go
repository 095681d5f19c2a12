package sharestate

import (
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
)

// Key names a share partition (SharePartitionKey).
type Key struct {
	Group string
	api.TopicPartition
}

// name is the key in tables: a topic has no slash, so it is no other's.
func (k *Key) name() string {
	return k.Group + "/" + k.Topic + "/" + strconv.Itoa(int(k.Partition))
}

// RecordType tells the records of __share_group_state apart
// (CoordinatorRecordType).
type RecordType uint8

// The types.
const (
	Snapshot RecordType = iota + 1 // all that is kept of a share partition
	Update                         // what has changed since the last snapshot
)

// Record is one record of __share_group_state. A Snapshot without a value is a
// tombstone: the share partition is forgotten.
type Record struct {
	Offset int64
	Type   RecordType
	Key
	Tombstone bool
	Value
}

// Value is what a record holds (ShareSnapshotValue, ShareUpdateValue). Of an
// Update, a StartOffset of -1 leaves that as it is, and StateEpoch is not there.
type Value struct {
	SnapshotEpoch int32 // counts the snapshots of a partition
	api.SharePartitionState
}
