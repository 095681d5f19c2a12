package model

import "strings"

// What the monitors of checkpointing jobs share.

// attempts follows which attempt of a job its tasks are in.
type attempts struct {
	All   int32            // the newest that all tasks were restored in
	Tasks map[string]int32 // of tasks that were restored alone since
}

func (a *attempts) restored(e *Event) {
	if len(e.Members) == 0 {
		a.All, a.Tasks = e.Generation, nil
		return
	}
	if a.Tasks == nil {
		a.Tasks = map[string]int32{}
	}
	for _, m := range e.Members {
		a.Tasks[m] = e.Generation
	}
}

// zombie tells whether e is of a task that has been put in another attempt
// since: it does not know, and nothing it does is of any effect on the job.
func (a *attempts) zombie(e *Event) bool {
	return e.Generation < a.All || a.Tasks != nil && e.Generation < a.Tasks[e.Member]
}

// ranges gives the records of an event of a job, which has them as one range
// or one by one.
func (e *Event) ranges(each func(p TopicPartition, from, to int64)) {
	if e.Topic != "" {
		each(e.TopicPartition, e.From, e.To)
	}
	for i := 0; i < len(e.Partitions); i++ {
		first := e.Partitions[i]
		next := first.Offset + 1
		for i+1 < len(e.Partitions) && e.Partitions[i+1].Offset == next && e.Partitions[i+1].TopicPartition == first.TopicPartition {
			next++
			i++
		}
		each(first.TopicPartition, first.Offset, next)
	}
}

// stored is what a source task stored in a checkpoint.
type stored struct {
	Client, Task string
	Partitions   []PartitionOffset
}

// storedAt is the offset stored of a partition; the furthest, if several
// tasks stored one. Negative ones were not known yet.
func storedAt(list []stored, p TopicPartition) (offset int64, ok bool) {
	offset = -1
	for i := range list {
		for _, q := range list[i].Partitions {
			if q.TopicPartition == p && q.Offset >= offset {
				offset, ok = q.Offset, true
			}
		}
	}
	return offset, ok && offset >= 0
}

// clientPart is one client's reading of one partition.
type clientPart struct {
	Client string
	TopicPartition
}

// Compare orders by partition, then client.
func (a clientPart) Compare(b clientPart) int {
	if c := a.TopicPartition.Compare(b.TopicPartition); c != 0 {
		return c
	}
	return strings.Compare(a.Client, b.Client)
}

func checkpointOf(id int64) string { return "checkpoint " + itoa(id) }

// JobNumbers counts what a checkpointing job did.
type JobNumbers struct {
	Triggered, Completed, Aborted int // checkpoints
	Restarts                      int // attempts after the first, of the job or a part of it
	// Records, by their effects.
	Applied           int64 // taken into a state, repetitions included
	Late              int64 // dropped, behind the watermark
	Replayed          int64 // given by a source that had been given before
	Restored          int64 // that restored states held, summed over the restores
	DuplicatesInState int64
	LostFromState     int64
	StoredInSink      int64 // effects of records that the outside store took
	RepeatedInSink    int64 // of these, put or upserted again with the same value
	DuplicatesInSink  int64
	LostFromSink      int64
}

func (n *JobNumbers) add(o JobNumbers) {
	n.Triggered += o.Triggered
	n.Completed += o.Completed
	n.Aborted += o.Aborted
	n.Restarts += o.Restarts
	n.Applied += o.Applied
	n.Late += o.Late
	n.Replayed += o.Replayed
	n.Restored += o.Restored
	n.DuplicatesInState += o.DuplicatesInState
	n.LostFromState += o.LostFromState
	n.StoredInSink += o.StoredInSink
	n.RepeatedInSink += o.RepeatedInSink
	n.DuplicatesInSink += o.DuplicatesInSink
	n.LostFromSink += o.LostFromSink
}
