package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Entry is a kind of handler under the name by which scenario files call for
// it.
type Entry struct {
	Name    string
	Text    string // one line: what it does, and if it is wrong, wherein
	Right   bool
	Threads []int // of users.md: who was bitten
	Params  []Param
	make    func(Args) Kind
}

// Param is a setting of a kind.
type Param struct {
	Name    string
	Text    string
	Default any // an int, a string or a time.Duration: its type is the setting's
}

// Args are a kind's settings, defaults filled in.
type Args map[string]any

func (a Args) num(name string) int            { return a[name].(int) }
func (a Args) str(name string) string         { return a[name].(string) }
func (a Args) span(name string) time.Duration { return a[name].(time.Duration) }

// ArgError is what is wrong with a handler's name or settings.
type ArgError struct {
	Handler, Param string // Param is empty where the handler's name is wrong
	Want           string
}

func (e *ArgError) Error() string {
	if e.Param == "" {
		return fmt.Sprintf("no handler is called %q; %s", e.Handler, e.Want)
	}
	return fmt.Sprintf("handler %s, %s: %s", e.Handler, e.Param, e.Want)
}

// Find gives the kind of that name.
func Find(name string) (*Entry, error) {
	for i := range Registry {
		if Registry[i].Name == name {
			return &Registry[i], nil
		}
	}
	var names []string
	for _, e := range Registry {
		names = append(names, e.Name)
	}
	return nil, &ArgError{Handler: name, Want: "there are: " + strings.Join(names, ", ")}
}

// Build makes the kind with settings as they are written: whole numbers, texts,
// and times like 250ms. Those left out have their defaults.
func (e *Entry) Build(values map[string]string) (Kind, error) {
	args := Args{}
	for _, p := range e.Params {
		args[p.Name] = p.Default
	}
	var names []string
	for name := range values { //ordered: sorted below
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i := slices.IndexFunc(e.Params, func(p Param) bool { return p.Name == name })
		if i < 0 {
			return nil, &ArgError{e.Name, name, "there is no such setting; " + e.settings()}
		}
		v, err := e.Params[i].read(values[name])
		if err != "" {
			return nil, &ArgError{e.Name, name, err}
		}
		args[name] = v
	}
	return e.make(args), nil
}

func (e *Entry) settings() string {
	if len(e.Params) == 0 {
		return "it has none"
	}
	var names []string
	for _, p := range e.Params {
		names = append(names, p.Name)
	}
	return "it has " + strings.Join(names, ", ")
}

// read takes a setting's text; why is not empty when it cannot be.
func (p *Param) read(text string) (v any, why string) {
	switch p.Default.(type) {
	case int:
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			return n, ""
		}
		return nil, fmt.Sprintf("%q is no whole number above 0, such as %v", text, p.Default)
	case time.Duration:
		if d, err := time.ParseDuration(text); err == nil && d >= 0 {
			return d, ""
		}
		return nil, fmt.Sprintf("%q is no time, such as %v", text, p.Default)
	}
	return text, ""
}

// plainly is a kind without settings.
func plainly(k Kind) func(Args) Kind { return func(Args) Kind { return k } }
