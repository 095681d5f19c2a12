package gauges

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// Callbacks is how often members were told that partitions were revoked, or
// lost: kind says which.
func Callbacks(kind model.Kind) scenarios.Gauge {
	return metered(string(kind), "callbacks", func(t *scenarios.Trial) scenarios.Meter {
		return &callbacks{window: newWindow(t), read: func(c *callbacks) int64 { return c.count[kind] }}
	})
}

// CommitsTaken is how many commits that members called inside their revoked
// callback, or inside their lost one, succeeded: kind says which.
func CommitsTaken(kind model.Kind) scenarios.Gauge {
	return metered("commits taken when "+string(kind), "commits", func(t *scenarios.Trial) scenarios.Meter {
		return &callbacks{window: newWindow(t), read: func(c *callbacks) int64 { return c.taken[kind] }}
	})
}

// CommitsRefused is how many of them failed.
func CommitsRefused(kind model.Kind) scenarios.Gauge {
	return metered("commits refused when "+string(kind), "commits", func(t *scenarios.Trial) scenarios.Meter {
		return &callbacks{window: newWindow(t), read: func(c *callbacks) int64 { return c.refused[kind] }}
	})
}

type callbacks struct {
	window
	count, taken, refused map[model.Kind]int64
	inside                map[string]model.Kind // by client: its callback
	calls                 map[string]call       // by client: the commit that it called inside one
	read                  func(*callbacks) int64
}

type call struct {
	op     int64
	inside model.Kind
}

// Observe implements scenarios.Meter.
func (c *callbacks) Observe(e *model.Event) {
	if ours := c.window.observe(e); !ours || !c.open() {
		return
	}
	if c.count == nil {
		c.count, c.taken, c.refused = map[model.Kind]int64{}, map[model.Kind]int64{}, map[model.Kind]int64{}
		c.inside, c.calls = map[string]model.Kind{}, map[string]call{}
	}
	switch e.Kind {
	case model.Revoked, model.Lost:
		if len(e.Partitions) > 0 {
			c.count[e.Kind]++
			c.inside[e.Client] = e.Kind
		}
	case model.RevokeDone, model.Stopped:
		delete(c.inside, e.Client)
	case model.Commit:
		if in, ok := c.inside[e.Client]; ok {
			c.calls[e.Client] = call{e.Op, in}
		}
	case model.CommitDone:
		of, ok := c.calls[e.Client]
		if !ok || of.op != e.Op {
			return
		}
		delete(c.calls, e.Client)
		if e.Error == "" {
			c.taken[of.inside]++
		} else {
			c.refused[of.inside]++
		}
	}
}

// Read implements scenarios.Meter.
func (c *callbacks) Read(*scenarios.Outcome) []int64 { return []int64{c.read(c)} }
