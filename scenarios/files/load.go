package files

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/groundhogsim/groundhog/scenarios"
)

// Is tells whether a name is that of a scenario file.
func Is(name string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(name)))
}

// Load reads a scenario file; the scenario's name is the file's.
func Load(name string) (*scenarios.Scenario, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, text)
}

// Parse reads a scenario; errors that the text is to blame for are *Error.
func Parse(name string, text []byte) (*scenarios.Scenario, error) {
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, fromYAML(name, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, &Error{name, 1, 1, fmt.Sprintf("want one scenario, found %d", documents(tree))}
	}
	var f file
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&f); err != nil {
		return nil, fromYAML(name, err)
	}
	s, err := f.scenario(name)
	if err != nil {
		return nil, blame(name, tree, err)
	}
	return s, nil
}

func documents(tree *ast.File) (n int) {
	for _, d := range tree.Docs {
		if d.Body != nil {
			n++
		}
	}
	return n
}

// wrong is an error of what stands under a path.
type wrong struct {
	path string
	want string
}

func (e *wrong) Error() string { return e.want }

// blame gives an error the place of what it is about.
func blame(name string, tree *ast.File, err error) error {
	if w := (*wrong)(nil); errors.As(err, &w) {
		line, column := place(tree, "$."+w.path)
		return &Error{name, line, column, w.want}
	}
	if s := (*scenarios.SpecError)(nil); errors.As(err, &s) {
		line, column := place(tree, "$."+pathOf(s.Field))
		return &Error{name, line, column, s.Want}
	}
	return &Error{name, 1, 1, err.Error()}
}

// pathOf is where a Spec's field stands in a file: Load.PerTick is
// load.per-tick.
func pathOf(field string) string {
	var b strings.Builder
	for i, r := range field {
		if r >= 'A' && r <= 'Z' {
			if i > 0 && field[i-1] != '.' {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
