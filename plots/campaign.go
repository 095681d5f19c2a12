package plots

import "math"

// This file holds the charts that campaigns publish: what each shows is said
// here, how it is drawn where the general charts are.

// A Cause is why members stopped, and how long it took until their partitions
// had new owners, by assignor. Its laws are those for this cause.
type Cause struct {
	Name      string
	Assignors []Series
	Laws      []Law
}

// SessionLaws are the bounds on the time from a member's crash until its
// session has run out, in seconds: the last heartbeat was at most one interval
// before the crash, and the group must still gather, for up to another
// interval. That the session timeout is a bound is a claim, to be judged.
func SessionLaws(session, heartbeat float64) []Law {
	return []Law{
		{Name: "session − heartbeat", Low: session - heartbeat, High: session - heartbeat},
		{Name: "session", Low: session, High: session, Claim: true},
		{Name: "session + heartbeat", Low: session + heartbeat, High: session + heartbeat},
	}
}

// RebalanceLatency draws a CDF for each cause, one below the other on one
// scale, with a curve for each assignor. See CDF; an assignor's place in the
// list gives its colour, so every cause should list the same ones.
func RebalanceLatency(title, xLabel string, causes []Cause) *Chart {
	var panels []*cdf
	var all []float64
	for _, c := range causes {
		b := newCDF(c.Assignors, c.Laws)
		panels = append(panels, b)
		all = append(all, b.all()...)
	}
	ch := &Chart{title: clean(title), width: pageWidth}
	if len(all) == 0 {
		ch.blocks = []block{noData{}}
		return ch
	}
	x := newScale(Axis{Label: xLabel, Unit: "s"}, all)
	for i, b := range panels {
		b.x = x
		k := b.key()
		k.heads[0] = clean(causes[i].Name)
		ch.width = max(ch.width, k.least()+2*margin)
		ch.blocks = append(ch.blocks, k, b.frame(panelHeight))
	}
	return ch
}

// PausedArea draws what StopTheWorld shows of one run over many: a Strip for
// each member (Group) and protocol (Name), in partition-seconds a run.
func PausedArea(title string, strips []Strip) *Chart {
	return Strips(title, Axis{Label: "partitions that stand still × time", Unit: "partition-seconds"}, "", strips, nil)
}

// DuplicatesByInterval draws records processed again (Y) against the commit
// interval in seconds (X), a dot for each run, with the bound: what arrives in
// one interval, at a rate in records a second.
func DuplicatesByInterval(title string, runs []Points, rate float64) *Chart {
	bound := Reference{Name: "rate × interval", Points: []Point{{}, {largestX(runs), rate * largestX(runs)}}, Limit: true}
	return Sweeps(title, Axis{Label: "commit interval", Unit: "s"}, Axis{Label: "duplicates", Unit: "records"}, runs, []Reference{bound}, nil)
}

func largestX(runs []Points) (most float64) {
	for _, s := range runs {
		for _, p := range finitePoints(s.Points) {
			most = max(most, p.X)
		}
	}
	return most
}

// LatencyAround draws end-to-end latency, from produced to processed, around
// a rebalance, with a panel for each assignor. See Around.
func LatencyAround(title string, bin float64, assignors []Points, laws []Law) *Chart {
	return Around(title, "time since the rebalance began", "end-to-end latency", bin, assignors, laws)
}

// Throughput draws records a second (Y) against the number of consumers (X),
// with the ideal: perConsumer records a second for each, as far as there are
// partitions for them.
func Throughput(title string, runs []Points, perConsumer float64, partitions int) *Chart {
	p := float64(partitions)
	ideal := Reference{Name: "ideal: linear up to the number of partitions, then flat",
		Points: []Point{{}, {p, p * perConsumer}, {max(p, largestX(runs)), p * perConsumer}}}
	law := Law{Name: unit{per: 1}.exact(p) + " partitions", Low: p, High: p}
	return Sweeps(title, Axis{Label: "consumers"}, Axis{Label: "throughput", Unit: "records/s"}, runs, []Reference{ideal}, []Law{law})
}

// Lost draws how many records were lost in a run, by reset policy (Group) and
// discovery interval (Name), on an axis where one record and a thousand are
// both seen, and 0 is 0. Bounds are what may be produced until discovery.
func Lost(title string, strips []Strip) *Chart {
	return Strips(title, Axis{Label: "records lost", Log: true}, "possible at the most", strips, nil)
}

// Resharding draws what more partitions do to keys: the share of keys that
// change their partition, in percent, with the share expected of an even hash,
// and how many records overtook an earlier one of their key. Strips are named
// as the caller likes: partitioner and handler, for example.
func Resharding(title string, from, to int, moved, inversions []Strip) *Chart {
	expect := 100 * MovedShare(from, to)
	share := Strips("Keys that change their partition", Axis{Label: "share of keys", Unit: "%"}, "", moved,
		[]Law{{Name: "expected of an even hash", Low: expect, High: expect}})
	order := Strips("Records processed after a later one of their key", Axis{Label: "inversions (records)"}, "", inversions, nil)
	return Page(title, share, order)
}

// MovedShare is the share of keys, in 0 to 1, whose hash modulo to differs
// from that modulo from: an even hash keeps min(from, to) of every
// lcm(from, to) values.
func MovedShare(from, to int) float64 {
	if from <= 0 || to <= 0 {
		return 0
	}
	a, b := from, to
	for b != 0 {
		a, b = b, a%b
	}
	return 1 - float64(min(from, to))*float64(a)/(float64(from)*float64(to))
}

// SlowestSurvivor draws how long a rebalance stood still (Y) against how long
// the slowest of the other members needs for the records that it holds (X),
// both in seconds. The line is where one equals the other.
func SlowestSurvivor(title string, runs []Points) *Chart {
	most := largestX(runs)
	return Sweeps(title, Axis{Label: "processing time of the slowest survivor", Unit: "s"}, Axis{Label: "pause", Unit: "s"},
		runs, []Reference{{Name: "pause = processing time", Points: []Point{{}, {most, most}}}}, nil)
}

// Unowned draws how long partitions had no owner, in seconds a run, by what a
// Strip is named for, with the laws that hold for it.
func Unowned(title string, strips []Strip, laws []Law) *Chart {
	var all []float64
	for _, s := range strips {
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				all = append(all, v)
			}
		}
	}
	return Strips(title, Axis{Label: "time without an owner", Unit: "s", Log: wide(all)}, "legal at the most", strips, laws)
}
