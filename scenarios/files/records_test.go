package files

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/scenarios"
)

const locations = `topics: [{name: locations, partitions: 6}]
group: {name: location-group}
members: 2
handler: process-then-commit
load: {file: locations.jsonl, comments: skip, every: 1s}
promise: [at-least-once]
`

// A load's records come from a file that stands beside the scenario's.
func TestLoadFromFile(t *testing.T) {
	dir := t.TempDir()
	sample, err := os.ReadFile("../library/testdata/locations.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "locations.jsonl"), sample, 0o644); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "x.yaml")
	s, err := Parse(name, []byte(locations))
	if err != nil {
		t.Fatal(err)
	}
	if rs := s.Spec.Load.Records; len(rs) != 3 || rs[1].Key != "456" || !strings.HasPrefix(rs[1].Value, `{"patientId":"456","room"`) {
		t.Errorf("records are %q", rs)
	}
	c := scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Seeds: 3, Workers: 1, Each: func(_ *scenarios.Scenario, _ int, o *scenarios.Outcome) {
		if n := o.Report.Summary.Processed; n != 3 {
			t.Errorf("%d records were processed", n)
		}
	}}
	if r, err := c.Run(t.Context()); err != nil || r[0].Verdict != scenarios.Passed {
		t.Fatalf("%v %v", r, err)
	}
	for _, bad := range []struct{ old, new, at, want string }{
		{", comments: skip", "", "5:14", "locations.jsonl, line 1, column 1: this is a comment"},
		{"comments: skip", "comments: keep", "5:41", `"keep" is unknown`},
		{"file: locations.jsonl", "file: places.jsonl", "5:14", "cannot be read"},
		{"file: locations.jsonl, ", "", "5:18", "name it"},
		{"every: 1s", "count: 7", "5:8", "leave Count"},
	} {
		_, err := Parse(name, []byte(strings.Replace(locations, bad.old, bad.new, 1)))
		if e, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(e.Error(), name+":"+bad.at+": ") || !strings.Contains(e.Want, bad.want) {
			t.Errorf("%s: %v, want %s … %s", bad.new, err, bad.at, bad.want)
		}
	}
}
