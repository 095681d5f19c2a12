package model

import "testing"

// shareRun gives the history of a share group of four members that reads a
// partition of records in batches; of every twentieth batch the lock runs out.
func shareRun(records, batch int64, emit func(e Event)) {
	names := [4]string{"m0", "m1", "m2", "m3"}
	on := func(e Event) {
		e.Group, e.TopicPartition = "alerts", TopicPartition{"orders", 1}
		emit(e)
	}
	on(Event{Kind: ShareLoaded, Node: "b0"})
	var op, at int64
	give := func(c string, from int64, count int32) {
		at++
		on(Event{At: at, Kind: ShareAcquired, Node: "b0", Client: c, Member: c, From: from, To: from + batch, Deliveries: count})
	}
	for from := int64(0); from < records; from += batch {
		c := names[op%4]
		give(c, from, 1)
		if op++; op%20 == 0 {
			on(Event{At: at, Kind: ShareExpired, Node: "b0", Member: c, From: from, To: from + batch, Deliveries: 1})
			c = names[op%4]
			give(c, from, 2)
		}
		on(Event{At: at, Kind: ShareProcessed, Client: c, Member: c, From: from, To: from + batch})
		on(Event{At: at, Kind: ShareAcknowledge, Client: c, Member: c, From: from, To: from + batch, Op: op, Cause: CauseAccept})
		on(Event{At: at, Kind: ShareStartMoved, Node: "b0", To: from + batch})
		on(Event{At: at, Kind: ShareAcknowledgeDone, Client: c, Member: c, Op: op})
	}
	emit(Event{At: at, Kind: Calm})
	emit(Event{At: at, Kind: End})
}

func benchmarkShares(b *testing.B, batch int64) {
	b.ReportAllocs()
	for b.Loop() {
		j := NewJudge(Options{ShareLimit: 5, ShareLock: 30e6})
		for _, c := range []string{"m0", "m1", "m2", "m3"} {
			j.Observe(&Event{Kind: Started, Client: c})
		}
		shareRun(1_000_000, batch, func(e Event) { j.Observe(&e) })
		if r := j.Finish(); !r.OK() || r.Summary.Share.Accepted != 1_000_000 {
			b.Fatal(reportText(&r))
		}
	}
}

// A million records of a share group, in batches of 100 and one by one.
func BenchmarkShares(b *testing.B)      { benchmarkShares(b, 100) }
func BenchmarkSharesByOne(b *testing.B) { benchmarkShares(b, 1) }
