package model

import "testing"

// jobRun is a job of two slots that reads a million records of four partitions
// in runs of 500, applies them one by one at either operator, takes a
// checkpoint every 50,000, and fails five times.
func jobRun(each func(*Event)) {
	const perPart, batch, ops = 250_000, 500, 2
	names := []string{"0", "1"}
	var last, at, stored [4]int64
	attempt, id := int32(1), int64(0)
	tick := int64(0)
	emit := func(e Event) { tick++; e.At = tick; each(&e) }
	part := func(p int) TopicPartition { return TopicPartition{"orders", int32(p)} }
	place := func(from int64) {
		emit(Event{Kind: JobRestored, Client: "jm", Generation: attempt, Op: from})
		for p := range at {
			emit(Event{Kind: Positioned, Client: "tm" + names[p%2], Group: "job", TopicPartition: part(p), To: at[p], Cause: CauseSeek})
		}
	}
	for p := range at {
		emit(Event{Kind: Produced, Client: "p1", TopicPartition: part(p), From: 0, To: perPart})
	}
	place(0)
	for round := 0; at[0] < perPart; round++ {
		for p := range at {
			src := Event{Client: "tm" + names[p%2], Member: "source-" + names[p%2], Generation: attempt, TopicPartition: part(p), From: at[p], To: at[p] + batch}
			src.Kind = SourcePolled
			emit(src)
			src.Kind = Emitted
			emit(src)
			for op := range ops {
				done := Event{Kind: Applied, Client: "tm" + names[op], Member: "operator-" + names[op], Generation: attempt}
				for o := at[p]; o < at[p]+batch; o++ {
					if int(o*2654435761>>7)%ops == op {
						done.Partitions = append(done.Partitions, PartitionOffset{part(p), o})
					}
				}
				emit(done)
			}
			at[p] += batch
		}
		if round%100 == 60 && stored != last { // ten rounds after a checkpoint
			last, at = stored, stored
			attempt++
			place(id)
		}
		if round%25 != 24 {
			continue
		}
		id++
		emit(Event{Kind: CheckpointTriggered, Client: "jm", Generation: attempt, Op: id})
		for op := range ops {
			for _, task := range []string{"source-", "operator-"} {
				e := Event{Kind: SnapshotTaken, Client: "tm" + names[op], Member: task + names[op], Generation: attempt, Op: id}
				for p := op; p < len(at) && task == "source-"; p += 2 {
					e.Partitions = append(e.Partitions, PartitionOffset{part(p), at[p]})
				}
				emit(e)
				e.Kind, e.Partitions = StateDurable, nil
				emit(e)
			}
		}
		stored = at
		emit(Event{Kind: CheckpointCompleted, Client: "jm", Generation: attempt, Op: id})
	}
	emit(Event{Kind: Calm})
	emit(Event{Kind: End})
}

func TestJobRunIsExactlyOnce(t *testing.T) {
	j := NewJudge(Options{Fresh: true})
	j.Observe(&Event{Kind: Started, Client: "p1"})
	for _, c := range []string{"tm0", "tm1"} {
		j.Observe(&Event{Kind: Started, Client: c})
	}
	jobRun(func(e *Event) { j.Observe(e) })
	r := j.Finish()
	if s := r.Summary.Job; !r.OK() || s.Applied <= 1_000_000 || s.Replayed != s.Applied-1_000_000 || s.Restarts < 4 {
		t.Errorf("%v %v %+v", r.Violations, r.Anomalies, s)
	}
}

// BenchmarkJobJudge judges a job of a million records with all monitors.
func BenchmarkJobJudge(b *testing.B) {
	b.ReportAllocs()
	var events []Event
	jobRun(func(e *Event) { events = append(events, *e) })
	for b.Loop() {
		j := NewJudge(Options{Midlife: true})
		for i := range events {
			j.Observe(&events[i])
		}
		if r := j.Finish(); r.Summary.Job.Applied < 1_000_000 {
			b.Fatal(r.Violations)
		}
	}
}
