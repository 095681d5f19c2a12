package main

import "github.com/groundhogsim/groundhog/realkafka"

// The worlds besides the simulation make themselves known when they are
// imported; what they have started must be stopped.
func stopWorlds() error { return realkafka.Shutdown() }
