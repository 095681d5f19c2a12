// Package plots draws the charts that the harness publishes, as PNG and as
// SVG, for engineers who will argue with them: every chart has its units on
// its axes, its numbers in print beside the picture, and what is wrong marked
// by shape and word as well as by colour.
//
// A chart takes plain numbers, copies them when it is made and is constant
// from then on. The same input gives the same bytes: no clock, no map and no
// font of the machine is consulted (fonts are compiled in; an SVG names
// them, with metric-compatible substitutes). The bytes belong to one version
// of this package, Go and gonum/plot on one architecture: golden files may
// change with any of them.
//
// A chart is a page: a title, then blocks such as a key and a frame with
// axes, from top to bottom. General charts (CDF, Sweeps, Strips, Around,
// StopTheWorld, Duplicates) take any labels; campaign.go gives them those of
// the charts that campaigns publish. To add a general one, write a file with
// its block (see sweep.go) out of what style.go, table.go, frame.go, rows.go
// and laws.go give; chart.go and save.go do the rest.
package plots
