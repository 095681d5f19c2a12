package tidy

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// The purity rule must turn red on each thing that it forbids, and only then.
func TestPurityRuleFindsEachFault(t *testing.T) {
	for want, body := range map[string]string{
		"starts a goroutine":  "go func() {}()",
		"selects":             "select {}",
		"uses a channel":      "var c chan int; _ = c",
		"uses time.Now":       "_ = time.Now()",
		"uses time.Sleep":     "time.Sleep(1)",
		"ranges over a map":   "for range map[int]int{} {}",
		"imports math/rand":   "_ = rand.Int()",
		"ranges over a map: ": "for range maps.Keys(map[int]int{}) {}",
		"":                    "//ordered: counting does not depend on order\n for range map[int]int{} {}",
	} {
		src := "package p\nimport (\n\"time\"\n\"math/rand\"\n\"maps\"\n)\nvar _ = time.Second\nvar _ = rand.Int\nvar _ = maps.Keys[map[int]int]\nfunc f() {\n" + body + "\n}\n"
		if !strings.HasPrefix(want, "imports") {
			src = strings.NewReplacer("\"math/rand\"\n", "", "var _ = rand.Int\n", "").Replace(src)
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
		conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
		if _, err := conf.Check("p", fset, []*ast.File{f}, info); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		faults := strings.Join(impurities(fset, []*ast.File{f}, info), "\n")
		if (want == "") != (faults == "") || !strings.Contains(faults, want) {
			t.Errorf("%s: found %q, want %q", body, faults, want)
		}
	}
}
