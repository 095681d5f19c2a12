// Package jobs builds the Spec of a checkpointing job from a source, maps and a
// sink, with document A's names.
package jobs

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// OptionError is what is wrong with an option of a builder, and what to do.
type OptionError struct{ Option, Want string }

func (e *OptionError) Error() string { return e.Option + ": " + e.Want }

// Deserializer makes a value of a record's bytes.
type Deserializer[T any] func(value string) (T, error)

// Text takes values as they are.
func Text(value string) (string, error) { return value, nil }

// KafkaSource reads a topic; see NewKafkaSource.
type KafkaSource[T any] struct {
	servers     []string
	group       string
	topic       string
	partitions  int32
	deserialize Deserializer[T]
}

// KafkaSourceBuilder gathers a source's options.
type KafkaSourceBuilder[T any] struct{ source KafkaSource[T] }

// NewKafkaSource begins to build a source of values of a type:
//
//	jobs.NewKafkaSource[string]().BootstrapServers("b0:9092").GroupId("order-job").
//		Topic("orders").ValueDeserializer(jobs.Text).Build()
func NewKafkaSource[T any]() *KafkaSourceBuilder[T] {
	return &KafkaSourceBuilder[T]{KafkaSource[T]{partitions: 1}}
}

// BootstrapServers names the brokers, HOST:PORT, with commas between them. In
// the simulated world each stands for one.
func (b *KafkaSourceBuilder[T]) BootstrapServers(list string) *KafkaSourceBuilder[T] {
	b.source.servers = nil
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			b.source.servers = append(b.source.servers, s)
		}
	}
	return b
}

// GroupId names the group that offsets are committed to.
func (b *KafkaSourceBuilder[T]) GroupId(group string) *KafkaSourceBuilder[T] {
	b.source.group = group
	return b
}

// Topic names the topic.
func (b *KafkaSourceBuilder[T]) Topic(name string) *KafkaSourceBuilder[T] {
	b.source.topic = name
	return b
}

// Partitions is how many the topic has in the simulated world; 1.
func (b *KafkaSourceBuilder[T]) Partitions(n int32) *KafkaSourceBuilder[T] {
	b.source.partitions = n
	return b
}

// ValueDeserializer says how values are read. A task fails on one that cannot
// be.
func (b *KafkaSourceBuilder[T]) ValueDeserializer(d Deserializer[T]) *KafkaSourceBuilder[T] {
	b.source.deserialize = d
	return b
}

// Build gives the source, or an OptionError for each option that is missing or
// wrong, joined.
func (b *KafkaSourceBuilder[T]) Build() (*KafkaSource[T], error) {
	s := b.source
	var wrong []error
	miss := func(option, want string) { wrong = append(wrong, &OptionError{option, want}) }
	if len(s.servers) == 0 {
		miss("BootstrapServers", `there is none; name at least one, as in "b0:9092"`)
	}
	for _, server := range s.servers {
		if _, _, err := net.SplitHostPort(server); err != nil {
			miss("BootstrapServers", fmt.Sprintf("%q is no HOST:PORT", server))
		}
	}
	if s.group == "" {
		miss("GroupId", "there is none; offsets are committed under it")
	}
	if s.topic == "" {
		miss("Topic", "there is none; name the topic that is read")
	}
	if s.partitions < 1 {
		miss("Partitions", fmt.Sprintf("%d cannot be; a topic has one at least", s.partitions))
	}
	if s.deserialize == nil {
		miss("ValueDeserializer", "there is none; for text take jobs.Text")
	}
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	return &s, nil
}

// reader is the source as a job runs it.
func (s *KafkaSource[T]) reader() func(checkpoint.Env) checkpoint.Source {
	return sources.With(sources.Options{Parse: func(value string) error {
		_, err := s.deserialize(value)
		return err
	}})
}
