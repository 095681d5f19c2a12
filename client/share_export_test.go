package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
)

// AckBatches is how a profile puts acknowledgements of a partition into a request.
func AckBatches(types map[int64]int8, java bool) []api.AcknowledgementBatch {
	var acks []ack
	for offset, as := range types {
		acks = append(acks, ack{Offset: offset, Type: as})
	}
	slices.SortFunc(acks, compareAcks)
	if java {
		return javaAckBatches(acks)
	}
	return ackRuns(acks)
}
