package vectors

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/assignor"
)

var rewrite = flag.Bool("rewrite", false, "write the generated part of docs/assignors.md anew")

// builtIn are the assignors that there are, by kind.
func builtIn() (out []string) {
	for _, kind := range kinds {
		_, client := clientAssignor(kind)
		if _, server := serverAssignor(kind); client || server {
			out = append(out, kind)
		}
	}
	return out
}

// claim is a sentence of a document about one assignment.
type claim struct {
	row, sentence string
	partitions    int32
	consumers     int
	holds         func(shown string, idle int) bool
}

func claims() []claim {
	exactly := func(want string) func(string, int) bool {
		return func(shown string, _ int) bool { return shown == want }
	}
	return []claim{
		{"E01", "one consumer has all partitions", 4, 1, exactly("C1: 0 1 2 3")},
		{"E02", "C1 has P0 and P1, C2 has P2 and P3", 4, 2, exactly("C1: 0 1; C2: 2 3")},
		{"E03", "of six consumers two are idle", 4, 6, func(_ string, idle int) bool { return idle == 2 }},
		{"E08", "C1 has P0 and P1, C2 has P2", 3, 2, exactly("C1: 0 1; C2: 2")},
		{"E13", "C1 has P0 and P3, C2 has P1 and P4, C3 has P2 and P5", 6, 3, exactly("C1: 0 3; C2: 1 4; C3: 2 5")},
	}
}

func claimsText(b *strings.Builder) {
	fmt.Fprintf(b, "### Which assignor makes which sentence true\n\n| row | sentence | %s |\n|---|---|%s\n",
		strings.Join(builtIn(), " | "), strings.Repeat("---|", len(builtIn())))
	var tables strings.Builder
	for _, c := range claims() {
		topics, cs := []assignor.Topic{{Name: "orders", Partitions: c.partitions}}, consumers(c.consumers, "orders")
		fmt.Fprintf(b, "| %s | %s: %s |", c.row, sizes(c.partitions, c.consumers), c.sentence)
		fmt.Fprintf(&tables, "\n**%s**, %s\n\n| assignor | gives |\n|---|---|\n", c.row, sizes(c.partitions, c.consumers))
		for _, kind := range builtIn() {
			h, _ := settle(kind, topics, cs, nil)
			idle := 0
			for _, c := range cs {
				if len(h[c.name]) == 0 {
					idle++
				}
			}
			shown, verdict := show(topics, cs, h), "no"
			if c.holds(shown, idle) {
				verdict = "**yes**"
			}
			fmt.Fprintf(b, " %s |", verdict)
			fmt.Fprintf(&tables, "| %s | %s |\n", kind, shown)
		}
		b.WriteString("\n")
	}
	b.WriteString(tables.String())
}

func sizes(partitions int32, consumers int) string {
	s := "s"
	if consumers == 1 {
		s = ""
	}
	return fmt.Sprintf("%d partitions, %d consumer%s", partitions, consumers, s)
}

// change is a group that somebody leaves and comes back to.
type change struct {
	row, what string
	topics    []assignor.Topic
	consumers []consumer
	leaves    string
}

func changes() []change {
	two := []assignor.Topic{{Name: "a", Partitions: 4}, {Name: "b", Partitions: 3}}
	return []change{
		{"E08", "3 partitions, 2 consumers; C1 crashes", []assignor.Topic{{Name: "orders", Partitions: 3}}, consumers(2, "orders"), "C1"},
		{"A22", "6 partitions, 3 consumers; C2 leaves", []assignor.Topic{{Name: "orders", Partitions: 6}}, consumers(3, "orders"), "C2"},
		{"A22", "7 partitions, 3 consumers; C2 leaves", []assignor.Topic{{Name: "orders", Partitions: 7}}, consumers(3, "orders"), "C2"},
		{"A22", "topics a with 4 and b with 3 partitions, 3 consumers; C2 leaves", two, consumers(3, "a", "b"), "C2"},
		{"A22", "the same, but C1 subscribed to a alone, C3 to b alone", two,
			[]consumer{{"C1", []string{"a"}}, {"C2", []string{"a", "b"}}, {"C3", []string{"b"}}}, "C2"},
	}
}

func changesText(b *strings.Builder) {
	b.WriteString(`
### One consumer gone, and back again

*Moved* is how many partitions were taken from consumers that stayed: what the
one that left had must go to others in any case, and so must what it gets when
it is back. *Spread* is the most that a consumer has less the least. The
cooperative protocol and the new one take partitions away first and give them
out after; the table has what it comes to in the end.
`)
	for _, c := range changes() {
		stay := slices.DeleteFunc(slices.Clone(c.consumers), func(x consumer) bool { return x.name == c.leaves })
		fmt.Fprintf(b, "\n**%s**, %s\n\n| assignor | at first | spread | %s gone | moved | %s back | moved |\n|---|---|---|---|---|---|---|\n",
			c.row, c.what, c.leaves, c.leaves)
		for _, kind := range builtIn() {
			before, _ := settle(kind, c.topics, c.consumers, nil)
			gone, _ := settle(kind, c.topics, stay, before)
			back, rounds := settle(kind, c.topics, c.consumers, gone)
			again := show(c.topics, c.consumers, back)
			if rounds > 1 {
				again += fmt.Sprintf(" (in %d rounds)", rounds)
			}
			fmt.Fprintf(b, "| %s | %s | %d | %s | %d | %s | %d |\n", kind, show(c.topics, c.consumers, before), spread(c.consumers, before),
				show(c.topics, stay, gone), moved(stay, before, gone), again, moved(stay, gone, back))
		}
	}
}

// TestAssignorsDocIsTrue compares docs/assignors.md with what the assignors
// do; -rewrite brings it up to date.
func TestAssignorsDocIsTrue(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "assignors.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	claimsText(&b)
	changesText(&b)
	before, rest, ok1 := bytes.Cut(doc, []byte("<!-- cases -->\n"))
	_, after, ok2 := bytes.Cut(rest, []byte("<!-- end of cases -->"))
	if !ok1 || !ok2 {
		t.Fatalf("%s has no part cases", path)
	}
	want := fmt.Sprintf("%s<!-- cases -->\n%s<!-- end of cases -->%s", before, b.String(), after)
	if string(doc) == want {
		return
	}
	if !*rewrite {
		t.Fatalf("%s is not what the code says; go test ./assignor/vectors -run TestAssignorsDoc -rewrite brings it up to date", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
