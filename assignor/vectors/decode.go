package vectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/groundhogsim/groundhog/assignor"
)

// field is a field that must be there. Null counts, and leaves the zero value
// where nullable is called for it; must rejects it.
type field[T any] struct {
	v         T
	set, null bool
}

func (f *field[T]) UnmarshalJSON(b []byte) error {
	f.set = true
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		f.null = true
		return nil
	}
	return strict(b, &f.v)
}

// strict decodes one JSON value without unknown fields and with nothing after it.
func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the JSON ends in the middle; is the line cut short?")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the JSON object")
	}
	return nil
}

// fields collects which fields are missing, so that the first can be told.
type fields struct{ err error }

func must[T any](c *fields, name string, f field[T]) T {
	if f.null && c.err == nil {
		c.err = fmt.Errorf("%q is null", name)
	}
	return nullable(c, name, f)
}

func nullable[T any](c *fields, name string, f field[T]) T {
	if !f.set && c.err == nil {
		c.err = fmt.Errorf("%q is missing", name)
	}
	return f.v
}

// partition is a topic and a partition number, as the two elements of an array.
type partition assignor.TopicPartition

func (p *partition) UnmarshalJSON(b []byte) error {
	var two []json.RawMessage
	if err := json.Unmarshal(b, &two); err != nil || len(two) != 2 {
		return fmt.Errorf("%s is no [topic, partition]", b)
	}
	err := json.Unmarshal(two[0], &p.Topic)
	if err == nil {
		err = json.Unmarshal(two[1], &p.Partition)
	}
	if err != nil || p.Topic == "" || p.Partition < 0 {
		return fmt.Errorf("%s is no [topic, partition]", b)
	}
	return nil
}

func plain(ps []partition) []assignor.TopicPartition {
	var out []assignor.TopicPartition
	for _, p := range ps {
		out = append(out, assignor.TopicPartition(p))
	}
	return out
}
