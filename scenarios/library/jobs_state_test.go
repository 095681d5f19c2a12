package library

import (
	"errors"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

// Every check of these rows turns red when the job is another than the row
// says.
func TestJobsStateTurnRed(t *testing.T) {
	source := func(v sources.Variant) func(*scenarios.Spec) {
		return func(s *scenarios.Spec) { s.Job.Source = sources.With(sources.Options{Variant: v}) }
	}
	for name, c := range map[string]struct {
		anomaly string
		edit    func(*scenarios.Spec)
	}{
		"A20#bound 60 s":            {WatermarkDiffers, func(s *scenarios.Spec) { s.Job.Watermarks.OutOfOrderness = time.Second }},
		"A20#bound 2 s":             {WatermarkDiffers, func(s *scenarios.Spec) { s.Load.EventTime = inOrder }},
		"A24#filesystem/failed":     {BackendDiffers, func(s *scenarios.Spec) { s.Job.Backend.Kind = checkpoint.Memory }},
		"A24#memory/lost after ack": {scenarios.NotSettled, func(s *scenarios.Spec) { s.Job.Backend.Kind = checkpoint.FileSystem }},
		"A24#incremental/slow":      {BackendDiffers, func(s *scenarios.Spec) { s.Job.Timeout = time.Minute }},
		"A25#" + stressRow: {CountDiffers, func(s *scenarios.Spec) {
			s.Job.Sink = func() checkpoint.Sink { return checkpoint.Counter{Key: sinkPrefix} }
		}},
		"A29":                         {scenarios.NotSettled, func(s *scenarios.Spec) { s.Job.Bounded = false; s.Job.MaxRestarts = checkpoint.Never }},
		"E25#no checkpoints":          {RereadDiffers, func(s *scenarios.Spec) { s.Job.Interval = time.Second }},
		"E25#a checkpoint every 2 s":  {RereadDiffers, func(s *scenarios.Spec) { s.Job.Interval = time.Hour }},
		"E26-skip":                    {scenarios.NotSettled, func(s *scenarios.Spec) { s.Job.Source = failsOnPoison }},
		"E26-dead-letter":             {PoisonSpreads, func(s *scenarios.Spec) { s.Load.Value = nil }},
		"E27":                         {ResultsDiffer, source(sources.StoresLast)},
		"A31#AddSource, Map, AddSink": {ResultsDiffer, func(s *scenarios.Spec) { s.Job.Operator = nil }},
		"A19":                         {model.MetricDiffers, func(s *scenarios.Spec) { s.Job.Source = countsTwice }},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := One(name)
			if err != nil {
				t.Fatal(err)
			}
			spec := s.Spec
			job := *spec.Job
			spec.Job = &job
			c.edit(&spec)
			for seed := range uint64(12) {
				trial, err := scenarios.NewTrial(&spec, 1+seed)
				if err != nil {
					t.Fatal(err)
				}
				o, err := scenarios.Simulate(trial, scenarios.Play{})
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range o.Broken() {
					if f.Name == c.anomaly {
						return
					}
				}
			}
			t.Errorf("no %s", c.anomaly)
		})
	}
}

// inOrder is an event time without disorder.
func inOrder(i int) time.Duration { return time.Duration(i) * 2 * time.Second }

func failsOnPoison(env checkpoint.Env) checkpoint.Source {
	return sources.With(sources.Options{Parse: func(v string) error {
		if v[len(v)-1] != '}' {
			return errors.New("it is no JSON")
		}
		return nil
	}})(env)
}

// countsTwice counts every record that it gives twice.
func countsTwice(env checkpoint.Env) checkpoint.Source { return sources.Kafka(doubling{env}) }

type doubling struct{ checkpoint.Env }

func (d doubling) Metric(name string, p model.TopicPartition, n int64) { d.Env.Metric(name, p, 2*n) }
