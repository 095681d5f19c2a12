package files

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// job is a checkpointing job, in place of a handler.
type job struct {
	Source      string `yaml:"source"`
	Operator    string `yaml:"operator"`
	Sink        string `yaml:"sink"`
	Parallelism int    `yaml:"parallelism"`
	Forward     bool   `yaml:"forward"`
	Regions     bool   `yaml:"restart-regions"`

	Mode              string `yaml:"mode"`
	Interval          span   `yaml:"interval"`
	Timeout           span   `yaml:"timeout"`
	MinPause          span   `yaml:"min-pause"`
	MaxConcurrent     int    `yaml:"max-concurrent"`
	TolerableFailures int    `yaml:"tolerable-failures"`
	Backend           string `yaml:"backend"`

	RestartDelay      span `yaml:"restart-delay"`
	MaxRestarts       int  `yaml:"max-restarts"`
	HeartbeatInterval span `yaml:"job-heartbeat-interval"`
	HeartbeatTimeout  span `yaml:"job-heartbeat-timeout"`

	Assignment string `yaml:"assignment"`
	Discovery  span   `yaml:"discovery"`
	Start      string `yaml:"start"`
	Bounded    bool   `yaml:"bounded"`
}

// choice is a word that stands for something.
type choice[T any] struct {
	word string
	is   T
}

// choose gives what a word stands for; none stands for the first.
func choose[T any](path, word, what string, all ...choice[T]) (out T, err error) {
	if word == "" {
		return all[0].is, nil
	}
	var words []string
	for _, c := range all {
		if c.word == word {
			return c.is, nil
		}
		words = append(words, c.word)
	}
	return out, &wrong{path, fmt.Sprintf("%q is no %s; there are: %s", word, what, strings.Join(words, ", "))}
}

var operators = []choice[func() checkpoint.Operator]{
	{"counts", func() checkpoint.Operator { return &checkpoint.Counts{} }},
	{"sums", func() checkpoint.Operator { return &checkpoint.Counts{Sum: true} }},
}

var sinks = []choice[func() checkpoint.Sink]{
	{"blackhole", func() checkpoint.Sink { return checkpoint.Blackhole{} }},
	{"counter", func() checkpoint.Sink { return checkpoint.Counter{} }},
	{"idempotent", func() checkpoint.Sink { return checkpoint.Idempotent{} }},
	{"fenced", func() checkpoint.Sink { return checkpoint.Idempotent{Fenced: true} }},
	{"rows", func() checkpoint.Sink { return checkpoint.Rows{} }},
}

// work is what the file's topics are read by: a handler or a job.
func (f *file) work(s *scenarios.Spec) error {
	switch {
	case f.Job == nil:
		return f.handler(s)
	case f.Handler.kind != "":
		return &wrong{"handler", "a file has a handler or a job, but not both"}
	}
	return f.Job.fill(s)
}

func (j *job) fill(s *scenarios.Spec) (err error) {
	out := &scenarios.Job{Parallelism: j.Parallelism, Forward: j.Forward, RestartRegions: j.Regions,
		Interval: time.Duration(j.Interval), Timeout: time.Duration(j.Timeout), MinPause: time.Duration(j.MinPause),
		MaxConcurrent: j.MaxConcurrent, TolerableFailures: j.TolerableFailures,
		RestartDelay: time.Duration(j.RestartDelay), MaxRestarts: j.MaxRestarts,
		HeartbeatInterval: time.Duration(j.HeartbeatInterval), HeartbeatTimeout: time.Duration(j.HeartbeatTimeout),
		Discovery: time.Duration(j.Discovery), Bounded: j.Bounded}
	if err := j.limits(); err != nil {
		return err
	}
	if out.Mode, err = choose("job.mode", j.Mode, "mode", choice[checkpoint.Mode]{"exactly-once", checkpoint.ExactlyOnce},
		choice[checkpoint.Mode]{"at-least-once", checkpoint.AtLeastOnce}); err != nil {
		return err
	}
	if out.Backend.Kind, err = choose("job.backend", j.Backend, "backend",
		choice[checkpoint.BackendKind]{"filesystem", checkpoint.FileSystem}, choice[checkpoint.BackendKind]{"memory", checkpoint.Memory},
		choice[checkpoint.BackendKind]{"incremental", checkpoint.Incremental}); err != nil {
		return err
	}
	if out.Assignment, err = choose("job.assignment", j.Assignment, "assignment",
		choice[checkpoint.Assignment]{"enumerator", checkpoint.ByEnumerator}, choice[checkpoint.Assignment]{"group", checkpoint.ByGroup}); err != nil {
		return err
	}
	if out.Start, err = choose("job.start", j.Start, "start", choice[checkpoint.Start]{"earliest", checkpoint.Start{From: client.Earliest}},
		choice[checkpoint.Start]{"latest", checkpoint.Start{From: client.Latest}},
		choice[checkpoint.Start]{"committed", checkpoint.Start{From: checkpoint.Committed, Reset: client.Earliest}}); err != nil {
		return err
	}
	if out.Operator, err = choose("job.operator", j.Operator, "operator", operators...); err != nil {
		return err
	}
	if out.Sink, err = choose("job.sink", j.Sink, "sink", sinks...); err != nil {
		return err
	}
	s.Job = out
	return j.source(s)
}

// source makes the job's source, which must fit its assignment.
func (j *job) source(s *scenarios.Spec) (err error) {
	if j.Source == "" {
		return &wrong{"job.source", "there is none; name one, as in source: kafka; there are: " + strings.Join(sources.Names(), ", ")}
	}
	var topics []string
	for _, t := range s.Topics {
		topics = append(topics, t.Name)
	}
	if s.Job.Source, err = sources.Find(j.Source, topics...); err != nil {
		return &wrong{"job.source", err.Error()}
	}
	if byGroup := s.Job.Assignment == checkpoint.ByGroup; byGroup != (j.Source == "group") {
		return &wrong{"job.source", "the source group and assignment: group need each other"}
	}
	return nil
}

// limits tells of numbers that cannot be.
func (j *job) limits() error {
	const negative = "it cannot be negative"
	switch {
	case j.Parallelism < 0:
		return &wrong{"job.parallelism", negative}
	case j.MaxConcurrent < 0:
		return &wrong{"job.max-concurrent", negative}
	case j.TolerableFailures < 0:
		return &wrong{"job.tolerable-failures", negative}
	case j.MaxRestarts < checkpoint.Never:
		return &wrong{"job.max-restarts", "take a number, or -1 for none at all; 0 means any number"}
	}
	return nil
}

// jobFault finds a fault of jobs by name: "task-failure", "rescale 1".
func jobFault(text string) (f scenarios.Fault, known bool, err error) {
	name, operand, _ := strings.Cut(text, " ")
	var n int
	switch name {
	case "rescale", "fail-checkpoint":
		if _, err := fmt.Sscanf(operand, "%d", &n); err != nil || n < 1 {
			return f, true, fmt.Errorf("%q: want a number, as in %s 1", text, name)
		}
		if name == "rescale" {
			return scenarios.Rescale(n), true, nil
		}
		return scenarios.FailCheckpoint(n), true, nil
	}
	all := scenarios.JobFaults()
	at := slices.IndexFunc(all, func(f scenarios.Fault) bool { return f.Name == text })
	if at < 0 {
		return f, false, nil
	}
	return all[at], true, nil
}
