package files

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Error is what is wrong with a scenario file, and where.
type Error struct {
	File         string
	Line, Column int // from 1 on
	Want         string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Want) }

// placed is an error with its token.
type placed struct {
	token *token.Token
	want  string
}

func (e *placed) Error() string { return e.want }

// fromYAML gives an error of the YAML library its place.
func fromYAML(file string, err error) error {
	if p := (*placed)(nil); errors.As(err, &p) {
		return at(file, p.token, p.want)
	}
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil {
		return &Error{file, 1, 1, err.Error()}
	}
	want := y.GetMessage()
	if unknown := (*yaml.UnknownFieldError)(nil); errors.As(err, &unknown) {
		want = fmt.Sprintf("there is no setting %q here; see docs/scenario-files.md for those that there are", y.GetToken().Value)
	}
	return at(file, y.GetToken(), want)
}

func at(file string, t *token.Token, want string) error {
	return &Error{file, t.Position.Line, t.Position.Column, want}
}

// place is where a path such as $.topics[0].name is in a file; where it is
// not there, what it would be in; else the file's beginning.
func place(tree *ast.File, path string) (line, column int) {
	for path != "$" && path != "" {
		if p, err := yaml.PathString(path); err == nil {
			if node, err := p.FilterFile(tree); err == nil && node != nil && node.GetToken() != nil {
				t := node.GetToken()
				if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
					t = m.Values[0].Key.GetToken()
				}
				return t.Position.Line, t.Position.Column
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 1, 1
}
