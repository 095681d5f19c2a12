package model

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testBounds are the options under which testdata/anomalies is judged.
var testBounds = Options{LagBound: 30e6, UnownedBound: 10e6, SettleBound: 30e6, RebalanceBound: 30e6}

// judgeFile judges a history in a file.
func judgeFile(t *testing.T, path string, o Options) Report {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	o.Fresh = r.Header.Fresh
	o.ShareLock, o.ShareLimit = r.Header.Options().ShareLock, r.Header.Options().ShareLimit
	j := NewJudge(o)
	var e Event
	for {
		if err := r.Next(&e); err != nil {
			if err.Error() != "EOF" {
				t.Fatalf("%s: %v", path, err)
			}
			break
		}
		j.Observe(&e)
	}
	return j.Finish()
}

// reportText is what a report finds, one line each.
func reportText(r *Report) string {
	var b strings.Builder
	for _, v := range r.Violations {
		b.WriteString("event " + itoa(int64(v.Event)) + " violation: " + v.Text + "\n")
	}
	for _, a := range r.Anomalies {
		b.WriteString("event " + itoa(int64(a.Event)) + " " + a.Name + ": " + a.Text + "\n")
	}
	return b.String()
}

// TestAnomalies walks testdata/anomalies/NAME: histories whose name begins
// with accept show nothing, those with reject show NAME, and exactly what the
// text file beside them says (-rewrite writes it).
func TestAnomalies(t *testing.T) {
	for _, m := range Catalogue {
		dir := filepath.Join("testdata", "anomalies", m.Name)
		files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, path := range files {
			kind, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".jsonl"), "-")
			seen[kind] = true
			t.Run(strings.TrimSuffix(strings.TrimPrefix(path, "testdata/anomalies/"), ".jsonl"), func(t *testing.T) {
				r := judgeFile(t, path, testBounds)
				got := reportText(&r)
				switch kind {
				case "accept":
					if got != "" {
						t.Errorf("found in a good history:\n%s", got)
					}
				case "reject":
					if !slices.Contains(r.Names(), m.Name) {
						t.Errorf("not found; found only:\n%s", got)
					}
					checkGolden(t, strings.TrimSuffix(path, ".jsonl")+".txt", got)
				default:
					t.Errorf("%s begins neither with accept nor with reject", path)
				}
			})
		}
		if !seen["accept"] || !seen["reject"] {
			t.Errorf("%s lacks a history that shows %s, or one that does not", dir, m.Name)
		}
	}
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s: %v\ngot\n%swant\n%s", path, err, got, want)
	}
}

// TestCatalogueIsWhole: each anomaly that a monitor names is in the catalogue,
// and each of the catalogue has a monitor.
func TestCatalogueIsWhole(t *testing.T) {
	var named []string
	for _, m := range Monitors(Options{}) {
		d := m.Describe()
		if d.Name == "" || d.Assumes == "" || d.Class != Finite && d.Class != Ledger {
			t.Errorf("%T does not say what it is: %+v", m, d)
		}
		named = append(named, d.Anomalies...)
	}
	var listed []string
	for _, m := range Catalogue {
		listed = append(listed, m.Name)
	}
	slices.Sort(named)
	slices.Sort(listed)
	if !slices.Equal(named, listed) {
		t.Errorf("monitors report\n%v\nthe catalogue has\n%v", named, listed)
	}
	dirs, err := os.ReadDir(filepath.Join("testdata", "anomalies"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if !slices.Contains(listed, d.Name()) {
			t.Errorf("testdata/anomalies/%s is of no anomaly", d.Name())
		}
	}
}
