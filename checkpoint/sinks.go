package checkpoint

import "cmp"

// Counter is a sink that counts results in the outside store, under one key
// for all (as document B's load does in Redis). A result that is written again,
// by a task that goes on from a checkpoint, counts again.
type Counter struct {
	Key string // "sink-counter"
}

// Write implements Sink.
func (c Counter) Write(r *Result) *StoreRequest {
	return &StoreRequest{Command: Incr, Key: cmp.Or(c.Key, "sink-counter"), By: 1, Of: of(r)}
}

// Idempotent is a sink that sets each result's key to its value: a result that
// comes of the operator's state is the same when it is written again.
type Idempotent struct {
	Prefix string // of the keys
	// Fenced makes the store refuse what an attempt writes that is over.
	// Without, what was under way may overwrite what came later.
	Fenced bool
}

// Write implements Sink.
func (s Idempotent) Write(r *Result) *StoreRequest {
	q := &StoreRequest{Command: Set, Key: s.Prefix + r.Key, Value: r.Value, Of: of(r)}
	if s.Fenced {
		q.Command = SetFenced
	}
	return q
}

// Rows is a sink that writes a row for each record, whose key is the record's
// place. A result of several records has its own key.
type Rows struct {
	Prefix string // of the keys
}

// Write implements Sink.
func (s Rows) Write(r *Result) *StoreRequest {
	key := r.Key
	if r.Of.Topic != "" {
		key = UpsertKey(&r.Of)
	}
	return &StoreRequest{Command: Upsert, Key: s.Prefix + key, Value: r.Value, Of: of(r)}
}

// Unwaited is a Sink whose writes nobody waits for at a barrier: what fails of
// them when the checkpoint is complete is lost (DeliveryGuarantee.NONE; KafkaWriter
// does not flush then but at the end of its input).
type Unwaited struct{ Sink }

// of is what a result is made of, where that is one record.
func of(r *Result) []Record {
	if r.Of.Topic == "" {
		return nil
	}
	return []Record{r.Of}
}
