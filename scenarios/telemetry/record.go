package telemetry

import (
	"slices"

	"github.com/groundhogsim/groundhog/model"
)

// CorrelationID is the id under which a record is followed: orders/3@17.
func CorrelationID(r model.PartitionOffset) string {
	return r.TopicPartition.String() + "@" + num(r.Offset)
}

// record is one that is followed; root is nil until it is produced.
type record struct {
	place model.PartitionOffset
	root  *Span
}

// in tells whether an event is of the record.
func (r *record) in(e *model.Event) bool {
	return e.TopicPartition == r.place.TopicPartition && e.From <= r.place.Offset && r.place.Offset < e.To || slices.Contains(e.Partitions, r.place)
}

// born begins the trace of records that are followed: they were produced.
func (t *Telemetry) born(e *model.Event) {
	for i := range t.records {
		if r := &t.records[i]; r.root == nil && r.in(e) {
			t.root(r, e)
		}
	}
}

// root begins a record's trace with the first that is heard of it: that may be
// that it was read, before its producer has the acknowledgement.
func (t *Telemetry) root(r *record, e *model.Event) {
	id := CorrelationID(r.place)
	r.root = &Span{Name: SpanRecord, Trace: id, ID: id, Start: e.At, Attributes: map[string]string{System: "kafka", Topic: r.place.Topic,
		Partition: num(int64(r.place.Partition)), Offset: num(r.place.Offset), Correlation: id}}
	t.begin(r.root)
}

// step adds that records have come so far. A record that comes again after a
// restart has its steps once more, with the new attempt.
func (t *Telemetry) step(name string, e *model.Event) {
	for i := range t.records {
		r := &t.records[i]
		if !r.in(e) {
			continue
		}
		if r.root == nil {
			t.root(r, e)
		}
		from := max(r.root.Start, r.root.End)
		t.spans = append(t.spans, &Span{Name: name, Trace: r.root.Trace, ID: r.root.ID + "/" + name + "/" + num(int64(e.Generation)), Parent: r.root.ID,
			Start: from, End: e.At, Attributes: attributesOf(e, map[string]string{Correlation: r.root.ID})})
		r.root.End = e.At
		delete(t.open, r.root.ID)
	}
}
