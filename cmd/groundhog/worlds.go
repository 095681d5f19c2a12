package main

// The worlds besides the simulation make themselves known.
import _ "github.com/groundhogsim/groundhog/realkafka"
