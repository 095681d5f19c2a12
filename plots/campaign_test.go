package plots

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// campaignSamples are the charts of campaigns, over numbers of the size that
// they have, drawn from a fixed seed.
func campaignSamples() map[string]func() *Chart {
	return map[string]func() *Chart{
		"rebalance-latency": rebalanceSample,
		"stop-the-world":    stopSample,
		"paused-area":       pausedSample,
		"commit-interval":   intervalSample,
		"latency-around":    aroundSample,
		"throughput":        throughputSample,
		"lost":              lostSample,
		"resharding":        reshardingSample,
		"slowest-survivor":  survivorSample,
		"unowned":           unownedSample,
		"no-campaign": func() *Chart {
			return Page("Nothing was run", RebalanceLatency("causes", "latency", nil), StopTheWorld("stops", "time", nil, nil),
				Throughput("throughput", nil, 10, 6), LatencyAround("around", 1, nil, nil), Lost("lost", nil))
		},
	}
}

func rebalanceSample() *Chart {
	r := rand.New(rand.NewPCG(11, 1))
	draw := func(low, spread float64) []float64 {
		var out []float64
		for range 60 {
			out = append(out, low+spread*r.Float64()+2*r.Float64())
		}
		return out
	}
	var causes []Cause
	for _, c := range []struct {
		name        string
		low, spread float64
	}{{"crash", 21, 17}, {"graceful", 0, 9}, {"pause of 60 s", 22, 17}} {
		cause := Cause{Name: c.name, Laws: SessionLaws(30, 10)}
		for i, a := range []string{"range", "roundrobin", "sticky", "cooperative-sticky"} {
			cause.Assignors = append(cause.Assignors, Series{a, draw(c.low+0.2*float64(i), c.spread)})
		}
		causes = append(causes, cause)
	}
	return RebalanceLatency("Rebalance latency by cause and assignor", "from an owner's stop to the new owners", causes).
		Note("60 runs for each curve; groundhog check B08 --seeds 60")
}

func stopSample() *Chart {
	members := []string{"m1", "m2", "m3", "m4"}
	eager := Pauses{Name: "eager (range)", Members: members}
	coop := Pauses{Name: "cooperative (cooperative-sticky)", Members: members}
	for i, m := range members[:3] {
		eager.Pauses = append(eager.Pauses, Pause{m, 0.2 + 0.9*float64(i), 3.1, 2}, Pause{m, 21 + 0.5*float64(i), 23.4, 2 - i%2})
	}
	eager.Pauses = append(eager.Pauses, Pause{"m4", 21.1, 23.4, 1})
	coop.Pauses = []Pause{{"m1", 1.1, 4.2, 1}, {"m2", 21.9, 24.1, 1}}
	return StopTheWorld("A member joins, then one leaves: what stands still", "time since the join", []Pauses{eager, coop},
		[]Law{{Name: "m4 joins", Low: 0, High: 0}, {Name: "m4 leaves", Low: 20, High: 20}})
}

func pausedSample() *Chart {
	r := rand.New(rand.NewPCG(12, 1))
	var strips []Strip
	for _, m := range []string{"m1", "m2", "m3", "m4"} {
		for i, p := range []string{"eager", "cooperative"} {
			s := Strip{Group: m, Name: p}
			for range 30 {
				s.Values = append(s.Values, []float64{9, 1.2}[i]*(0.5+r.Float64()))
			}
			strips = append(strips, s)
		}
	}
	return PausedArea("Stop-the-world area of each member, over 30 runs", strips)
}

func intervalSample() *Chart {
	r := rand.New(rand.NewPCG(13, 1))
	auto, manual := Points{Name: "auto-commit"}, Points{Name: "commit after each poll"}
	for _, interval := range []float64{0.1, 1, 2, 5, 10} {
		for range 40 {
			auto.Points = append(auto.Points, Point{interval, math.Floor(50 * interval * r.Float64())})
			manual.Points = append(manual.Points, Point{interval, math.Floor(min(12, 50*interval) * r.Float64())})
		}
	}
	auto.Points = append(auto.Points, Point{2, 131})
	return DuplicatesByInterval("Duplicates after a crash, against the commit interval, at 50 records/s", []Points{auto, manual}, 50)
}

