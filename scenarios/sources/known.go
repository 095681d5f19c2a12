package sources

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/checkpoint"
)

// variants are what With can do wrong.
var variants = []Variant{StoresCommitted, StoresLast, StoresPosition, ReadsBeforeRestore, IgnoresCheckpoint, CommitsPosition,
	CommitsAtSnapshot, CommitsAborted, CommitsOutOfOrder, FailsOnCommit, SwallowsFailures, AutoCommits}

// Names are those that Find knows: kafka, the right one; group; and the
// variants that With can do wrong.
func Names() []string {
	names := []string{"kafka", "group"}
	for _, v := range variants {
		names = append(names, string(v))
	}
	return names
}

// Find gives the source of a name, for a job that reads topics.
func Find(name string, topics ...string) (func(checkpoint.Env) checkpoint.Source, error) {
	switch name {
	case "kafka":
		return Kafka, nil
	case "group":
		return Group(topics...), nil
	}
	for _, v := range variants {
		if string(v) == name {
			return With(Options{Variant: v}), nil
		}
	}
	return nil, fmt.Errorf("%q is no source; there are: %s", name, strings.Join(Names(), ", "))
}
