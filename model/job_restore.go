package model

import (
	"slices"
	"strings"
)

// restored judges which checkpoint an attempt goes on from, and takes note of
// where its sources must begin.
func (c *Checkpoints) restored(i int, e *Event, report func(Anomaly)) {
	c.Attempts.restored(e)
	c.Expected = slices.DeleteFunc(c.Expected, func(p restoredPosition) bool { return len(e.Members) == 0 || c.ofTasks(p, e.Members) })
	asked := strings.HasPrefix(e.Cause, CauseSavepoint)
	at, known := slices.BinarySearchFunc(c.List, e.Op, func(k checkpoint, id int64) int { return int(k.ID - id) })
	whole := "the job goes on from "
	if len(e.Members) > 0 {
		whole = strings.Join(e.Members, ", ") + " go on from "
	}
	switch {
	case e.Op != 0 && (c.First == 0 || e.Op < c.First) && c.Latest == 0:
		return // it was taken before the history began: ids increase
	case e.Op != 0 && (!known || c.List[at].Phase != completed) && e.Op > c.Latest-checkpointsKept:
		why := ", which was never completed"
		if known && c.List[at].Phase == aborted {
			why = ", which was aborted"
		}
		report(found(RestoredFromIncomplete, i, e, TopicPartition{}).describe(whole + checkpointOf(e.Op) + why))
	case e.Op < c.Latest && !asked:
		from := checkpointOf(e.Op)
		if e.Op == 0 {
			from = "nothing"
		}
		report(found(RestoredFromStale, i, e, TopicPartition{}).describe(
			whole + from + ", though " + checkpointOf(c.Latest) + " is completed"))
	}
	if asked {
		c.Latest = e.Op // failures come back to it, until there is a newer one
	}
	if e.Op == 0 || !known {
		return
	}
	if len(e.Members) == 0 {
		c.Known = c.List[at].partitions()
	}
	for _, s := range c.List[at].Stored {
		if len(e.Members) > 0 && !slices.Contains(e.Members, s.Task) {
			continue
		}
		for _, p := range s.Partitions {
			if p.Offset >= 0 {
				c.Expected = append(c.Expected, restoredPosition{PartitionOffset: p, ID: e.Op})
			}
		}
	}
}

// ofTasks tells whether the source that stored a position is one of these.
func (c *Checkpoints) ofTasks(p restoredPosition, tasks []string) bool {
	for _, s := range c.of(p.ID).Stored {
		if slices.Contains(tasks, s.Task) && mentions(s.Partitions, p.TopicPartition) {
			return true
		}
	}
	return false
}

// positioned compares where a client is put with what the checkpoint stored.
// It is a fault when the client reads there, or never reads; it may still be
// put right before.
func (c *Checkpoints) positioned(i int, e *Event) {
	if c.Placed == nil {
		c.Placed = map[clientPart]bool{}
	}
	c.Placed[clientPart{e.Client, e.TopicPartition}] = true
	at := slices.IndexFunc(c.Expected, func(p restoredPosition) bool { return p.TopicPartition == e.TopicPartition })
	if at < 0 {
		return
	}
	p := &c.Expected[at]
	if e.To == p.Offset {
		c.Expected = slices.Delete(c.Expected, at, at+1)
		return
	}
	p.Client, p.Began, p.Cause, p.At, p.Event = e.Client, e.To, e.Cause, e.At, i
}

// read is the first that a source of the restored attempt gives of a
// partition.
func (c *Checkpoints) read(i int, e *Event, p TopicPartition, from int64, report func(Anomaly)) {
	at := slices.IndexFunc(c.Expected, func(x restoredPosition) bool { return x.TopicPartition == p })
	if at < 0 {
		return
	}
	x := c.Expected[at]
	if x.Client == "" && from < x.Offset { // where it was put the history does not say
		x.Client, x.Began, x.At, x.Event = e.Client, from, e.At, i
	}
	if x.Client == e.Client {
		x.report(report)
	}
	c.Expected = slices.Delete(c.Expected, at, at+1)
}

// unread reports those that were put elsewhere and read nothing by the end.
func (c *Checkpoints) unread(report func(Anomaly)) {
	for _, x := range c.Expected {
		if g, job := c.Clients[x.Client]; job && g >= c.Attempts.All {
			x.report(report)
		}
	}
	c.Expected = nil
}

func (x *restoredPosition) report(report func(Anomaly)) {
	a := Anomaly{Name: PositionNotRestored, At: x.At, Event: x.Event, Client: x.Client, TopicPartition: x.TopicPartition}
	what := x.Client + " begins at " + itoa(x.Began)
	if x.Cause != "" {
		what += " (" + x.Cause + ")"
	}
	report(a.describe(what + ", " + checkpointOf(x.ID) + " stored " + itoa(x.Offset)))
}
