package library

import (
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/signs"
)

// Gallery are all exhibits: those that lose records first, then those that do
// work twice or out of order, those that commit what is not theirs, and those
// that keep the group from its work.
func Gallery() []Exhibit {
	var out []Exhibit
	for _, hall := range [][]Exhibit{lossExhibits(), repeatExhibits(), commitExhibits(), blockExhibits()} {
		out = append(out, hall...)
	}
	return out
}

// javaClient is Java's consumer with the session of the others.
var javaClient = scenarios.ClientConfig{Profile: client.Java, Reset: client.Earliest, SessionTimeout: 10 * time.Second, HeartbeatInterval: 3 * time.Second,
	MaxPollInterval: 20 * time.Second, MaxPollRecords: 10}

func lossExhibits() []Exhibit {
	lost := exhibitSpec(mishapCrash)
	lost.Promise = lost.Promise.Forbidding("records are not lost on the way", signs.LostInCrash, signs.LostInHole,
		signs.LostAtRevoke, signs.LostAtRebalance, signs.LostWhileOwned)
	lost.Gauges = []scenarios.Gauge{signs.HowLost}
	auto := exhibitSpec(mishapCrash)
	auto.Client.AutoCommit, auto.Client.AutoCommitInterval = true, time.Second
	batches := lost
	batches.Group, batches.Script = cooperativeGroup, mishaps(mishapLeave, allMishaps...)
	came := batches
	came.Members, came.Script = 3, twoRounds
	came.Topics = []scenarios.Topic{{Name: "orders", Partitions: 6}}
	came.Load.Count, came.Load.PerTick, came.Load.Every = 400, 6, 400*time.Millisecond
	seeks := exhibitSpec(mishapCrash)
	seeks.Promise = seeks.Promise.Forbidding("nobody seeks beyond what is not done", signs.SoughtOver)
	seeks.Client, seeks.Gauges = javaClient, []scenarios.Gauge{signs.Sought}
	parallel := lost
	parallel.Load.Count, parallel.Load.PerTick = 84, 12
	return []Exhibit{
		{Name: "hand-off", Threads: []int{1}, Anomaly: model.CommitAheadOfProcessing, Wrong: "hand-off", Right: "process-only",
			Title: "auto-commit takes what a worker has yet to do for done", Spec: auto},
		{Name: "commit-first", Threads: []int{32}, Anomaly: signs.LostInCrash, Wrong: "commit-then-process", Right: "process-then-commit",
			Title: "commits before processing", Spec: lost},
		{Name: "highest-done", Threads: []int{59}, Anomaly: signs.LostInHole, Wrong: "highest-done", Right: "lowest-open",
			Title: "parallel workers commit the highest offset done", Spec: parallel},
		{Name: "batcher-window", Threads: []int{21}, Anomaly: signs.LostAtRevoke, Wrong: "batcher-window", Right: "batcher",
			Title: "commits what is in the batcher as partitions are revoked", Spec: batches},
		{Name: "stale-revoked", Threads: []int{28}, Anomaly: signs.LostAtRebalance, Wrong: "stale-revoked", Right: "fresh-revoked",
			Title: "clears buffers by an old list of what was revoked", Spec: came},
		{Name: "saves-ahead", Threads: []int{32}, Anomaly: signs.SoughtOver, Wrong: "saves-ahead", Right: "saves-behind",
			Title: "saves its positions before the work is done, and seeks there", Spec: seeks},
		{Name: "skip-on-error", Threads: []int{30, 65}, Anomaly: signs.LostWhileOwned, Wrong: "skip-on-error", Right: "retry-record",
			Title: "goes on after an error, and commits over it", Spec: lost},
		{Name: "flush-when-full", Threads: []int{6, 26}, Anomaly: model.LostRecord, Wrong: "flush-when-full", Right: "batcher",
			Title: "leaves the last records in a batch that is never full", Spec: exhibitSpec(mishapCrash)},
	}
}

