package scenarios

import "github.com/groundhogsim/groundhog/client"

// lanes are the connections between two nodes, as the franz profile lays
// them out.
var lanes = client.Lanes
