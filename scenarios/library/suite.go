package library

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
)

// suites are document B's two entry points (B18): names as Find takes them.
var suites = map[string][]string{
	// Load, and rebalances that nothing went wrong for.
	"stress": {"B16", "B01", "B06", "B07", "B10", "B12", "A23"},
	// Crashes, zombies, expired sessions, failovers.
	"reliability": {"B08", "B11", "B15", "C14", "E08", "static-twins", "static-failover", "slow-to-sync", "stale-claim", "quiet-partition"},
}

// Suite gives the scenarios of a suite: "stress" or "reliability".
func Suite(name string) ([]*scenarios.Scenario, error) {
	of := suites[strings.ToLower(name)]
	if of == nil {
		return nil, fmt.Errorf("no suite is called %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(suites)), ", "))
	}
	return Find(of...)
}
