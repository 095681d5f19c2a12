package sources

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// Every variant of With's can be found by its name.
func TestNamesAreComplete(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "wrong.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		kind, _ := spec.Type.(*ast.Ident)
		text, _ := spec.Values[0].(*ast.BasicLit)
		if kind == nil || text == nil || kind.Name != "Variant" {
			return true
		}
		name, err := strconv.Unquote(text.Value)
		if err != nil {
			t.Fatal(err)
		}
		if n++; name == "" {
			return true
		}
		if source, err := Find(name); err != nil || source == nil || !slices.Contains(Names(), name) {
			t.Errorf("%s: %v", name, err)
		}
		return true
	})
	if n < 10 {
		t.Errorf("only %d variants were found", n)
	}
	if _, err := Find("stores-nothing"); err == nil {
		t.Error("a source that is not there was found")
	}
}
