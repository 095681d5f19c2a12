package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/scenarios/signs"
	"github.com/groundhogsim/groundhog/sim"
)

// Exhibits in the sizes that users reported.

// gallerySizes are thread 21, in which seven revoked partitions lost a
// batcher's window each, 10,433 records in all, and thread 24: 5,000 records of
// up to 500 ms, and six done twice.
func gallerySizes() []*scenarios.Scenario {
	window := &scenarios.Scenario{Name: "C07-batcher-window-10433", Refs: []string{"C07", "thread-21"}, Expect: scenarios.Hold,
		Title: "half of fourteen partitions is revoked from a batcher with open windows",
		Cases: []scenarios.Case{
			{Row: "commits what it took in", Expect: scenarios.Fail, Anomaly: signs.LostAtRevoke, Spec: windowSpec(handlers.BatcherWindow(1 << 20))},
			{Row: "writes, then commits", Spec: windowSpec(handlers.Batcher(1 << 20))},
		},
		Claims: []scenarios.Claim{{Ref: "thread-21", Text: "a cooperative rebalance took seven partitions, each lost one batcher window: 10,433 messages",
			Expect: scenarios.Confirmed, After: 2, Judge: judgeWindow}},
	}
	flight := &scenarios.Scenario{Name: "C07-in-flight-5000", Refs: []string{"C07", "thread-24"}, Expect: scenarios.Hold,
		Title: "5,000 records of 500 ms while six members become twelve",
		Cases: []scenarios.Case{
			{Row: "lets revocations pass", Expect: scenarios.Fail, Anomaly: model.ProcessingAfterRevoke, Runs: 2, Spec: flightSpec(handlers.InFlight(500 * time.Millisecond))},
			{Row: "finishes what is in work", Runs: 2, Spec: flightSpec(handlers.Interruptible(500 * time.Millisecond))},
		},
		Claims: []scenarios.Claim{{Ref: "thread-24", Text: "5,000 messages, cooperative, committed by hand, up to 500 ms each: six of them came twice",
			Expect: scenarios.Qualified, After: 4, Judge: judgeFlight}},
	}
	return []*scenarios.Scenario{window, flight}
}

// windowLoad is so many records that 10,433 of them are in the seven
// partitions that go.
const windowLoad = 20729

func windowSpec(h handlers.Kind) scenarios.Spec {
	s := exhibitSpec(mishapLeave)
	s.Topics, s.Group, s.Handler = []scenarios.Topic{{Name: "orders", Partitions: 14}}, cooperativeGroup, h
	s.Load = scenarios.Load{Count: windowLoad, Pattern: "customer-%d", Keys: 2000, PerTick: 500, Every: 100 * time.Millisecond}
	s.Client.HeartbeatInterval, s.Client.MaxPollRecords = 300*time.Millisecond, 1000
	none := time.Duration(0)
	s.Broker.InitialRebalanceDelay = &none
	s.Promise = s.Promise.Forbidding("records are not lost on the way", signs.LostAtRevoke)
	s.Gauges = []scenarios.Gauge{signs.HowLost, windowsLost}
	s.Warmup, s.Faulty = 4*time.Second, 6*time.Second
	s.Script = func(p *scenarios.Planner) {
		p.At(0, sim.Start, "m1")
		p.At(4300*time.Millisecond, sim.Start, "m2") // right after the last record: nothing is written for being idle
	}
	return s
}

// windowsLost is how many partitions lost what a batcher held of them.
var windowsLost = scenarios.Reading("windows lost", "partitions", func(o *scenarios.Outcome) []int64 {
	lost := map[scenarios.Partition]bool{}
	for _, f := range o.Findings {
		if f.Name == signs.LostAtRevoke {
			lost[f.TopicPartition] = true
		}
	}
	return []int64{int64(len(lost))}
})

func judgeWindow(r *scenarios.Result) (scenarios.Ruling, string) {
	wrong, right := r.Cases[0], r.Cases[1]
	windows := wrong.Measure(windowsLost.Name).Sum
	text := fmt.Sprintf("%d records of %d lost in %d partitions that were given up; %d where windows are written first", wrong.Lost, windowLoad, windows, right.Lost)
	if wrong.Lost == 10433 && windows == 7 && right.Lost == 0 {
		return scenarios.Confirmed, text
	}
	return scenarios.Refuted, text
}

func flightSpec(h handlers.Kind) scenarios.Spec {
	s := exhibitSpec(mishapLeave)
	s.Topics, s.Group, s.Handler, s.Members = []scenarios.Topic{{Name: "orders", Partitions: 12}}, cooperativeGroup, h, 12
	s.Client.BlockRebalanceOnPoll, s.Client.MaxPollRecords = false, 1
	s.Load = scenarios.Load{Count: 5000, Pattern: "customer-%d", Keys: 600, PerTick: 20, Every: time.Second}
	s.Promise = s.Promise.NoProcessingAfterRevoke()
	s.Gauges = []scenarios.Gauge{finishedLate}
	s.Faulty = 4 * time.Minute
	s.Script = func(p *scenarios.Planner) {
		for i := range 12 {
			at := p.Draw("start", i, time.Second)
			if i >= 6 { // one after the other
				at += 10*time.Second + time.Duration(i-6)*20*time.Second
			}
			p.At(at, sim.Start, fmt.Sprintf("m%d", i+1))
		}
	}
	return s
}

// finishedLate is how many records were finished by members that had given
// them up.
var finishedLate = scenarios.Reading("finished late", "records", func(o *scenarios.Outcome) []int64 {
	return []int64{int64(o.Report.Counts[model.ProcessingAfterRevoke])}
})

func judgeFlight(r *scenarios.Result) (scenarios.Ruling, string) {
	wrong, right := r.Cases[0], r.Cases[1]
	late := wrong.Measure(finishedLate.Name).Sum
	text := fmt.Sprintf("in %d runs of 5,000 and %d rebalances %d records were finished after they had been given up, and %d came twice, their next owners having begun before the late commits; %d where the callback waits for the record in work",
		wrong.Runs, wrong.Rebalances, late, wrong.Duplicates, right.Duplicates)
	// No more than the one in work, of each of twelve members in each rebalance.
	// How many of these come twice is luck, and the six of the report were.
	if late > 0 && late <= int64(12*wrong.Rebalances) && wrong.Duplicates <= late && right.Duplicates == 0 {
		return scenarios.Qualified, text
	}
	return scenarios.Refuted, text
}
