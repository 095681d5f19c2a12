package gauges

import (
	"maps"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Moved is how many partitions have another owner when the faults stop than at
// the end of the warm-up.
func Moved() scenarios.Gauge { return change("moved", moved) }

// Shuffled is how many of the partitions that moved need not have: they went
// from one member to another of whom both were there before and after.
func Shuffled() scenarios.Gauge { return change("moved among survivors", shuffled) }

// Imbalance is how many partitions the member with the most has above the one
// with the fewest when the faults stop.
func Imbalance() scenarios.Gauge { return change("imbalance", imbalance) }

// Active and Idle are how many members have partitions, and have none, when
// the faults stop.
func Active() scenarios.Gauge {
	return change("active", func(c *changes) int64 { return c.counts(true) })
}

// Idle is the other part.
func Idle() scenarios.Gauge { return change("idle", func(c *changes) int64 { return c.counts(false) }) }

func change(name string, read func(*changes) int64) scenarios.Gauge {
	unit := "partitions"
	if name == "active" || name == "idle" {
		unit = "members"
	}
	return metered(name, unit, func(t *scenarios.Trial) scenarios.Meter {
		return &changes{window: newWindow(t), owners: newOwners(), read: read}
	})
}

// changes watches the owners, and keeps those of the end of the warm-up and of
// when the faults stop.
type changes struct {
	window
	owners
	before, after *owners
	read          func(*changes) int64
}

// Observe implements scenarios.Meter.
func (c *changes) Observe(e *model.Event) {
	ours := c.window.observe(e)
	if c.before == nil && c.now >= c.from {
		c.before = c.owners.snapshot()
	}
	if c.after == nil && c.over {
		c.after = c.owners.snapshot()
	}
	if ours && c.after == nil {
		c.owners.observe(e, nil)
	}
}

// Read implements scenarios.Meter.
func (c *changes) Read(*scenarios.Outcome) []int64 {
	if c.before == nil || c.after == nil {
		return nil
	}
	return []int64{c.read(c)}
}

func (o *owners) snapshot() *owners {
	return &owners{slices.Clone(o.order), maps.Clone(o.of), slices.Clone(o.members)}
}

func moved(c *changes) (n int64) {
	for _, p := range c.before.order {
		if c.after.of[p] != c.before.of[p] {
			n++
		}
	}
	return n
}

func shuffled(c *changes) (n int64) {
	stayed := func(m string) bool {
		return slices.Contains(c.before.members, m) && slices.Contains(c.after.members, m)
	}
	for _, p := range c.before.order {
		if was, is := c.before.of[p], c.after.of[p]; was != is && stayed(was) && stayed(is) {
			n++
		}
	}
	return n
}

func imbalance(c *changes) int64 {
	most, fewest := 0, len(c.after.order)
	for _, m := range c.after.members {
		n := c.after.count(m)
		most, fewest = max(most, n), min(fewest, n)
	}
	return int64(max(most-fewest, 0))
}

func (c *changes) counts(active bool) (n int64) {
	for _, m := range c.after.members {
		if (c.after.count(m) > 0) == active {
			n++
		}
	}
	return n
}
