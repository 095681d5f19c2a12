package model

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// The list has every constant of the file that names anomalies.
func TestAnomaliesAreAll(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "anomaly.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			name, _ := strconv.Unquote(lit.Value)
			if n++; !slices.Contains(Anomalies(), name) {
				t.Errorf("%s is not in the list", name)
			}
		}
		return true
	})
	if n != len(Anomalies()) {
		t.Errorf("%d constants, %d names", n, len(Anomalies()))
	}
}
