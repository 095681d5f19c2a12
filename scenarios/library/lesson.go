package library

import "github.com/groundhogsim/groundhog/scenarios"

// lesson are rows of document C: the lesson on groups and offsets.
func lesson() []*scenarios.Scenario { return nil }
