package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/sim"
)

// C04: ways to commit, and where a crash strikes. One partition, polls of six
// records; m1 owns it, and is struck at the fifteenth poll's third record, or
// at another step of that poll's life. m2 takes over. What every cell must
// show was worked out by hand, and stands in modes.

// MatrixDiffers: a cell of the matrix of C04 is not what it must be.
const MatrixDiffers = "matrix-differs"

// crashStep is where the crash strikes.
type crashStep struct {
	name  string
	crash bool // m1 dies; else m2 just joins
	plan  func(*scenarios.Planner)
}

const (
	matrixTick  = time.Second      // in which a poll's records come
	matrixCount = 20 * matrixBatch // records in all
	struckPoll  = 14 * matrixBatch // the first offset of the poll that is struck
	struckAt    = struckPoll + 2   // the third record of it
	firstAfter  = struckPoll + matrixBatch
)

// crashSteps are the columns, in the order of a poll's life. In the simulated
// world a commit that is sent as the process dies goes down with its connection;
// had it arrived, all would be as if it had been answered.
func crashSteps() []crashStep {
	on := func(kind model.Kind, offset int64) func(*scenarios.Planner) {
		return func(p *scenarios.Planner) {
			startBoth(p)
			p.When(func() func(*model.Event) bool {
				return func(e *model.Event) bool { return e.Kind == kind && e.From <= offset && offset < e.To }
			}, sim.Crash, "m1")
		}
	}
	return []crashStep{
		{"before the poll's end", true, crashInPoll},
		{"after the poll", true, on(model.Polled, struckPoll)},
		{"mid-batch", true, on(model.Processed, struckAt)},
		{"all processed", true, on(model.Processed, firstAfter-1)},
		{"commit sent", true, crashOnCommit(model.Commit)},
		{"commit answered", true, crashOnCommit(model.CommitDone)},
		{"in the revocation", true, crashInRevocation},
		{"rebalance, no crash", false, secondJoins},
	}
}

// Two of the columns, the second the first in which the group rebalances.
const (
	commitSent   = 4
	inRevocation = 6
)

// startBoth starts m1, whose assignment and auto-commit begin at any phase of
// the load, and m2 in time for the same generation. That is early enough for
// m1 to have caught up, and auto-commit to have come round, when m1 is struck.
func startBoth(p *scenarios.Planner) {
	at := p.Draw("start", 1, time.Second)
	p.At(at, sim.Start, "m1")
	p.At(at+p.Draw("start", 2, time.Second), sim.Start, "m2")
}

// secondJoins starts m2 in the middle of the poll that is struck.
func secondJoins(p *scenarios.Planner) {
	p.At(p.Draw("start", 1, time.Second), sim.Start, "m1")
	p.When(func() func(*model.Event) bool {
		return func(e *model.Event) bool {
			return e.Kind == model.Processed && e.From <= struckAt && struckAt < e.To
		}
	}, sim.Start, "m2")
}

// crashInPoll strikes while m1 waits for the fifteenth second's records: those of
// the second before have long been worked on.
func crashInPoll(p *scenarios.Planner) {
	startBoth(p)
	p.At(matrixTick*(struckPoll/matrixBatch+1)-10*time.Millisecond, sim.Crash, "m1")
}

// crashOnCommit strikes at the first commit, or end of one, after the poll.
func crashOnCommit(kind model.Kind) func(*scenarios.Planner) {
	return func(p *scenarios.Planner) {
		startBoth(p)
		p.When(func() func(*model.Event) bool {
			polled, called := false, false
			return func(e *model.Event) bool {
				if e.Client != "m1" {
					return false
				}
				polled = polled || e.Kind == model.Polled && e.To > struckPoll
				called = called || polled && e.Kind == model.Commit
				return called && e.Kind == kind
			}
		}, sim.Crash, "m1")
	}
}

// crashInRevocation strikes as m1 hears that it must give up its partition.
func crashInRevocation(p *scenarios.Planner) {
	secondJoins(p)
	p.When(func() func(*model.Event) bool {
		return func(e *model.Event) bool {
			return e.Kind == model.Revoked && e.Client == "m1" && len(e.Partitions) > 0
		}
	}, sim.Crash, "m1")
}

// crashCell is what must come of a crash: how many records are lost, how many
// are processed twice; at least and at most.
type crashCell struct {
	lost, again [2]int64
	noCommit    bool // no such step: the mode does not commit there
}

// The kinds of cells; upTo is for what depends on when commits and heartbeats
// fall.
var (
	noHarm   = crashCell{}
	noCommit = crashCell{noCommit: true}
)

func loses(n int64) crashCell           { return crashCell{lost: [2]int64{n, n}} }
func repeats(n int64) crashCell         { return crashCell{again: [2]int64{n, n}} }
func repeatsFrom(n, to int64) crashCell { return crashCell{again: [2]int64{n, to}} }
func upTo(lost, again int64) crashCell {
	return crashCell{lost: [2]int64{0, lost}, again: [2]int64{0, again}}
}

