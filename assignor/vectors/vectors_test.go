package vectors

import (
	"os"
	"path/filepath"
	"testing"
)

// Every file of golden vectors must be met in all.
func TestGoldenVectors(t *testing.T) {
	files, err := filepath.Glob("../testdata/vectors/*.jsonl*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := Check(path, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range r.Mismatches[:min(5, len(r.Mismatches))] {
				t.Error(m)
			}
			t.Logf("%d rounds, %d mismatches", r.Rounds, len(r.Mismatches))
			if len(r.Mismatches) > 0 {
				t.Fail()
			}
		})
	}
}
