package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/files"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// find gives the scenarios of those names, of the library or in files; all of
// the library without any. The environment may set parameters of one of them.
func find(names ...string) ([]*scenarios.Scenario, error) {
	if len(names) == 0 {
		return underEnvironment(library.All(), os.LookupEnv)
	}
	var out []*scenarios.Scenario
	for _, name := range names {
		if !files.Is(name) {
			found, err := library.Find(name)
			if err != nil {
				return nil, usageError{err}
			}
			out = append(out, found...)
			continue
		}
		s, err := files.Load(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usage("%s: there is no such file; a name that ends in .yaml is a scenario file's", name)
		}
		if err != nil {
			return nil, usageError{err}
		}
		out = append(out, s)
	}
	return underEnvironment(distinct(out), os.LookupEnv)
}

func distinct(list []*scenarios.Scenario) []*scenarios.Scenario {
	seen := map[string]bool{}
	out := list[:0]
	for _, s := range list {
		if !seen[s.Name] {
			seen[s.Name] = true
			out = append(out, s)
		}
	}
	return out
}

// findOne gives the one scenario, or the one case of one, of a name.
func findOne(name string) (*scenarios.Scenario, error) {
	found, err := find(name)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		return nil, usage("%q means several scenarios; name one: %s", name, namesOf(found))
	}
	return found[0], nil
}

func namesOf(list []*scenarios.Scenario) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s.Name
	}
	return out
}
