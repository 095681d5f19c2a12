package scenarios

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/sim"
)

// The flags of a test that calls Run, each with a twin in the environment:
// GROUNDHOG_RUNS and so on.
var (
	flagRuns = flag.Int("groundhog.runs", envInt("GROUNDHOG_RUNS", 0), "runs of each Spec (default 200, with -short 20)")
	flagSeed = flag.Uint64("groundhog.seed", uint64(envInt("GROUNDHOG_SEED", 1)), "the first run's seed")
	flagFile = flag.String("groundhog.file", os.Getenv("GROUNDHOG_FILE"), "replay this decision log instead")
)

func envInt(name string, def int) int {
	if n, err := strconv.ParseInt(os.Getenv(name), 0, 64); err == nil {
		return int(n)
	}
	return def
}

// saved is where the decision logs of failures are kept, beside the test.
const saved = "testdata/groundhog"

// Run plays a Spec over many seeds and fails the test when its promise does
// not hold: with the first failure, shrunk, its decision log saved in
// testdata/groundhog. Logs saved there by earlier failures run first. Every
// clause of the promise is a subtest.
func Run(t *testing.T, spec Spec) {
	t.Helper()
	if err := spec.Validate(); err != nil {
		t.Fatal(err)
	}
	r := &testRun{spec: &spec, name: t.Name(), pkg: packagePath()}
	if *flagFile != "" {
		r.replay(t, *flagFile)
		return
	}
	for _, file := range r.savedLogs(t) {
		r.replay(t, file)
	}
	if t.Failed() {
		return
	}
	r.campaign(t)
}

type testRun struct {
	spec *Spec
	name string
	pkg  string
}

// campaign runs the seeds and reports, by clause, the first run that breaks it.
func (r *testRun) campaign(t *testing.T) {
	t.Helper()
	runs := *flagRuns
	if runs <= 0 {
		if runs = 200; testing.Short() {
			runs = 20
		}
	}
	c := &Campaign{
		Scenarios: []*Scenario{{Name: r.name, Expect: Hold, Spec: *r.spec}},
		Seed:      *flagSeed, Seeds: runs, Workers: runtime.GOMAXPROCS(0), Again: min(runs, 3),
	}
	results, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	res := results[0]
	for _, clause := range r.spec.Promise.Clauses() {
		t.Run(strings.ReplaceAll(clause.Name, " ", "-"), func(t *testing.T) {
			if res.First != nil {
				r.report(t, clause, res, runs)
			}
		})
	}
}

func (r *testRun) report(t *testing.T, clause Clause, res *Result, runs int) {
	t.Helper()
	i := slices.IndexFunc(res.First.Findings, func(f Finding) bool { return slices.Contains(clause.Forbids, f.Name) })
	if i < 0 {
		return
	}
	f := res.First.Findings[i]
	if f.Name == HandlerDiverges {
		t.Errorf("ANOMALY %s: %s", f.Name, f.Text)
		return
	}
	small, err := Shrink(res.First.Trial, nil, f.Name, shrinkBudget)
	if err != nil {
		t.Fatal(err)
	}
	file, err := r.save(small, f.Name)
	if err != nil {
		t.Errorf("the failure's log cannot be saved: %v", err)
	}
	var text bytes.Buffer
	replay := fmt.Sprintf("go test %s -run '^%s$' -groundhog.file=%s", r.pkg, r.name, file)
	if err := Explain(&text, small, f.Name, res.FirstAt+1, runs, replay); err != nil {
		t.Fatal(err)
	}
	t.Error("\n" + strings.TrimRight(text.String(), "\n"))
}

const shrinkBudget = 400

// save writes a failure's log; the same failure found again gets the same name.
func (r *testRun) save(small *Shrunk, anomaly string) (string, error) {
	small.Log.Set(metaTest, r.name)
	small.Log.Set(metaPackage, r.pkg)
	if err := os.MkdirAll(saved, 0o755); err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s-%s-%x.log", strings.ReplaceAll(r.name, "/", "-"), anomaly, small.Log.Seed)
	file := filepath.Join(saved, name)
	var b bytes.Buffer
	if _, err := small.Log.WriteTo(&b); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, b.Bytes(), 0o644)
}

// savedLogs are the logs of this test's earlier failures.
func (r *testRun) savedLogs(t *testing.T) []string {
	files, err := filepath.Glob(filepath.Join(saved, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(file string) bool {
		l, err := readLogFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return l.Get(metaTest) != r.name
	})
}

func readLogFile(file string) (*sim.Log, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := sim.ReadLog(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return l, nil
}

// replay plays a saved log and fails the test if the promise is broken.
func (r *testRun) replay(t *testing.T, file string) {
	t.Helper()
	l, err := readLogFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if was := l.Get(metaTest); was != "" && was != r.name {
		t.Fatalf("%s is of %s, not of this test", file, was)
	}
	run, err := NewTrial(r.spec, l.Seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := fits(run, l); err != nil {
		t.Logf("%s: %v\nit is replayed as far as it fits; delete it if it has served its time", file, err)
	}
	o, err := Recorded(run, l, nil)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	broken := o.Broken()
	if len(broken) == 0 {
		return
	}
	small := &Shrunk{Log: l, Outcome: o, From: len(l.Entries)}
	var text bytes.Buffer
	if err := Explain(&text, small, broken[0].Name, 1, 1, fmt.Sprintf("go test %s -run '^%s$' -groundhog.file=%s", r.pkg, r.name, file)); err != nil {
		t.Fatal(err)
	}
	t.Errorf("saved failure %s:\n%s", file, strings.TrimRight(text.String(), "\n"))
}

// packagePath is the import path, or at least the folder, of the test.
func packagePath() string {
	for skip := 2; skip < 12; skip++ {
		pc, _, _, ok := runtime.Caller(skip)
		if !ok {
			break
		}
		name := runtime.FuncForPC(pc).Name()
		if !strings.HasPrefix(name, "github.com/groundhogsim/groundhog/scenarios.") {
			slash := strings.LastIndexByte(name, '/') + 1
			if dot := strings.IndexByte(name[slash:], '.'); dot >= 0 {
				return strings.TrimSuffix(name[:slash+dot], "_test")
			}
		}
	}
	return "."
}
