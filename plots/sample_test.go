package plots

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

func TestSample(t *testing.T) {
	dir := os.Getenv("PLOTS_SAMPLE")
	if dir == "" {
		t.Skip()
	}
	r := rand.New(rand.NewPCG(1, 2))
	var crash, graceful, pause []float64
	for range 200 {
		crash = append(crash, 30-10*r.Float64()+10*r.Float64())
		graceful = append(graceful, 10*r.Float64())
		pause = append(pause, 21+18*r.Float64())
	}
	laws := []Law{{Name: "session − heartbeat", Low: 20, High: 20}, {Name: "session + heartbeat", Low: 40, High: 40}, {Name: "30 s", Low: 30, High: 30, Claim: true}, {Name: "law of a crash", Low: 20, High: 40}, {Name: "law of a graceful stop", Low: 0, High: 10}}
	ser := []Series{{"crash: network cut, no LeaveGroup", crash}, {"graceful: Close, LeaveGroup", graceful}, {"pause: the process stops for 60 s", pause}}
	save := func(n string, c *Chart) {
		if err := c.Save(dir, n); err != nil {
			t.Fatal(err)
		}
	}
	save("cdf", CDF("Rebalance latency by cause: 20 members, 4 partitions, session 30 s, heartbeat 10 s", "from the stop of an owner until every partition has one", ser, laws))
	save("cdf3", CDF("Rebalance latency by cause", "from the stop of an owner until every partition has one", ser, laws[:3]))
	save("cdfsmall", CDF("Real Kafka 4.3.1, 12 runs", "latency (s)", []Series{{"crash", []float64{4.4, 4.5, 4.6, 4.9, 5, 5.1, 5.1, 5.2, 5.3, 5.5, 5.6, 5.8}}, {"never some", []float64{4.8, 5.5, 7, math.Inf(1)}}, {"none", nil}}, []Law{{"law", 4, 8, false}, {"session timeout", 6, 6, true}}))
	save("empty", CDF("Nothing yet", "latency", nil, nil))
	save("emptylaws", CDF("Nothing yet", "latency", []Series{{"crash", nil}}, laws))
	var many []Series
	for i := range 12 {
		v := []float64{}
		for range 3000 {
			v = append(v, float64(i)*.02+.2*r.Float64())
		}
		many = append(many, Series{fmt.Sprintf("series %d", i), v})
	}
	save("many", CDF("Twelve", "pause", many, []Law{{"a", .2, .2, false}, {"b", .21, .21, false}, {"c", .22, .22, false}, {"a much longer law name here", .4, .4, false}, {"another rather long law", .41, .41, false}}))
	rows := []DuplicateRow{}
	causes := []string{"crash", "graceful", "pause"}
	sc := []string{"B09 owner of a partition stops", "C14 crash before commit", "A07 snapshot of the committed offset", "E06 offset of the last message read", "D09 release when a checkpoint aborts", "C04 auto-commit every 5 s", "E25 StartFromEarliest"}
	for i, s := range sc {
		for j, c := range causes {
			if len(rows) == 20 {
				break
			}
			l := r.IntN(60) * ((i + j) % 4)
			o := r.IntN(l + 1)
			if i == 2 || i == 4 && j > 0 {
				o = l + 20 + r.IntN(50)
			}
			if i == 5 {
				l = -1
			}
			rows = append(rows, DuplicateRow{s, c, o, l})
		}
	}
	save("dup", Duplicates("Duplicates against the legal bound, per scenario and cause", rows))
	rows[3].Observed = 85400
	rows[4].Legal = 123000
	save("duplog", Duplicates("Duplicates, wide range", rows))
	save("dupfew", Duplicates("Three", []DuplicateRow{{"B09", "", 3, 5}, {"C14", "", 0, 0}, {"E06", "", 2, 1}}))
	save("dupempty", Duplicates("Three", nil))
}
