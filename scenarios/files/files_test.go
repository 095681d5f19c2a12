package files

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/scenarios"
)

// The files in testdata have the verdicts that they ask for.
func TestFilesRun(t *testing.T) {
	for _, name := range []string{"testdata/orders.yaml", "testdata/window.yaml", "testdata/job.yaml", "testdata/job-off-by-one.yaml"} {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		c := scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Seeds: 40, Workers: 2}
		r, err := c.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r[0].Verdict != scenarios.Passed || r[0].Scenario != name || r[0].Steps == 0 {
			t.Errorf("%s: %s, %v", name, r[0].Verdict, r[0].Reasons)
		}
		s.Expect = map[scenarios.Expect]scenarios.Expect{scenarios.Hold: scenarios.Fail, scenarios.Fail: scenarios.Hold}[s.Expect]
		s.Anomaly = "lost-record"
		if r, err = c.Run(t.Context()); err != nil || r[0].Verdict != scenarios.Failed {
			t.Errorf("%s passes also where the opposite is expected: %v", name, err)
		}
	}
}

// Every error says where it is, and what to do.
func TestErrorsHaveTheirPlace(t *testing.T) {
	text, err := os.ReadFile("testdata/orders.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	for _, c := range []struct{ old, new, at, want string }{
		{"members: 3", "membres: 3", "6:1", `no setting "membres"`},
		{"members: 3", "members: three", "6:10", "cannot unmarshal"},
		{"members: 3", "members: 0", "6:10", "at least one"},
		{"partitions: 3", "partitions: 0", "4:32", "at least one"},
		{"[range]", "[rang]", "5:42", "there are: range"},
		{"handler: process-then-commit", "handler: process-and-commit", "7:10", "there are: process-then-commit"},
		{"handler: process-then-commit", "handler: {kind: batcher, sise: 3}", "7:11", "it has size"},
		{"pause, join", "pose, join", "9:17", "there are: crash"},
		{"add-partitions 6", "add-partitions", "9:37", "add-partitions 8"},
		{"faults: [crash, pause, join, leave, add-partitions 6]", "plan: [12s crash m9]", "9:8", "m1, m2, m3"},
		{"at-least-once, ", "at-most-once, ", "10:11", "at-least-once"},
		{"session-timeout: 10s", "session-timeout: 10", "12:20", "250ms, 30s"},
		{"count: 200", "count: -1", "8:15", "negative"},
		{"seeds: 100", "seeds: 100\nexpect: maybe", "16:9", "neither hold nor fail"},
		{"seeds: 100", "seeds: 100\nexpect: fail", "16:9", "anomaly: lost-record"},
		{"seeds: 100", "seeds: [", "15:8", ""},
		{"seeds: 100", "seeds: 100\nmembers: 4", "16:1", "already defined"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%q is not in the file", c.old)
		}
		_, err := Parse("x.yaml", []byte(bad))
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "x.yaml:"+c.at+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\n\twant %s … %s", c.new, err, c.at, c.want)
		}
	}
	if _, err := Parse("x.yaml", nil); err == nil || !strings.Contains(err.Error(), "found 0") {
		t.Errorf("an empty file: %v", err)
	}
}

// So does every error of a job.
func TestErrorsOfJobsHaveTheirPlace(t *testing.T) {
	text, err := os.ReadFile("testdata/job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	for _, c := range []struct{ old, new, at, want string }{
		{"interval: 5s", "intervall: 5s", "8:3", `no setting "intervall"`},
		{"interval: 5s", "interval: 5", "8:13", "250ms, 30s"},
		{"source: kafka", "source: kafk", "7:11", "there are: kafka, group, stores-committed"},
		{"source: kafka", "source: group", "7:11", "assignment: group"},
		{"  source: kafka\n", "", "7:3", "source: kafka"},
		{"mode: exactly-once\n", "mode: at-most-once\n", "9:9", "exactly-once, at-least-once"},
		{"backend: incremental", "backend: rocksdb", "10:12", "filesystem, memory, incremental"},
		{"operator: counts", "operator: sort", "11:13", "counts, sums"},
		{"sink: fenced", "sink: kafka", "12:9", "blackhole, counter"},
		{"sink: fenced", "sink: fenced\n  assignment: range", "13:15", "enumerator, group"},
		{"sink: fenced", "sink: fenced\n  parallelism: 3", "13:16", "more than the 2 Members"},
		{"sink: fenced", "sink: fenced\n  parallelism: -3", "13:16", "negative"},
		{"sink: fenced", "sink: fenced\n  start: somewhere", "13:10", "earliest, latest, committed"},
		{"task-failure", "reorder-messages", "14:17", "for groups of handlers"},
		{"task-failure", "task-failures", "14:17", "task-failure"},
		{"rescale 1", "rescale", "14:50", "rescale 1"},
		{"members: 2", "members: 2\nhandler: process-then-commit", "6:10", "but not both"},
		{"faults: [crash, task-failure, job-manager-crash, rescale 1]", "plan: [12s crash m1]", "14:8", "tm1, tm2"},
		{"faults: [crash, task-failure, job-manager-crash, rescale 1]", "plan: [12s leave tm1]", "14:8", "a job's are crashed"},
		{"exactly-once-state, ", "exactly-once, ", "15:11", "exactly-once-state"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%q is not in the file", c.old)
		}
		_, err := Parse("x.yaml", []byte(bad))
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "x.yaml:"+c.at+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\n\twant %s … %s", c.new, err, c.at, c.want)
		}
	}
}

// What the page shows is read, and its table has every setting.
func TestThePageIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/scenario-files.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "```")
	n := 0
	for _, p := range parts {
		if yaml, ok := strings.CutPrefix(p, "yaml\n"); ok {
			n++
			if _, err := Parse("page.yaml", []byte(yaml)); err != nil {
				t.Error(err)
			}
		}
	}
	if n < 2 {
		t.Errorf("%d examples", n)
	}
	var words func(of reflect.Type)
	words = func(of reflect.Type) {
		for i := range of.NumField() {
			f := of.Field(i)
			if word := f.Tag.Get("yaml"); word != "" && !strings.Contains(string(text), "`"+word+"`") {
				t.Errorf("the page does not name %s", word)
			}
			kind := f.Type
			for kind.Kind() == reflect.Slice || kind.Kind() == reflect.Pointer {
				kind = kind.Elem()
			}
			if kind.Kind() == reflect.Struct && kind != reflect.TypeFor[handler]() {
				words(kind)
			}
		}
	}
	words(reflect.TypeFor[file]())
}
