package library

import "github.com/groundhogsim/groundhog/scenarios"

// gallery are C07: the gallery of wrong handlers, each with its right twin.
func gallery() []*scenarios.Scenario { return nil }
