package library

import "github.com/groundhogsim/groundhog/scenarios"

// tutorial are rows of document E: the tutorial.
func tutorial() []*scenarios.Scenario { return nil }