func repeatExhibits() []Exhibit {
	after := exhibitSpec(mishapLeave)
	after.Promise = after.Promise.NoCommitAfterRevoke().NoProcessingAfterRevoke()
	back := after
	back.Script = comingAndGoing
	keys := exhibitSpec(mishapCrash)
	keys.Promise = keys.Promise.Forbidding("records of one key keep their order", model.PerKeyOrder)
	flight := exhibitSpec(mishapLeave)
	flight.Promise = flight.Promise.Forbidding("what is in work is finished before it is given up", signs.RedoneInFlight)
	flight.Gauges, flight.Script = []scenarios.Gauge{signs.InFlight}, comingAndGoing
	flight.Client.BlockRebalanceOnPoll, flight.Client.MaxPollRecords = false, 1
	flight.Topics, flight.Load.Count = []scenarios.Topic{{Name: "orders", Partitions: 6}}, 64
	flight.Load.PerTick = 2
	at500 := map[string]string{"work": "500ms"}
	byClock := exhibitSpec(mishapLeave)
	byClock.Promise = byClock.Promise.Forbidding("what is done is committed before it is given up", signs.UncommittedRevoke)
	byClock.Gauges, byClock.Script = []scenarios.Gauge{signs.Uncommitted}, mishaps(mishapLeave, mishapLeave)
	rest := exhibitSpec(mishapCrash)
	rest.Promise = rest.Promise.Forbidding("at rest all is committed", CommitBehindAtRest)
	rest.Assert = behindAtRest
	return []Exhibit{
		{Name: "buffer-kept", Threads: []int{3, 23}, Anomaly: model.ProcessingAfterRevoke, Wrong: "buffer-kept", Right: "buffer-dropped",
			Title: "works off its buffer after the partitions were revoked", Spec: after},
		{Name: "stale-queue", Threads: []int{17, 20}, Anomaly: model.RewindBeyondCommit, Wrong: "stale-queue", Right: "buffer-dropped",
			Title: "works off what an earlier assignment left in the queue", Spec: back},
		{Name: "retry-batch", Threads: []int{30}, Anomaly: model.ReprocessedWithinOwnership, Wrong: "retry-batch", Right: "retry-record",
			Title: "does a whole batch again for one record", Spec: exhibitSpec(mishapCrash)},
		{Name: "lanes-in-turn", Threads: []int{20}, Anomaly: model.PerKeyOrder, Wrong: "lanes-in-turn", Right: "lanes-by-key",
			Title: "parallel lanes by turns break the order of keys", Spec: keys},
		{Name: "in-flight", Threads: []int{24, 25}, Anomaly: signs.RedoneInFlight, Wrong: "in-flight", Right: "interruptible", With: at500, RightWith: at500,
			Kafka: true, Title: "a revocation does not wait for the record in work", Spec: flight},
		{Name: "commit-by-interval", Threads: []int{29}, Anomaly: signs.UncommittedRevoke, Wrong: "commit-by-interval", Right: "interval-and-revoke",
			Kafka: true, Title: "commits by the clock alone, and gives partitions up as they are", Spec: byClock},
		{Name: "commit-last", Anomaly: CommitBehindAtRest, Wrong: "commit-last-offset", Right: "process-then-commit",
			Title: "commits the last offset instead of the next", Spec: rest},
	}
}