// or is what may come of the one or of the other.
func (c crashCell) or(o crashCell) crashCell {
	join := func(a, b [2]int64) [2]int64 { return [2]int64{min(a[0], b[0]), max(a[1], b[1])} }
	return crashCell{lost: join(c.lost, o.lost), again: join(c.again, o.again)}
}

const onRevocationOnly = "on revocation only"

// commitMode is a way to commit, and its row of the matrix.
type commitMode struct {
	name    string
	auto    bool
	handler func(scenarios.Env) scenarios.Handler
	cells   [8]crashCell // by step
	// What differs in the last two where callbacks may run beside the work:
	// franz-go without BlockRebalanceOnPoll.
	beside [2]crashCell
}

// autoWindow is what may have been processed since the last auto-commit: the
// records of an interval, of the tick until the poll after it, and of the poll
// that is struck.
const autoWindow = (5 + 1 + 1) * matrixBatch

func commitModes() []commitMode {
	const b, k, all = matrixBatch, struckAt - struckPoll + 1, struckPoll
	const late = 4 * b // polled until m1 hears of the rebalance
	auto, queue := upTo(0, autoWindow), upTo(b, autoWindow)
	return []commitMode{
		{"auto", true, commitNothing,
			[8]crashCell{auto, auto, auto, auto, auto, upTo(0, b), auto, noHarm}, [2]crashCell{auto, upTo(0, b)}},
		{"auto, work queued", true, workFromQueue,
			[8]crashCell{queue, queue, queue, queue, queue, upTo(b, 0), queue, noHarm}, [2]crashCell{queue, upTo(b, b)}},
		{"after the poll", false, commitAfterPoll,
			[8]crashCell{noHarm, noHarm, loses(b - k), noHarm, noHarm, loses(b), noHarm, noHarm}, [2]crashCell{upTo(b, 0), noHarm}},
		{"before each record", false, commitBeforeEach,
			[8]crashCell{noHarm, noHarm, noHarm, noHarm, noHarm, loses(1), noHarm, noHarm}, [2]crashCell{upTo(1, 1), upTo(0, b)}},
		{"after the batch", false, commitAfterBatch,
			[8]crashCell{noHarm, noHarm, repeats(k), repeats(b), repeats(b), noHarm, noHarm, noHarm}, [2]crashCell{upTo(0, b), upTo(0, b)}},
		{"after each record", false, commitAfterEach,
			[8]crashCell{noHarm, noHarm, repeats(1), repeats(1), repeats(1), noHarm, noHarm, noHarm}, [2]crashCell{upTo(0, 1), upTo(0, b)}},
		{"async after the batch", false, commitAsync,
			[8]crashCell{noHarm, noHarm, repeats(k), repeats(b), repeats(b), noHarm, upTo(0, b), upTo(0, b)}, [2]crashCell{upTo(0, b), upTo(0, b)}},
		{"async, sync on revocation", false, commitAsyncAndOnRevoke,
			[8]crashCell{noHarm, noHarm, repeats(k), repeats(b), repeats(b), noHarm, upTo(0, b), noHarm}, [2]crashCell{upTo(0, b), upTo(0, b)}},
		{onRevocationOnly, false, commitOnRevoke,
			[8]crashCell{repeats(all + b), repeats(all), repeats(all + k), repeats(all + b), noCommit, noCommit, repeatsFrom(all+k, all+late), noHarm},
			[2]crashCell{repeatsFrom(all+k, all+late), upTo(0, b)}},
	}
}

// want is a cell of the matrix for one kind of client. Java's auto-commit has
// committed before its revocation begins (onJoinPrepare); kgo's does in it.
func (m *commitMode) want(step int, profile client.Profile, block bool) crashCell {
	switch {
	case step < inRevocation:
		return m.cells[step]
	case !block && profile == client.Franz:
		return m.beside[step-inRevocation]
	case m.auto && profile == client.Java:
		return upTo(m.cells[step].lost[1], 0)
	}
	return m.cells[step]
}

// commitMatrix makes the scenarios of C04: the matrix for each kind of client.
func commitMatrix() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, c := range []struct {
		name, title string
		profile     client.Profile
		block       bool
	}{
		{"C04-franz", "ways to commit × where a crash strikes: franz-go", client.Franz, false},
		{"C04-franz-blocked", "ways to commit × where a crash strikes: franz-go with BlockRebalanceOnPoll", client.Franz, true},
		{"C04-java", "ways to commit × where a crash strikes: Java", client.Java, false},
	} {
		s := &scenarios.Scenario{Name: c.name, Title: c.title, Refs: []string{"C04", "C12"}, Expect: scenarios.Hold, Claims: commitClaims()}
		for _, m := range commitModes() {
			for i, at := range crashSteps() {
				want := m.want(i, c.profile, c.block)
				if want.noCommit {
					continue
				}
				one := scenarios.Case{Row: m.name, Column: at.name, Runs: 2, Spec: matrixSpec(m, at, want, c.profile, c.block)}
				// What comes again of the whole reading depends on how long it was: the
				// cells of commits on revocation only have numbers of these times alone.
				if c.profile == client.Franz && !m.auto && m.name != onRevocationOnly {
					there := want
					if i == commitSent { // it may have been taken
						there = want.or(m.cells[i+1])
					}
					one.OnKafka = func() scenarios.Spec { return onKafka(matrixSpec(m, at, there, c.profile, c.block)) }
				}
				s.Cases = append(s.Cases, one)
			}
		}
		out = append(out, s)
	}
	return out
}

