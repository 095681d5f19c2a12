package jobs

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/errors.txt anew")

// complete has every option of a source.
func complete() *KafkaSourceBuilder[int] {
	return NewKafkaSource[int]().BootstrapServers("b0:9092").GroupId("order-job").Topic("orders").Partitions(2).ValueDeserializer(strconv.Atoi)
}

// What is missing is said, each with its remedy.
func TestErrors(t *testing.T) {
	rows := func() checkpoint.Sink { return checkpoint.Rows{} }
	var out strings.Builder
	say := func(name string, err error) {
		fmt.Fprintf(&out, "%s\n", name)
		if err == nil {
			t.Errorf("%s: no error", name)
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintf(&out, "  %s\n", line)
		}
		var option *OptionError
		if !errors.As(err, &option) {
			t.Errorf("%s: %T", name, err)
		}
	}
	for _, c := range []struct {
		name string
		edit func(*KafkaSourceBuilder[int])
	}{
		{"no BootstrapServers", func(b *KafkaSourceBuilder[int]) { b.BootstrapServers(" ,") }},
		{"BootstrapServers without a port", func(b *KafkaSourceBuilder[int]) { b.BootstrapServers("b0:9092, b1") }},
		{"no GroupId", func(b *KafkaSourceBuilder[int]) { b.GroupId("") }},
		{"no Topic", func(b *KafkaSourceBuilder[int]) { b.Topic("") }},
		{"no partition", func(b *KafkaSourceBuilder[int]) { b.Partitions(0) }},
		{"no ValueDeserializer", func(b *KafkaSourceBuilder[int]) { b.ValueDeserializer(nil) }},
		{"nothing", func(b *KafkaSourceBuilder[int]) { *b = *NewKafkaSource[int]() }},
	} {
		b := complete()
		c.edit(b)
		_, err := b.Build()
		say(c.name, err)
	}
	source, err := complete().Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		job  *Job
		make func(*Job)
	}{
		{"an empty job", New("", 0), func(*Job) {}},
		{"no sink", New("job", 1), func(j *Job) { AddSource(j, source) }},
		{"a nil sink", New("job", 1), func(j *Job) { AddSource(j, source).AddSink(nil) }},
		{"a source that was not built", New("job", 1), func(j *Job) { AddSource[int](j, nil).AddSink(rows) }},
		{"two sources", New("job", 1), func(j *Job) { AddSource(j, source); AddSource(j, source).AddSink(rows) }},
		{"two sinks", New("job", 1), func(j *Job) { s := AddSource(j, source); s.AddSink(rows); s.AddSink(rows) }},
		{"no function", New("job", 1), func(j *Job) { Map[int, int](AddSource(j, source), nil).AddSink(rows) }},
		{"a negative interval", New("job", 1).EnableCheckpointing(-time.Second), func(j *Job) { AddSource(j, source).AddSink(rows) }},
	} {
		c.make(c.job)
		_, err := c.job.Spec()
		say(c.name, err)
	}
	const golden = "testdata/errors.txt"
	if *rewrite {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != out.String() {
		t.Errorf("%v; got:\n%s", err, out.String())
	}
}

// TestJob runs AddSource, Map, AddSink, with a crash.
func TestJob(t *testing.T) {
	source, err := complete().Build()
	if err != nil {
		t.Fatal(err)
	}
	j := New("doubles", 2).EnableCheckpointing(time.Second)
	Map(AddSource(j, source), func(n int) string { return fmt.Sprintf("<%d>", 2*n) }).AddSink(func() checkpoint.Sink { return checkpoint.Rows{} })
	spec, err := j.Spec()
	if err != nil {
		t.Fatal(err)
	}
	spec.Load = scenarios.Keyed(60, "customer-%d", 6)
	spec.Promise = scenarios.ExactlyOnceEndToEnd()
	spec.Warmup, spec.Faulty = time.Second, 12*time.Second
	spec.Script = func(p *scenarios.Planner) {
		p.At(0, sim.Start, "tm1")
		p.At(0, sim.Start, "tm2")
		p.At(6*time.Second, sim.Crash, "tm2")
		p.At(7*time.Second, sim.Start, "tm2")
	}
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	o, err := scenarios.Simulate(trial, scenarios.Play{History: func(e *model.Event) {
		if e.Kind == model.Stored {
			rows[e.Keys[0]] = e.Values[0]
		}
	}})
	if err != nil || len(o.Broken()) > 0 || o.Report.Summary.Job.Restarts == 0 {
		t.Fatal(err, o.Broken(), o.Report.Summary.Job)
	}
	got := map[string]bool{}
	for _, v := range rows {
		got[v] = true
	}
	for i := range 60 {
		if !got[fmt.Sprintf("<%d>", 2*i)] {
			t.Errorf("nothing came of %d", i)
		}
	}
}

// A value that cannot be read makes the job fail over and over.
func TestBadValue(t *testing.T) {
	source, _ := complete().Build()
	j := New("doubles", 2)
	AddSource(j, source).AddSink(func() checkpoint.Sink { return checkpoint.Rows{} })
	spec, err := j.Spec()
	if err != nil {
		t.Fatal(err)
	}
	spec.Load = scenarios.Load{Count: 3, Value: func(i int) string { return strings.Repeat("x", i) }}
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	if o, err := scenarios.Simulate(trial, scenarios.Play{}); err != nil || o.Settled || !strings.Contains(o.Why, "the job is") {
		t.Error(err, o.Why)
	}
}
