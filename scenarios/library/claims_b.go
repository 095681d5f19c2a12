package library

import "github.com/groundhogsim/groundhog/scenarios"

// claimsOfB are rows of document B: task managers in a group.
func claimsOfB() []*scenarios.Scenario { return nil }
