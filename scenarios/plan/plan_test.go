package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/scenarios/sources"
)

func TestLinesReadAsTheyAreWritten(t *testing.T) {
	for _, line := range []string{"1.5s crash m2 for 3s", "2s add-partitions orders 8", "0s start m3", "3s reload-coordinator b0", "1m0s leave m1"} {
		s, err := Parse(line)
		if err != nil || s.String() != line {
			t.Errorf("%s: %v, %v", line, s, err)
		}
	}
}

func TestBadLinesAreExplained(t *testing.T) {
	for line, want := range map[string]string{
		"": "12s crash m1", "soon crash m1": "no time", "1s explode m1": "there are: add-partitions, broker-crash",
		"1s crash m1 for": "\"for\" and a time", "1s start m1 for 2s": "nothing more", "1s crash m1 for ever": "no span",
		"1s add-partitions orders": "how many", "1s add-partitions orders x": "how many", "-1s crash m1": "no time",
	} {
		if _, err := Parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}

func spec(p Plan) scenarios.Spec {
	return scenarios.Spec{Topics: []scenarios.Topic{{Name: "orders", Partitions: 2}}, Members: 2, Handler: handlers.ProcessThenCommit,
		Group: scenarios.Classic("g", assignor.Range), Load: scenarios.Keyed(40, "k%d", 4), Promise: scenarios.AtLeastOnce(),
		Client: scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, MetadataMaxAge: 2 * time.Second},
		Warmup: 8 * time.Second, Faulty: 20 * time.Second, Script: p.Script(nil)}
}

func TestPlansMustFit(t *testing.T) {
	for line, want := range map[string]string{"9s crash m3": "m1, m2", "9s broker-crash m1": "needs one of b0", "9s add-partitions bills 3": "no topic", "40s crash m1": "faults stop at 28s"} {
		s, err := Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		p := Plan{s}
		of := spec(p)
		if _, err := p.Check(&of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// Each kind of strike does what its line says.
func TestStrikesHappen(t *testing.T) {
	causes := map[string]string{"leave": "leave m1", "pause": "pause m1", "crash": "crash m1", "vanish": "vanish m1", "cut": "cut m1",
		"reload-coordinator": "reload-coordinator b0", "broker-crash": "crash b0", "add-partitions": "add-partitions b0 orders 4", "start": ""}
	for _, what := range Kinds() {
		s := Strike{At: 12 * time.Second, What: what, Who: "m1"}
		if k := kinds[what]; k.job {
			continue // see TestStrikesOfJobs
		}
		switch what {
		case "reload-coordinator", "broker-crash":
			s.Who = "b0"
		case "add-partitions":
			s.Who, s.N = "orders", 4
		}
		if CanEnd(what) {
			s.For = 2 * time.Second
		}
		of := spec(Plan{s})
		trial, err := scenarios.NewTrial(&of, 1)
		if err != nil {
			t.Fatal(err)
		}
		seen, started := false, int64(-1)
		o, err := scenarios.Simulate(trial, scenarios.Play{History: func(e *model.Event) {
			seen = seen || e.Kind == model.Fault && e.Cause == causes[what]
			if e.Kind == model.Started && e.Client == "m1" && started < 0 {
				started = e.At
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if what == "start" {
			seen = started == s.At.Microseconds()
		}
		if !seen || o.Skipped > 0 || len(o.Broken()) > 0 {
			t.Errorf("%v: seen %v, %d skipped, %v", s, seen, o.Skipped, o.Broken())
		}
	}
}

// jobSpec is a job with two TaskManagers.
func jobSpec(p Plan) scenarios.Spec {
	of := spec(p)
	of.Handler, of.Promise = nil, scenarios.ExactlyOnceState()
	of.Job = &scenarios.Job{Interval: 2 * time.Second, Source: sources.Kafka}
	return of
}

// So does each that is of jobs.
func TestStrikesOfJobs(t *testing.T) {
	for what, line := range map[string]string{"fail-source": "12s fail-source tm1", "fail-operator": "12s fail-operator tm1",
		"fail-sink": "12s fail-sink tm2", "savepoint": "12s savepoint jm", "crash": "12s crash jm for 2s"} {
		s, err := Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		of := jobSpec(Plan{s})
		if _, err := (Plan{s}).Check(&of); err != nil {
			t.Error(err)
		}
		trial, err := scenarios.NewTrial(&of, 1)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[model.Kind]bool{}
		o, err := scenarios.Simulate(trial, scenarios.Play{History: func(e *model.Event) {
			seen[e.Kind] = true
			if e.Kind == model.CheckpointCompleted && e.Cause == model.CauseSavepoint {
				seen[model.Kind(model.CauseSavepoint)] = true
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := model.TaskFailed
		switch what {
		case "savepoint":
			want = model.Kind(model.CauseSavepoint)
		case "crash":
			want = model.Stopped
		}
		if !seen[want] || o.Skipped > 0 || len(o.Broken()) > 0 {
			t.Errorf("%s: seen %v, %d skipped, %v", line, seen[want], o.Skipped, o.Broken())
		}
	}
	for line, want := range map[string]string{"9s crash m1": "tm1, tm2", "9s leave tm1": "a job's are crashed", "9s savepoint tm1": "for the JobManager"} {
		s, err := Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		of := jobSpec(Plan{s})
		if _, err := (Plan{s}).Check(&of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
	s, _ := Parse("9s fail-sink m1")
	of := spec(Plan{s})
	if _, err := (Plan{s}).Check(&of); err == nil || !strings.Contains(err.Error(), "for jobs") {
		t.Errorf("a task of a group fails: %v", err)
	}
}
