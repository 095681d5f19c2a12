package library

import (
	"slices"

	"github.com/groundhogsim/groundhog/scenarios"
)

// tutorial are rows of document E: the tutorial.
func tutorial() []*scenarios.Scenario {
	return slices.Concat(pictures(), restarts(), locations(), growth(), heartbeatOrPoll(), twoGroups(), hashing(), samples())
}
