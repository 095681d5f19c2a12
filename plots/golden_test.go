package plots

import (
	"bytes"
	flags "flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flags.Bool("rewrite", false, "write the golden files anew")

// TestGolden compares each sample's SVG with its file, byte by byte: what
// changes a picture is to be looked at (PLOTS_LOOK writes PNGs for that).
func TestGolden(t *testing.T) {
	all := samples()
	for name, chart := range all {
		path := filepath.Join("testdata", name+".svg")
		got := svgOf(t, chart())
		if *rewrite {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v; -rewrite writes it", err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what is drawn, first in %q; look at both, then -rewrite", path, firstDifference(want, got))
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.svg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if all[strings.TrimSuffix(filepath.Base(f), ".svg")] == nil {
			t.Errorf("%s belongs to no sample; remove it", f)
		}
	}
}

// firstDifference is the line of got where two texts part.
func firstDifference(want, got []byte) string {
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i, line := range g {
		if i >= len(w) || line != w[i] {
			return line
		}
	}
	return "its end"
}