func commitExhibits() []Exhibit {
	own := exhibitSpec(mishapLeave)
	own.Promise = own.Promise.NoCommitAfterRevoke().MonotoneCommits().Forbidding("nobody commits for others", signs.ForeignCommit)
	own.Gauges = []scenarios.Gauge{signs.Foreign}
	late := exhibitSpec(mishapInCommit)
	late.Promise = late.Promise.MonotoneCommits().Forbidding("commits take effect in their order", signs.CommitOvertaken)
	late.Client = javaClient
	late.Gauges = []scenarios.Gauge{signs.Overtaken}
	stood := own
	stood.Script, stood.Load.PerTick = mishaps(mishapPause, mishapPause), 12
	return []Exhibit{
		{Name: "late-mark", Threads: []int{14, 22}, Anomaly: model.CommitAfterRevoke, Wrong: "late-mark", Right: "mark-in-time",
			Title: "marks records when their partitions are revoked already", Spec: own},
		{Name: "outlives-session", Threads: []int{15, 16}, Anomaly: model.CommitAfterLost, Wrong: "outlives-session", Right: "mark-in-time",
			Title: "commits for a session that is over", Spec: stood},
		{Name: "never-forgets", Threads: []int{18}, Anomaly: signs.ForeignCommit, Wrong: "never-forgets", Right: "forgets",
			Title: "commits positions of past generations, in partitions that others have", Spec: own},
		{Name: "saved-commit", Threads: []int{30}, Anomaly: model.CommitRegression, Wrong: "saved-commit", Right: "process-then-commit",
			Kafka: true, Title: "sends a refused commit again, after higher ones", Spec: stood},
		{Name: "async-retry", Threads: []int{30}, Anomaly: signs.CommitOvertaken, Wrong: "async-retry", Right: "async-once",
			Title: "sends asynchronous commits again that failed, after later ones", Spec: late},
	}
}

func blockExhibits() []Exhibit {
	waits := exhibitSpec(mishapLeave)
	waits.Promise = waits.Promise.NoCommitAfterRevoke().Forbidding("the group waits for it", signs.DrainExceeded)
	waits.Gauges, waits.Script = []scenarios.Gauge{signs.Drained}, mishaps(mishapLeave, mishapLeave)
	waits.Client.RebalanceTimeout, waits.Client.HeartbeatInterval = 5*time.Second, time.Second
	waits.Load.Count, waits.Load.PerTick, waits.Load.Every = 140, 6, 600*time.Millisecond
	waits.Faulty = 40 * time.Second
	quick := exhibitSpec(mishapLeave)
	quick.Promise = quick.Promise.Forbidding("a rebalance waits for one record at most", signs.BlockedByMember)
	quick.Script, quick.Assert = mishaps(mishapLeave, mishapLeave), blockedByMember(400*time.Millisecond)
	quick.Client.MaxPollRecords = 100
	quick.Load.PerTick = 30
	none := time.Duration(0)
	quick.Broker.InitialRebalanceDelay = &none // else a group that was empty waits for others
	restores := exhibitSpec(mishapLeave)
	restores.Client = scenarios.ClientConfig{Profile: client.Java, Reset: client.Earliest, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
		MaxPollInterval: 6 * time.Second, MaxPollRecords: 20}
	restores.Promise = restores.Promise.Forbidding("what is assigned is begun", signs.Thrashing)
	restores.Gauges, restores.Script = []scenarios.Gauge{signs.Thrashes}, mishaps(mishapLeave, mishapLeave)
	at400 := map[string]string{"work": "400ms"}
	return []Exhibit{
		{Name: "drain-all", Threads: []int{27, 31}, Anomaly: signs.DrainExceeded, Wrong: "drain-all", Right: "drain-budget",
			With: map[string]string{"work": "150ms"}, RightWith: map[string]string{"work": "150ms", "budget": "1s"},
			Title: "drains for longer than a rebalance waits", Spec: waits},
		{Name: "slow-batch", Threads: []int{5, 41}, Anomaly: signs.BlockedByMember, Wrong: "slow-batch", Right: "interruptible", With: at400, RightWith: at400,
			Title: "all others wait for the end of its batch", Spec: quick,
			Twin: func(s *scenarios.Spec) { s.Client.BlockRebalanceOnPoll = false }},
		{Name: "retry-for-ever", Threads: []int{5}, Anomaly: scenarios.NotSettled, Wrong: "retry-for-ever", Right: "dead-letter",
			Title: "a record that cannot succeed holds the group up", Spec: exhibitSpec(mishapCrash)},
		{Name: "restore-at-once", Threads: []int{37, 42}, Anomaly: signs.Thrashing, Wrong: "restore-at-once", Right: "restore-in-steps",
			Title: "loads state for longer than the poll interval, over and over", Spec: restores},
	}
}
