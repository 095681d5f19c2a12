package plots

import (
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	got, err := Table{
		Heads: []string{"commit", "crash before processing", "lost", "share"},
		Rows: [][]string{
			{"auto, every 5 s", "0 lost\n≤ 12 twice", "0", "75 %"},
			{"before | after", "—", "854", "< 0.1"},
		},
	}.Markdown()
	want := `| commit          | crash before processing | lost | share |
| --------------- | ----------------------- | ---: | ----: |
| auto, every 5 s | 0 lost<br>≤ 12 twice    |    0 |  75 % |
| before \| after | —                       |  854 | < 0.1 |
`
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestMarkdownRefusesRaggedTables(t *testing.T) {
	for want, table := range map[string]Table{
		"row 2 of a table has 1 cells, its head has 2 (a, b)": {Heads: []string{"a", "b"}, Rows: [][]string{{"1", "2"}, {"3"}}},
		"needs heads": {Rows: [][]string{{"1"}}},
	} {
		if _, err := table.Markdown(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}

func TestNumericCells(t *testing.T) {
	for cell, want := range map[string]bool{"": true, "–": true, "12": true, "−3.5 s": true, "10 000": true, "75 %": true, "< 0.1 s": true,
		"ok": false, "5 min": true, "2 of 5": false, "m1": false, "1 record lost": false} {
		if numeric(cell) != want {
			t.Errorf("%q: %v", cell, !want)
		}
	}
}
