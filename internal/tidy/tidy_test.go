// Package tidy holds the rules that the code of this module must keep, as
// tests: who may import whom, the purity of the core, the size of functions.
package tidy

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

const module = "github.com/groundhogsim/groundhog/"

// rooms is the import table of docs/architecture.md: what of ours each room
// may import, in every package below it. A room not listed may not exist.
var rooms = map[string][]string{
	"assignor":   {},
	"model":      {},
	"sim":        {"sim"},
	"broker/api": {"assignor", "model", "sim"},
	"broker":     {"assignor", "model", "sim", "broker", "broker/api"},
	"client":     {"assignor", "model", "sim", "broker/api"},
	"checkpoint": {"model", "sim", "client"},
	"scenarios":  {"assignor", "model", "sim", "broker/api", "broker", "client", "checkpoint", "scenarios"},
	"realkafka":  {"assignor", "model", "sim", "broker/api", "broker", "client", "checkpoint", "scenarios", "realkafka"},
	"conform":    {"assignor", "model", "sim", "broker/api", "broker", "realkafka"},
	"plots":      {"model"},
	"cmd":        {"assignor", "model", "sim", "broker/api", "broker", "client", "checkpoint", "scenarios", "realkafka", "conform", "plots", "examples", "internal/answers"},
	"examples":   {"sim"},
	// It writes pages that are made of results.
	"internal/answers": {"scenarios", "plots"},
	"internal/tidy":    {},
}

// core are the rooms whose every step must be pure.
var core = []string{"assignor", "model", "sim", "broker", "client", "checkpoint"}

// impure are the packages of the core that drive it and are not stepped:
// they may use goroutines and locks, with the reason.
var impure = map[string]string{
	"sim/explore": "its workers search side by side; the models that they search are pure",
	"sim/canon":   "it caches what it knows of types behind a lock; what it gives depends on the value alone",
}

func room(path string) string {
	rest := strings.TrimPrefix(path, module)
	if strings.HasPrefix(rest, "broker/api") {
		return "broker/api"
	}
	if strings.HasPrefix(rest, "internal/") {
		return rest
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func TestImportTable(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	n := 0
	for dec.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		n++
		r := room(p.ImportPath)
		allowed, known := rooms[r]
		if !known {
			t.Errorf("%s stands in no room of the table", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, module) || room(imp) == r {
				continue
			}
			if !slices.Contains(allowed, room(imp)) {
				t.Errorf("%s imports %s, which its room may not", p.ImportPath, imp)
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d packages were looked at", n)
	}
}

func load(t *testing.T, patterns ...string) []*packages.Package {
	t.Helper()
	cfg := &packages.Config{Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes |
		packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps}
	pkgs, err := packages.Load(cfg, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	if packages.PrintErrors(pkgs) > 0 {
		t.Fatal("packages do not load")
	}
	return pkgs
}

func TestCoreIsPure(t *testing.T) {
	var patterns []string
	for _, r := range core {
		patterns = append(patterns, module+r+"/...")
	}
	looked := 0
	for _, p := range load(t, patterns...) {
		if _, ok := impure[strings.TrimPrefix(p.PkgPath, module)]; ok {
			continue
		}
		looked++
		for _, fault := range impurities(p.Fset, p.Syntax, p.TypesInfo) {
			t.Error(fault)
		}
	}
	if looked < 5 {
		t.Errorf("only %d packages were looked at", looked)
	}
}

// forbidden are what no step may reach for.
var forbiddenImports = []string{"math/rand", "math/rand/v2", "crypto/rand", "os", "net", "os/exec", "sync", "sync/atomic", "runtime", "context", "hash/maphash"}
var forbiddenCalls = []string{"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc",
	"time.Tick", "time.NewTimer", "time.NewTicker"}

func impurities(fset *token.FileSet, files []*ast.File, info *types.Info) []string {
	var faults []string
	say := func(n ast.Node, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%v: %s", fset.Position(n.Pos()), fmt.Sprintf(format, args...)))
	}
	for _, f := range files {
		for _, imp := range f.Imports {
			if path := strings.Trim(imp.Path.Value, `"`); slices.Contains(forbiddenImports, path) {
				say(imp, "imports %s", path)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				say(n, "starts a goroutine")
			case *ast.SelectStmt:
				say(n, "selects")
			case *ast.ChanType:
				say(n, "uses a channel")
			case *ast.SelectorExpr:
				if obj := info.Uses[n.Sel]; obj != nil && obj.Pkg() != nil {
					if name := obj.Pkg().Path() + "." + obj.Name(); slices.Contains(forbiddenCalls, name) {
						say(n, "uses %s", name)
					}
				}
			case *ast.RangeStmt:
				if overMap(info, n) {
					say(n, "ranges over a map: its order would show; go through sorted keys (or say //ordered: why above it)")
				}
			}
			return true
		})
		faults = excused(fset, f, faults)
	}
	return faults
}

// overMap tells whether a loop goes over a map, or over the unsorted keys or
// values of one.
func overMap(info *types.Info, n *ast.RangeStmt) bool {
	if tv, ok := info.Types[n.X]; ok {
		if _, isMap := tv.Type.Underlying().(*types.Map); isMap {
			return true
		}
	}
	call, ok := n.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	obj := info.Uses[sel.Sel]
	return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == "maps"
}

// excused drops the faults whose line, or the one above, gives a reason:
// //ordered: why the order does not show.
func excused(fset *token.FileSet, f *ast.File, faults []string) []string {
	lines := map[string]bool{}
	for _, g := range f.Comments {
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//ordered: ") {
				pos := fset.Position(c.Pos())
				lines[fmt.Sprintf("%s:%d:", pos.Filename, pos.Line)] = true
				lines[fmt.Sprintf("%s:%d:", pos.Filename, pos.Line+1)] = true
			}
		}
	}
	return slices.DeleteFunc(faults, func(s string) bool {
		file, rest, _ := strings.Cut(s, ":")
		line, _, _ := strings.Cut(rest, ":")
		return lines[file+":"+line+":"]
	})
}

const longest = 70

func TestFunctionsFitAScreen(t *testing.T) {
	for _, p := range load(t, module+"...") {
		for _, f := range p.Syntax {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil {
					continue
				}
				if n := p.Fset.Position(fn.End()).Line - p.Fset.Position(fn.Pos()).Line + 1; n > longest {
					t.Errorf("%v: %s has %d lines; at most %d", p.Fset.Position(fn.Pos()), fn.Name.Name, n, longest)
				}
			}
		}
	}
}
