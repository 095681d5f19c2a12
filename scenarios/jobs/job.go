package jobs

import (
	"errors"
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Job is a job in the making: AddSource, Map, AddSink, then Spec.
type Job struct {
	name     string
	slots    int
	interval time.Duration
	wrong    []error

	source func(checkpoint.Env) checkpoint.Source
	group  string
	topic  scenarios.Topic
	broker int
	value  func(value string) string // what becomes of a record's value
	sink   func() checkpoint.Sink
}

// New begins a job with as many subtasks as it has slots.
func New(name string, slots int) *Job { return &Job{name: name, slots: slots} }

// EnableCheckpointing takes a checkpoint at every interval.
func (j *Job) EnableCheckpointing(interval time.Duration) *Job {
	j.interval = interval
	return j
}

// Stream is a job's records on their way, as values of a type.
type Stream[T any] struct {
	job   *Job
	value func(string) T
}

// AddSource lets the job read a source; it has one.
func AddSource[T any](j *Job, s *KafkaSource[T]) *Stream[T] {
	switch {
	case s == nil:
		j.wrong = append(j.wrong, &OptionError{"AddSource", "there is no source; see what Build said"})
		s = &KafkaSource[T]{}
	case j.source != nil:
		j.wrong = append(j.wrong, &OptionError{"AddSource", "the job has a source already"})
	}
	j.source, j.group, j.broker = s.reader(), s.group, len(s.servers)
	j.topic = scenarios.Topic{Name: s.topic, Partitions: s.partitions}
	return &Stream[T]{j, func(value string) T {
		v, _ := s.deserialize(value) // the source has seen that it can be
		return v
	}}
}

// Map makes another value of each.
func Map[T, U any](s *Stream[T], f func(T) U) *Stream[U] {
	if f == nil {
		s.job.wrong = append(s.job.wrong, &OptionError{"Map", "there is no function"})
		f = func(T) (u U) { return u }
	}
	return &Stream[U]{s.job, func(value string) U { return f(s.value(value)) }}
}

// AddSink lets the values go to a sink, as they print; the job has one. Values
// must print the same each time.
func (s *Stream[T]) AddSink(sink func() checkpoint.Sink) {
	switch {
	case sink == nil:
		s.job.wrong = append(s.job.wrong, &OptionError{"AddSink", "there is no sink; for instance checkpoint.Rows"})
	case s.job.sink != nil:
		s.job.wrong = append(s.job.wrong, &OptionError{"AddSink", "the job has a sink already"})
	}
	s.job.sink, s.job.value = sink, func(value string) string { return fmt.Sprint(s.value(value)) }
}

// Spec gives the job as a Spec, to which a load, faults and a promise can be
// added; or an OptionError for each thing that is missing or wrong, joined.
func (j *Job) Spec() (scenarios.Spec, error) {
	wrong := j.wrong
	if j.name == "" {
		wrong = append(wrong, &OptionError{"New", "a job needs a name: checkpoints are kept under it"})
	}
	if j.slots < 1 {
		wrong = append(wrong, &OptionError{"New", fmt.Sprintf("%d slots cannot be; one at least is needed", j.slots)})
	}
	if j.interval < 0 {
		wrong = append(wrong, &OptionError{"EnableCheckpointing", fmt.Sprintf("%v cannot be", j.interval)})
	}
	if j.source == nil {
		wrong = append(wrong, &OptionError{"AddSource", "the job has no source"})
	}
	if j.sink == nil {
		wrong = append(wrong, &OptionError{"AddSink", "the job has no sink; end the stream with one"})
	}
	if wrong != nil {
		return scenarios.Spec{}, errors.Join(wrong...)
	}
	value := j.value
	return scenarios.Spec{
		Topics: []scenarios.Topic{j.topic}, Group: scenarios.Classic(j.group, assignor.Range), Members: j.slots, Brokers: j.broker,
		Job: &scenarios.Job{Name: j.name, Interval: j.interval, Source: j.source, Sink: j.sink,
			Operator: func() checkpoint.Operator { return mapped{value} }},
	}, nil
}

// mapped is an operator without state.
type mapped struct{ value func(string) string }

// Apply implements checkpoint.Operator.
func (m mapped) Apply(r *checkpoint.Record, _ int, out *checkpoint.Output) {
	out.Emit(checkpoint.Result{Key: r.Key, Value: m.value(r.Value), Of: *r})
}

// Watermark implements checkpoint.Operator.
func (mapped) Watermark(int64, *checkpoint.Output) {}

// Snapshot implements checkpoint.Operator.
func (mapped) Snapshot(int) []byte { return nil }

// Restore implements checkpoint.Operator.
func (mapped) Restore(group int, _ []byte) error {
	return fmt.Errorf("key group %d has a state, and a map has none: the checkpoint is another job's", group)
}