func aroundSample() *Chart {
	r := rand.New(rand.NewPCG(14, 1))
	var cases []Points
	for i, name := range []string{"range (eager)", "cooperative-sticky"} {
		p := Points{Name: name}
		for range 6000 {
			at := -10 + 40*r.Float64()
			y := 0.004 + 0.01*r.ExpFloat64()
			if stop := []float64{5, 2.5}[i]; at > 0 && at < stop && (i == 0 || r.IntN(4) == 0) {
				y += stop - at
			}
			p.Points = append(p.Points, Point{at, y})
		}
		cases = append(cases, p)
	}
	return LatencyAround("End-to-end latency around a rebalance", 0.5, cases, []Law{{Name: "a member joins", Low: 0, High: 0}})
}

func throughputSample() *Chart {
	r := rand.New(rand.NewPCG(15, 1))
	var series []Points
	for i, name := range []string{"classic, cooperative-sticky", "KIP-848, uniform"} {
		p := Points{Name: name}
		for n := 1; n <= 12; n++ {
			for range 10 {
				p.Points = append(p.Points, Point{float64(n), float64(min(n, 6)) * 100 * (0.93 + 0.02*float64(i) + 0.05*r.Float64())})
			}
		}
		series = append(series, p)
	}
	return Throughput("Throughput against consumers: 6 partitions, 10 ms a record", series, 100, 6)
}

func lostSample() *Chart {
	var strips []Strip
	r := rand.New(rand.NewPCG(16, 1))
	for _, policy := range []string{"latest", "earliest", "by_duration"} {
		for i, interval := range []string{"10 s", "5 min"} {
			bound := []float64{34, 1000}[i]
			s := Strip{Group: policy, Name: interval, Bound: &bound}
			for range 20 {
				lost := 0.0
				if policy == "latest" {
					lost = math.Floor(bound * (0.4 + 0.6*r.Float64()))
				}
				s.Values = append(s.Values, lost)
			}
			strips = append(strips, s)
		}
	}
	return Lost("Records lost when partitions are added: reset policy and discovery interval", strips)
}

func reshardingSample() *Chart {
	r := rand.New(rand.NewPCG(17, 1))
	moved := []Strip{{Group: "murmur2 (Java, franz-go)", Values: []float64{74.8}}, {Group: "sarama's FNV-1a", Values: []float64{75.3}}}
	var inversions []Strip
	for i, backlog := range []string{"no backlog", "100 records", "1000 records"} {
		s := Strip{Group: "old partition has", Name: backlog}
		for range 25 {
			s.Values = append(s.Values, float64(r.IntN(1+[]int{0, 60, 400}[i])))
		}
		inversions = append(inversions, s)
	}
	return Resharding("From 6 to 8 partitions: keys that move, and order that is lost", 6, 8, moved, inversions)
}

func survivorSample() *Chart {
	r := rand.New(rand.NewPCG(18, 1))
	var series []Points
	for i, name := range []string{"eager", "cooperative"} {
		p := Points{Name: name}
		for _, seconds := range []float64{0, 0.5, 1, 2, 5, 10, 20} {
			for range 15 {
				pause := 0.2 + 0.3*r.Float64()
				if i == 0 {
					pause += seconds * r.Float64()
				}
				p.Points = append(p.Points, Point{seconds, pause})
			}
		}
		series = append(series, p)
	}
	return SlowestSurvivor("A rebalance waits for the slowest survivor", series)
}

func unownedSample() *Chart {
	r := rand.New(rand.NewPCG(19, 1))
	var strips []Strip
	for i, cause := range []string{"crash", "graceful", "pause"} {
		for _, p := range []string{"eager", "cooperative"} {
			s := Strip{Group: cause, Name: p, Bound: new([]float64{40, 10, 40}[i])}
			for range 40 {
				s.Values = append(s.Values, []float64{20, 0, 21}[i]+[]float64{19, 9, 18}[i]*r.Float64())
			}
			strips = append(strips, s)
		}
	}
	strips[2].Values[7] = 12.5
	return Unowned(fmt.Sprintf("Time without an owner, by cause: %d runs each", 40), strips, []Law{{Name: "session timeout", Low: 30, High: 30}})
}
