package sources

import (
	"fmt"

	"github.com/groundhogsim/groundhog/checkpoint"
)

// Poison is what a source does with a record that it cannot read.
type Poison uint8

// The ways.
const (
	Fails       Poison = iota // the task fails: and again after the restart, for the record is still there
	Skips                     // it is left out
	DeadLetters               // it goes on under DeadLetterKey, to be kept somewhere
)

// DeadLetterKey is the key of records that could not be read.
const DeadLetterKey = "dead-letter"

// readable is the part of a batch before the first record that cannot be read;
// that one comes alone, or makes the source fail.
func (r *reader) readable(batch []checkpoint.Record) ([]checkpoint.Record, error) {
	if r.options.Parse == nil {
		return batch, nil
	}
	for i := range batch {
		err := r.options.Parse(batch[i].Value)
		switch {
		case err == nil:
		case i > 0:
			return batch[:i:i], nil
		case r.options.Poison == Fails:
			return nil, fmt.Errorf("record %v/%d cannot be read: %w", batch[0].TopicPartition, batch[0].Offset, err)
		default:
			return batch[:1:1], nil
		}
	}
	return batch, nil
}

// treat takes the place of a record that cannot be read.
func (r *reader) treat(given []checkpoint.Record) []checkpoint.Record {
	if r.options.Parse == nil || len(given) != 1 || r.options.Parse(given[0].Value) == nil {
		return given
	}
	if r.options.Poison == Skips {
		return nil
	}
	letter := given[0]
	letter.Key = DeadLetterKey
	return []checkpoint.Record{letter}
}