func matrixSpec(m commitMode, at crashStep, want crashCell, profile client.Profile, block bool) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 1}}, Group: scenarios.Classic("order-service", assignor.Range), Members: 2,
		Handler: m.handler,
		Load:    scenarios.Load{Count: matrixCount, Pattern: "customer-%d", Keys: 12, PerTick: matrixBatch, Every: matrixTick},
		Client: scenarios.ClientConfig{Profile: profile, SessionTimeout: 6 * time.Second, HeartbeatInterval: 2 * time.Second,
			RebalanceTimeout: 30 * time.Second, MaxPollRecords: matrixBatch, BlockRebalanceOnPoll: block, AutoCommit: m.auto, Reset: client.Earliest},
		Promise: scenarios.Promise{}.
			Forbidding("what is lost and what comes again is what the matrix says", MatrixDiffers).
			Forbidding("one entitled owner", model.DualEntitlement, model.ZombieCommitAccepted).
			Forbidding("settles", scenarios.NotSettled, scenarios.HandlerPanic, scenarios.HandlerDiverges),
		Warmup: 3 * time.Second, Faulty: 30 * time.Second,
		Script: at.plan,
		Gauges: []scenarios.Gauge{gauges.Lost(), gauges.Repeats()},
		Assert: func(o *scenarios.Outcome) []scenarios.Finding { return matrixFindings(o, at, want) },
	}
}

// matrixFindings compares a run with its cell. A run in which nobody was
// struck shows nothing, and is told.
func matrixFindings(o *scenarios.Outcome, at crashStep, want crashCell) []scenarios.Finding {
	var out []scenarios.Finding
	differs := func(format string, args ...any) {
		out = append(out, scenarios.Finding{Name: MatrixDiffers, Text: fmt.Sprintf(format, args...)})
	}
	if at.crash && !o.Course.Hit("m1", 0) {
		differs("m1 was not struck %s", at.name)
	}
	check := func(what string, got int64, want [2]int64) {
		if got < want[0] || got > want[1] {
			differs("%d records were %s, must be %s", got, what, lowToHigh(want))
		}
	}
	check("lost", o.Number("lost")[0], want.lost)
	check("processed again", o.Number("processed again")[0], want.again)
	return out
}

func lowToHigh(s [2]int64) string {
	if s[0] == s[1] {
		return fmt.Sprint(s[0])
	}
	return fmt.Sprintf("%d to %d", s[0], s[1])
}

// commitClaims are what is said of auto-commit and of committing by hand.
func commitClaims() []scenarios.Claim {
	rule := func(ok bool, yes, no scenarios.Ruling, format string, args ...any) (scenarios.Ruling, string) {
		if ok {
			return yes, fmt.Sprintf(format, args...)
		}
		return no, fmt.Sprintf(format, args...)
	}
	return []scenarios.Claim{
		{Ref: "C04", Text: "auto-commit commits what earlier polls gave, and never the poll under way", Expect: scenarios.Confirmed,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				lost, again := worst(r, "auto")
				return rule(lost == 0, scenarios.Confirmed, scenarios.Refuted,
					"a loop that works on each poll before the next loses %d records wherever it is struck; up to %d come again, an interval's worth", lost, again)
			}},
		{Ref: "C12", Text: "auto-commit is at-least-once", Expect: scenarios.Qualified,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				lost, _ := worst(r, "auto, work queued")
				return rule(lost > 0, scenarios.Qualified, scenarios.Confirmed,
					"only where a poll's work is done before the next poll: handed to a queue, up to %d of a poll's %d records are committed and lost", lost, matrixBatch)
			}},
		{Ref: "C12", Text: "committing by hand, after the work, loses nothing and repeats at most what is not committed", Expect: scenarios.Confirmed,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				lostBatch, batch := worst(r, "after the batch")
				lostEach, each := worst(r, "after each record")
				return rule(lostBatch+lostEach == 0 && batch <= matrixBatch && each <= matrixBatch, scenarios.Confirmed, scenarios.Refuted,
					"0 lost; up to %d again when a batch is committed, up to %d when each record is", batch, each)
			}},
		{Ref: "C04", Text: "committing before the work loses what a crash interrupts", Expect: scenarios.Confirmed,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				batch, _ := worst(r, "after the poll")
				each, _ := worst(r, "before each record")
				return rule(batch == matrixBatch && each == 1, scenarios.Confirmed, scenarios.Refuted,
					"up to %d lost when a poll is committed, %d when each record is", batch, each)
			}},
	}
}

// worst is the most that any step cost a way to commit.
func worst(r *scenarios.Result, row string) (lost, again int64) {
	for _, c := range r.Cases {
		if c.Row == row {
			lost, again = max(lost, c.Measure("lost").Max), max(again, c.Measure("processed again").Max)
		}
	}
	return lost, again
}
