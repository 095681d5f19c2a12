package share

import (
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// TestValidateAcknowledgements: what a broker refuses before it asks a share
// partition (KafkaApis.validateAcknowledgementBatches).
func TestValidateAcknowledgements(t *testing.T) {
	one := func(first, last int64, types ...int8) api.AcknowledgementBatch {
		return api.AcknowledgementBatch{FirstOffset: first, LastOffset: last, AcknowledgeTypes: types}
	}
	for _, c := range []struct {
		name    string
		batches []api.AcknowledgementBatch
		version int16
		renews  bool
		want    api.ErrorCode
	}{
		{"none", nil, 2, false, api.None},
		{"one type", []api.AcknowledgementBatch{one(0, 4, 1)}, 1, false, api.None},
		{"a type each", []api.AcknowledgementBatch{one(0, 1, 1, 0)}, 1, false, api.None},
		{"one too few", []api.AcknowledgementBatch{one(0, 2, 1, 0)}, 1, false, api.InvalidRequest},
		{"no type", []api.AcknowledgementBatch{one(0, 2)}, 1, false, api.InvalidRequest},
		{"backwards", []api.AcknowledgementBatch{one(2, 1, 1)}, 1, false, api.InvalidRequest},
		{"out of order", []api.AcknowledgementBatch{one(4, 5, 1), one(0, 1, 1)}, 1, false, api.InvalidRequest},
		{"touching", []api.AcknowledgementBatch{one(0, 5, 1), one(5, 6, 1)}, 1, false, api.None}, // KafkaApis compares with <
		{"unknown", []api.AcknowledgementBatch{one(0, 0, 5)}, 2, true, api.InvalidRequest},
		{"negative", []api.AcknowledgementBatch{one(0, 0, -1)}, 2, true, api.InvalidRequest},
		{"renewed", []api.AcknowledgementBatch{one(0, 0, 4)}, 2, true, api.None},
		{"renewed without saying so", []api.AcknowledgementBatch{one(0, 0, 4)}, 2, false, api.InvalidRequest},
		{"renewed too early", []api.AcknowledgementBatch{one(0, 0, 4)}, 1, true, api.InvalidRequest},
	} {
		if got := ValidateAcknowledgements(c.batches, c.version, c.renews); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestSinglesAreAcquiredAsTheyStand: a log of one record a batch is acquired
// without going over the limit, and in entries of the batch size.
func TestSinglesAreAcquiredAsTheyStand(t *testing.T) {
	p := New(DefaultSettings(), 0)
	if _, err := p.Initialize(); err != api.None {
		t.Fatal(err)
	}
	p.Initialized(api.None, &api.SharePartitionState{StartOffset: -1}, 7)
	records := make([]api.Record, 9)
	for i := range records {
		records[i].Offset = int64(7 + i)
	}
	got, n := p.Acquire(0, Fetch{Member: "m1", BatchSize: 2, MaxRecords: 5, Offset: 7, Batches: Singles(records)})
	if n != 5 || len(got) != 3 || got[2] != (api.AcquiredRecords{FirstOffset: 11, LastOffset: 11, DeliveryCount: 1}) {
		t.Errorf("%d: %v", n, got)
	}
}

// TestStateIsATree: both can be part of a node's state.
func TestStateIsATree(t *testing.T) {
	if err := canon.Check[Partition](); err != nil {
		t.Error(err)
	}
	if err := canon.Check[Sessions](); err != nil {
		t.Error(err)
	}
}
