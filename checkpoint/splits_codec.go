package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/groundhogsim/groundhog/model"
)

// splitJSON is a Split in a checkpoint.
type splitJSON struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Stop      int64  `json:"stop,omitempty"`
}

// encodeSplits is a source's state: JSON, a split a line.
func encodeSplits(splits []Split) []byte {
	buf := []byte("[")
	for i, s := range splits {
		if i > 0 {
			buf = append(buf, ",\n"...)
		}
		one, err := json.Marshal(splitJSON{s.Topic, s.Partition, s.Offset, s.Stop})
		if err != nil { // a string and numbers always have a form
			continue
		}
		buf = append(buf, one...)
	}
	return append(buf, ']')
}

// decodeSplits reads what encodeSplits gives; of none it gives an empty, non-nil slice.
func decodeSplits(data []byte) ([]Split, error) {
	var all []splitJSON
	if err := strictly(data, &all); err != nil {
		return nil, fmt.Errorf("a source's splits: %w; %s", err, remedyOther)
	}
	if all == nil {
		return nil, errors.New("a source's splits: null in place of a list; " + remedyOther)
	}
	splits := make([]Split, len(all))
	for i, s := range all {
		splits[i] = Split{model.TopicPartition{Topic: s.Topic, Partition: s.Partition}, s.Offset, s.Stop}
		if err := splits[i].check(); err != nil {
			return nil, fmt.Errorf("a source's splits: split %d: %w; %s", i+1, err, remedyOther)
		}
	}
	return splits, nil
}

// check tells what a split cannot be.
func (s *Split) check() error {
	switch {
	case s.Topic == "":
		return errors.New("it has no topic")
	case s.Partition < 0:
		return fmt.Errorf("%s has no such partition: %d", s.Topic, s.Partition)
	case s.Offset < StartCommitted:
		return fmt.Errorf("%v: %d is no offset", s.TopicPartition, s.Offset)
	case s.Stop < 0:
		return fmt.Errorf("%v: %d is no offset to stop at", s.TopicPartition, s.Stop)
	}
	return nil
}
