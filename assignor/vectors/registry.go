package vectors

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/assignor"
)

// clientAssignor is the assignor that a client vector names.
func clientAssignor(name string) (assignor.Assignor, bool) {
	for _, a := range []assignor.Assignor{assignor.Range, assignor.RoundRobin, assignor.Sticky, assignor.CooperativeSticky} {
		if a.Name() == name {
			return a, true
		}
	}
	return nil, false
}

// serverAssignor is the assignor that a server vector names.
func serverAssignor(name string) (assignor.ServerAssignor, bool) {
	switch name {
	case "uniform":
		return assignor.Uniform, true
	case "server-range": // its own name is range, as that of the client's
		return assignor.ServerRange, true
	case "simple":
		return assignor.Simple, true
	}
	return nil, false
}

// kinds are all that vectors can be about, by the name they carry.
var kinds = []string{"range", "roundrobin", "sticky", "cooperative-sticky", "uniform", "server-range", "simple"}

func unknownAssignor(name string) error {
	return fmt.Errorf("no assignor is called %q; there are: %s", name, strings.Join(kinds, ", "))
}
