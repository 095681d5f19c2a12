package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/model"
)

// Course is what a run's history says of who owned what, one generation after
// the other, and of how far each partition came: what Assert functions look
// at.
type Course struct {
	Generations []Generation
	Handovers   []Handover
	Progress    []Progress // of every group and partition that was read, in the order of first reading
	Fenced      int        // commits refused because the member was out of date
	Struck      []Strike   // what the environment did to members

	owned map[string][]Partition // by client
}

func newCourse() *Course { return &Course{owned: map[string][]Partition{}} }

// Strike is something that the environment did to a member.
type Strike struct {
	At     int64 // µs
	Client string
	Action string // crash m1
}

// Hit tells whether the environment did anything to a member from a moment
// on. What an Assert function expects after a fault it must not expect of a
// run that has been shrunk to one without it.
func (c *Course) Hit(client string, from time.Duration) bool {
	return slices.ContainsFunc(c.Struck, func(s Strike) bool { return s.Client == client && s.At >= from.Microseconds() })
}

// Generation is who was assigned what in one generation of the group.
type Generation struct {
	Group  string
	Number int32
	Shares []Share // by member's name
}

// Share is one member's partitions.
type Share struct {
	Client     string
	Partitions []Partition
}

// String is "m1=[0 1] m2=[2]"; members without partitions are left out.
func (g Generation) String() string {
	var out []string
	for _, s := range g.Shares {
		if len(s.Partitions) == 0 {
			continue
		}
		var ps []int32
		for _, p := range s.Partitions {
			ps = append(ps, p.Partition)
		}
		slices.Sort(ps)
		out = append(out, fmt.Sprintf("%s=%v", s.Client, ps))
	}
	return strings.Join(out, " ")
}

// Counts are how many members have partitions, and how many have none.
func (g Generation) Counts() (active, idle int) {
	for _, s := range g.Shares {
		if len(s.Partitions) > 0 {
			active++
		} else {
			idle++
		}
	}
	return active, idle
}

// Has tells whether a member was assigned anything, or nothing, in it.
func (g Generation) Has(client string) bool {
	return slices.ContainsFunc(g.Shares, func(s Share) bool { return s.Client == client })
}

// Handover is a reader's beginning in a partition that somebody has read.
type Handover struct {
	At    int64 // µs
	Group string
	To    string
	Partition
	Start       int64 // the offset where it begins
	Redelivered int64 // how many processed records it reads again
	SinceCommit int64 // how many were processed after the last commit that was known to succeed
}

// Progress is how far a group has come in a partition.
type Progress struct {
	Group string
	Partition
	Processed int64 // the offset behind the furthest record processed
	Committed int64 // the last offset whose commit succeeded; -1 for none

	run     int64              // the offset behind the last record processed by the present reader
	base    int64              // what run was when the last successful commit was called
	calling map[string]calling // by client: its open commit
	acked   int64              // when the last successful commit was called, µs
}

// calling is when a commit was called, and what the partition's run was then.
type calling struct{ at, run int64 }

func (c *Course) observe(e *model.Event) {
	switch e.Kind {
	case model.Fault:
		if e.Client != "" {
			c.Struck = append(c.Struck, Strike{e.At, e.Client, e.Cause})
		}
	case model.Assigned:
		c.assigned(e)
	case model.Revoked, model.Lost:
		c.owned[e.Client] = slices.DeleteFunc(c.owned[e.Client], func(p Partition) bool {
			return slices.ContainsFunc(e.Partitions, func(o model.PartitionOffset) bool { return o.TopicPartition == p })
		})
	case model.Stopped:
		delete(c.owned, e.Client)
	case model.Positioned:
		p := c.progress(e.Group, e.TopicPartition)
		if p.Processed > 0 || p.Committed >= 0 {
			c.Handovers = append(c.Handovers, Handover{At: e.At, Group: e.Group, To: e.Client, Partition: e.TopicPartition, Start: e.To,
				Redelivered: max(p.Processed-e.To, 0), SinceCommit: p.Processed - p.base})
		} else {
			p.base = e.To
		}
		p.run = e.To
	case model.Processed:
		p := c.progress(e.Group, e.TopicPartition)
		p.run, p.Processed = e.To, max(p.Processed, e.To)
	case model.Commit:
		for _, o := range e.Partitions {
			p := c.progress(e.Group, o.TopicPartition)
			p.calling[e.Client] = calling{e.At, p.run}
		}
	case model.CommitDone:
		c.committed(e)
	}
}

func (c *Course) assigned(e *model.Event) {
	i := slices.IndexFunc(c.Generations, func(g Generation) bool { return g.Number == e.Generation && g.Group == e.Group })
	if i < 0 {
		i = len(c.Generations)
		c.Generations = append(c.Generations, Generation{Group: e.Group, Number: e.Generation})
	}
	// The event names what is new; what was kept belongs to the share, too.
	all := c.owned[e.Client]
	for _, p := range e.Partitions {
		if !slices.Contains(all, p.TopicPartition) {
			all = append(all, p.TopicPartition)
		}
	}
	c.owned[e.Client] = all
	g := &c.Generations[i]
	g.Shares = append(g.Shares, Share{Client: e.Client, Partitions: slices.Clone(all)})
	slices.SortFunc(g.Shares, func(a, b Share) int { return strings.Compare(a.Client, b.Client) })
}

func (c *Course) committed(e *model.Event) {
	if e.Error != "" {
		if e.Error == "ILLEGAL_GENERATION" || e.Error == "UNKNOWN_MEMBER_ID" || e.Error == "FENCED_INSTANCE_ID" {
			c.Fenced++
		}
		return
	}
	for _, o := range e.Partitions {
		p := c.progress(e.Group, o.TopicPartition)
		// One that stood still may learn late of a commit long since overtaken.
		if call := p.calling[e.Client]; call.at >= p.acked {
			p.Committed, p.base, p.acked = o.Offset, call.run, call.at
		}
	}
}

func (c *Course) progress(group string, p Partition) *Progress {
	i := slices.IndexFunc(c.Progress, func(x Progress) bool { return x.Partition == p && x.Group == group })
	if i < 0 {
		i = len(c.Progress)
		c.Progress = append(c.Progress, Progress{Group: group, Partition: p, Committed: -1, calling: map[string]calling{}})
	}
	return &c.Progress[i]
}
