package model

import "slices"

// commit judges an offset commit of a job's client: it must be what its source
// stored in a checkpoint of whose completion it was told (KafkaSourceReader:
// offsetsToCommit, notifyCheckpointComplete).
func (c *Checkpoints) commit(i int, e *Event, report func(Anomaly)) {
	told, other := int64(0), int64(0)
	for n := range c.List {
		k := &c.List[n]
		switch {
		case !c.stores(k, e):
		case k.Phase == completed && slices.Contains(k.Told, e.Client):
			told = k.ID
		default:
			other = k.ID
		}
	}
	switch {
	case told > 0:
		c.subsumes(i, e, told, report)
	case other == 0:
		c.stray(i, e, CommitWithoutCheckpoint, "of no checkpoint that its source was told is completed", report)
	case c.of(other).Phase == aborted:
		c.stray(i, e, CommitOfAbortedCheckpoint, "of "+checkpointOf(other)+", which was aborted", report)
	case c.of(other).Phase == completed:
		c.stray(i, e, CommitWithoutCheckpoint, "of "+checkpointOf(other)+", and its source has not been told that this is completed", report)
	default:
		c.stray(i, e, CommitWithoutCheckpoint, "of "+checkpointOf(other)+", which is not completed", report)
	}
}

func (c *Checkpoints) stray(i int, e *Event, name, what string, report func(Anomaly)) {
	p := e.Partitions[0]
	text := "commit of " + itoa(p.Offset) + " by " + e.Client
	if n := len(e.Partitions); n > 1 {
		text += ", and of " + itoa(int64(n-1)) + " other partitions,"
	}
	report(foundAt(name, i, e, p).describe(text + " is " + what))
}

// stores tells whether all offsets of a commit are what the client stored in a
// checkpoint. A partition that is not in it may be one that was read to its end
// before: those are committed, too.
func (c *Checkpoints) stores(k *checkpoint, e *Event) bool {
	var own []stored
	for _, s := range k.Stored {
		if s.Client == e.Client {
			own = append(own, s)
		}
	}
	for _, p := range e.Partitions {
		if !slices.ContainsFunc(own, func(s stored) bool { return mentions(s.Partitions, p.TopicPartition) }) {
			if !c.Placed[clientPart{e.Client, p.TopicPartition}] {
				return false
			}
			continue
		}
		if at, ok := storedAt(own, p.TopicPartition); !ok || at != p.Offset {
			return false
		}
	}
	return true
}

// subsumes takes note of a commit for a checkpoint. After a later one's it
// would take the offset back (CheckpointListener: a completed checkpoint
// subsumes all before it).
func (c *Checkpoints) subsumes(i int, e *Event, id int64, report func(Anomaly)) {
	if c.Commits == nil {
		c.Commits = map[TopicPartition]subsumed{}
	}
	for _, p := range e.Partitions {
		last := c.Commits[p.TopicPartition]
		if id < last.ID {
			if p.Offset < last.Offset {
				report(foundAt(CommitBehindSubsumed, i, e, p).describe("commit of " + itoa(p.Offset) + " by " + e.Client +
					" is of " + checkpointOf(id) + "; " + itoa(last.Offset) + " of " + checkpointOf(last.ID) + " was committed before"))
			}
			continue
		}
		c.Commits[p.TopicPartition] = subsumed{p.Offset, id}
	}
}
