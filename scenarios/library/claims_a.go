package library

import "github.com/groundhogsim/groundhog/scenarios"

// claimsOfA are rows A21 to A23: what the assignors do.
func claimsOfA() []*scenarios.Scenario { return nil }
