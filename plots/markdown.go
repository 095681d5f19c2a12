package plots

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Table is text in rows and columns, for a page: say commit modes ×
// crash points. Every row has as many cells as there are heads.
type Table struct {
	Heads []string
	Rows  [][]string
}

// Markdown gives the table in GitHub's Markdown, its columns padded so that
// the text can be read as it is. Columns of which all cells are numbers (with
// or without a sign, a unit or thousands apart) stand on the right. Bars and
// line ends in cells are escaped. A table without heads, or with a row of
// another length, is an error.
func (t Table) Markdown() (string, error) {
	if len(t.Heads) == 0 {
		return "", fmt.Errorf("plots: a table needs heads; name its columns")
	}
	widths := make([]int, len(t.Heads))
	right := make([]bool, len(t.Heads))
	lines := append([][]string{t.Heads}, t.Rows...)
	cells := make([][]string, len(lines))
	for i, line := range lines {
		if len(line) != len(t.Heads) {
			return "", fmt.Errorf("plots: row %d of a table has %d cells, its head has %d (%s); give every row as many", i, len(line), len(t.Heads), strings.Join(t.Heads, ", "))
		}
		for k, c := range line {
			c = escape(c)
			cells[i] = append(cells[i], c)
			widths[k] = max(widths[k], utf8.RuneCountInString(c), 3)
		}
	}
	for k := range right {
		right[k] = len(t.Rows) > 0
		for _, line := range t.Rows {
			right[k] = right[k] && numeric(line[k])
		}
	}
	var b strings.Builder
	for i, line := range cells {
		for k, c := range line {
			pad := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(c))
			if right[k] {
				c = pad + c
			} else {
				c += pad
			}
			b.WriteString("| " + c + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			ruleBelow(&b, widths, right)
		}
	}
	return b.String(), nil
}

// ruleBelow writes the line between heads and rows, which also aligns.
func ruleBelow(b *strings.Builder, widths []int, right []bool) {
	for k, w := range widths {
		line := strings.Repeat("-", w)
		if right[k] {
			line = line[1:] + ":"
		}
		b.WriteString("| " + line + " ")
	}
	b.WriteString("|\n")
}

// escape makes a cell of any text.
func escape(s string) string {
	var lines []string
	for line := range strings.Lines(strings.ToValidUTF8(s, "\uFFFD")) {
		if line = clean(line); line != "" {
			lines = append(lines, strings.ReplaceAll(line, "|", `\|`))
		}
	}
	return strings.Join(lines, "<br>")
}

// numeric tells whether a cell is a number, perhaps with a unit, or a dash or
// nothing, which stand for the lack of one.
func numeric(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" || s == "–" || s == "-" {
		return true
	}
	s = strings.NewReplacer("−", "-", "\u202f", "", "\u00a0", "", "< ", "", "<", "", "≤ ", "", "~", "").Replace(s)
	if head, tail, ok := strings.Cut(s, " "); ok && len(tail) <= 4 && !strings.ContainsAny(tail, "0123456789") {
		s = head // a unit
	}
	_, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(s, " ", ""), "%"), 64)
	return err == nil
}
