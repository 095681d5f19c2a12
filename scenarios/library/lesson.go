package library

import (
	"slices"

	"github.com/groundhogsim/groundhog/scenarios"
)

// lesson are rows of document C: the lesson on groups and offsets.
func lesson() []*scenarios.Scenario {
	return slices.Concat(oneOwner(), scaling(), faultTolerance(), commitMatrix(), offsetsStay(), resetPolicies(), coordinatorCrashes(),
		rebalancePauses(), latencies(), commitCosts())
}
