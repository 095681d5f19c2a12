package plots

import (
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// samples are the charts that the tests render. The numbers are drawn from
// the law that was measured (fact 1: session 30 s, heartbeat 10 s).
func samples() map[string]func() *Chart {
	all := campaignSamples()
	maps.Copy(all, map[string]func() *Chart{
		"latency":       latencySample,
		"duplicates":    duplicatesSample,
		"no-latency":    func() *Chart { return CDF("Rebalance latency", "latency", nil, nil) },
		"no-duplicates": func() *Chart { return Duplicates("Duplicates", nil) },
		"laws-alone": func() *Chart {
			return CDF("Rebalance latency", "latency", []Series{{Name: "crash"}}, lawsSample())
		},
		"never": func() *Chart {
			return CDF("Runs that never settle", "latency", []Series{
				{"all settle", []float64{4.4, 4.9, 5.1, 5.3, 5.8}},
				{"one does not", []float64{4.8, 5.5, 7, math.Inf(1)}},
			}, []Law{{Name: "law", Low: 4, High: 8}, {Name: "session timeout", Low: 6, High: 6, Claim: true}})
		},
		"same-curves": func() *Chart {
			values := []float64{26, 27, 31, 36.5, 39}
			return CDF("Two causes that take equally long, and one that does not", "latency", []Series{{"crash", values}, {"graceful", []float64{1, 4, 9}}, {"pause", values}}, nil)
		},
		"wide-range": func() *Chart {
			return Duplicates("Duplicates, over four orders of magnitude", []DuplicateRow{
				{"E14 latest after 6 → 8 partitions", "5 min", 85400, 50}, {"C14 crash before commit", "crash", 12, 20},
				{"C14 crash before commit", "pause", 1, 3}, {"D28 slow records", "without RENEW", 41, 41},
			})
		},
	})
	return all
}

func lawsSample() []Law {
	return []Law{
		{Name: "session − heartbeat", Low: 20, High: 20},
		{Name: "session + heartbeat", Low: 40, High: 40},
		{Name: "law of a crash", Low: 20, High: 40},
		{Name: "law of a graceful stop", Low: 0, High: 10},
		{Name: "30 s", Low: 30, High: 30, Claim: true},
	}
}

func seriesSample() []Series {
	r := rand.New(rand.NewPCG(1, 2))
	var crash, graceful, pause []float64
	for range 200 {
		crash = append(crash, 20+10*r.Float64()+10*r.Float64())
		graceful = append(graceful, 10*r.Float64())
		pause = append(pause, 21+18*r.Float64())
	}
	return []Series{{"crash: network cut, no LeaveGroup", crash}, {"graceful: Close, LeaveGroup", graceful},
		{"pause: the process stops for 60 s", pause}}
}

func latencySample() *Chart {
	return CDF("Rebalance latency by cause: 20 members, 4 partitions, session 30 s, heartbeat 10 s",
		"from the stop of an owner until every partition has one (s)", seriesSample(), lawsSample())
}

func rowsSample() []DuplicateRow {
	var rows []DuplicateRow
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range []string{"B09 owner of a partition stops", "C14 crash before commit", "A07 snapshot of the committed offset",
		"E06 offset of the last message read", "D09 release when a checkpoint aborts", "C04 auto-commit every 5 s"} {
		for _, cause := range []string{"crash", "graceful", "pause"} {
			legal := 20 + r.IntN(60)
			rows = append(rows, DuplicateRow{s, cause, r.IntN(legal + 1), legal})
		}
	}
	rows[7].Observed = 140
	rows[12].Observed, rows[12].Legal = 31, 0
	rows[16].Legal = -1
	return append(rows, DuplicateRow{"C10 exactly once, as claimed", "crash", 5, 0}, DuplicateRow{"C10 exactly once, as claimed", "graceful", 0, 0})
}

func duplicatesSample() *Chart {
	return Duplicates("Duplicates against the legal bound, by scenario and cause", rowsSample())
}

// TestLook writes the samples into the folder PLOTS_LOOK, for eyes.
func TestLook(t *testing.T) {
	dir := os.Getenv("PLOTS_LOOK")
	if dir == "" {
		t.Skip("PLOTS_LOOK names no folder")
	}
	for name, chart := range samples() {
		if err := chart().Save(dir, name); err != nil {
			t.Error(err)
		}
	}
}
