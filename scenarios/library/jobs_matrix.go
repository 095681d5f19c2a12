package library

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// Anomalies of the crash-point matrix.
const (
	PointMissed = "point-missed" // nothing was struck, or not where the case says
	CellDiffers = "cell-differs" // a strike does not do what the case says
)

// jobsMatrix has every crash point × everybody who can crash there, for jobs of
// all kinds; and the tables that are made of crashes.
func jobsMatrix() []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, m := range crashMatrices() {
		out = append(out, m.scenario())
	}
	return append(out, comparison(), endToEnd(), deliveries())
}

// crashMatrix is one kind of job, struck at every point by everybody.
type crashMatrix struct {
	name, title string
	of          func(*scenarios.Spec)
	promise     scenarios.Promise
	script      func(*scenarios.Planner, *crashMatrix) // besides the strike; nil: nothing
	points      []crashPoint
	before      int64 // the checkpoint that is complete when the points begin
	target      int64 // the one that they are of
	commits     int   // of the struck source, up to that for the target
	beside      string
	skew        time.Duration // by which the other TaskManager's barriers are late
	// repeats tells whether records must come to be in the state twice, given
	// how often the job was restarted.
	repeats func(at crashPoint, role crashRole, restarts int64) repeating
	says    scenarios.Claim // what the matrix as a whole shows
}

func crashMatrices() []*crashMatrix {
	all := slices.Concat(crashPoints(), restorePoints())
	const late = 300 * time.Millisecond // several batches of the first one
	once := scenarios.ExactlyOnceEndToEnd().CommitsFollowCheckpoints()
	forward := func(s *scenarios.Spec) { s.Job.Forward, s.Job.RestartRegions = true, true }
	return []*crashMatrix{
		{name: "keyed", title: "exactly-once, records go where their keys belong", points: all, before: 2, target: 3, commits: 3,
			of: func(*scenarios.Spec) {}, promise: once, skew: late, repeats: never, says: holdsOnce},
		{name: "forward", title: "exactly-once, each source feeds its own slot, only what failed restarts", points: all, before: 2, target: 3, commits: 3,
			of: forward, promise: once, skew: late, repeats: never, says: holdsOnce},
		{name: "at-least-once", title: "barriers are not aligned, operators have two inputs", points: all, before: 2, target: 3, commits: 3,
			of: func(s *scenarios.Spec) { s.Job.Mode = checkpoint.AtLeastOnce }, promise: scenarios.AtLeastOnceState(), skew: late,
			repeats: whenRestarted, says: repeatsSome("without alignment a restart repeats what barriers that came late let through", scenarios.Confirmed)},
		{name: "at-least-once-forward", title: "barriers are not aligned, operators have one input", points: crashPoints(), before: 2, target: 3, commits: 3,
			of: func(s *scenarios.Spec) { s.Job.Mode = checkpoint.AtLeastOnce; forward(s) }, promise: once, skew: late, repeats: never, says: holdsOnce},
		{name: "by-group", title: "the group decides who reads what, only what failed restarts", points: all, before: 2, target: 3, commits: 3,
			of:      byGroup,
			promise: scenarios.Promise{}.Forbidding("nothing lost from state", model.LostFromState).Forbidding("settles", scenarios.NotSettled),
			skew:    late, repeats: whenAlone, says: repeatsSome("Kafka's own consumer group can hand out the partitions of a job that checkpoints", scenarios.Refuted)},
		{name: "concurrent", title: "exactly-once, two checkpoints at a time", points: crashPoints(), before: 2, target: 5, commits: 5, beside: "periodic",
			of: func(s *scenarios.Spec) {
				s.Job.MaxConcurrent, s.Job.Interval, s.Job.Storage.Write = 2, 300*time.Millisecond, 260*sim.Millisecond
			}, promise: once, skew: 150 * time.Millisecond, repeats: never, says: holdsOnce},
		{name: "savepoint", title: "exactly-once, a savepoint is under way", points: crashPoints(), before: 2, target: 4, commits: 3, beside: model.CauseSavepoint,
			of:      func(s *scenarios.Spec) { s.Job.Interval, s.Load.Count = time.Second, 280 }, // the savepoint has the next id
			promise: once, script: askForSavepoint, skew: late, repeats: never, says: holdsOnce},
	}
}

// byGroup leaves it to the group who reads what. Its source takes all that there
// is, so that records come as they are read.
func byGroup(s *scenarios.Spec) {
	j := s.Job
	j.Forward, j.RestartRegions, j.Assignment, j.Source = true, true, checkpoint.ByGroup, sources.Group("orders")
	s.Load.PerTick, s.Load.Every = 3, 50*time.Millisecond
	together := 500 * time.Millisecond // both are in the first generation
	s.Broker.InitialRebalanceDelay = &together
	s.Faulty = 12 * time.Second // a dead member's session is over
}

// repeating tells whether records come to be in a state twice.
type repeating string

const (
	mustRepeat  repeating = "some"
	mustNot     repeating = "none"
	mayOrMayNot repeating = "any"
)

func never(crashPoint, crashRole, int64) repeating { return mustNot }

func whenRestarted(_ crashPoint, _ crashRole, restarts int64) repeating {
	if restarts > 0 {
		return mustRepeat
	}
	return mustNot
}

// whenAlone: a strike restarts one slot, and leaves the other with its state;
// the group gives that one partitions from their committed offset, and takes
// them back later. A JobManager that comes back restarts all, and so does a
// checkpoint that fails with the storage. Whether both slots lose the store, or
// one, is luck; and so is, where a slot was being restored, whether what is struck
// restarts the other one as well; and where the group has the checkpoint's
// offsets, whether a slot is back before another has read on from them.
func whenAlone(at crashPoint, role crashRole, _ int64) repeating {
	switch {
	case role.node == struckManager && !at.committed:
		return mustRepeat
	case role.node == struckManager, role.node == "store", role.node != "jm" && at.first != nil:
		return mayOrMayNot
	}
	return mustNot
}

// scenario enumerates the matrix.
func (m *crashMatrix) scenario() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "crash-points-" + m.name, Refs: []string{"A30"}, Title: "every crash point × who crashes: " + m.title}
	for _, at := range m.points {
		for _, role := range crashRoles() {
			s.Cases = append(s.Cases, scenarios.Case{Row: at.name, Column: role.name, Spec: m.spec(at, role)})
		}
	}
	s.Claims = m.rulings()
	return s
}

func (m *crashMatrix) spec(at crashPoint, role crashRole) scenarios.Spec {
	earlier := 0
	if at.first != nil && role.task == "operator" {
		earlier = 1
	}
	s := pointSpec()
	m.of(&s)
	s.Promise = m.promise.Forbidding("each strike is where the case says, and does what it says", PointMissed, CellDiffers)
	s.Gauges = []scenarios.Gauge{strikes(role, earlier, m), crashTwiceInState(), crashReadAgain()}
	s.Script = func(p *scenarios.Planner) {
		m.skewed(p)
		if m.script != nil {
			m.script(p, m)
		}
		role.strike(p, m, at)
	}
	s.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return m.findings(o, at, role) }
	return s
}

// pointSpec is the job that is struck: two slots that have more to read than
// they can, so that a source is at work on records whenever it hears of
// something.
func pointSpec() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 2}}, Group: scenarios.Classic("orders-job", assignor.Range), Members: 2,
		Load: scenarios.Load{Count: 200, Keys: 24, Pattern: "customer-%d", PerTick: 40, Every: 10 * time.Millisecond},
		Job: &scenarios.Job{
			Interval: 600 * time.Millisecond, Timeout: 10 * time.Second, RestartDelay: 200 * time.Millisecond, Discovery: -1,
			HeartbeatInterval: time.Second, HeartbeatTimeout: 4 * time.Second, Poll: 200 * time.Millisecond, Credits: 8,
			Pace: scenarios.Pace{Batch: 40 * time.Millisecond, Record: 10 * time.Millisecond}, Work: time.Millisecond,
			Storage: checkpoint.StorageConfig{Read: 10 * sim.Millisecond, Write: 30 * sim.Millisecond},
			Store:   checkpoint.StoreConfig{Latency: 3 * sim.Millisecond},
			Sink:    func() checkpoint.Sink { return checkpoint.Rows{} },
			Source:  sources.With(sources.Options{Batch: 2}),
		},
		Client: scenarios.ClientConfig{SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, MaxPollRecords: 3, FetchMaxWait: 500 * time.Millisecond},
		Warmup: 500 * time.Millisecond, Faulty: 4 * time.Second,
	}
}

// skewed lets the other TaskManager's barriers come late: it stands still for a
// while when a checkpoint begins, and the first one, which has buffers enough,
// goes on.
func (m *crashMatrix) skewed(p *scenarios.Planner) {
	for i := range p.Spec().Members {
		p.At(p.Draw("start", i, 50*time.Millisecond), sim.Start, fmt.Sprintf("tm%d", i+1))
	}
	for id := int64(1); id <= m.target; id++ {
		p.When(triggered(id), sim.Pause, "tm2")
		p.When(triggered(id), sim.Resume, "tm2").After(m.skew)
	}
}

func triggered(id int64) func() func(*model.Event) bool {
	return happens(func(e *model.Event) bool { return e.Kind == model.CheckpointTriggered && e.Op == id })
}

// askForSavepoint does so when the checkpoint before the points is complete; it
// takes long to be written.
func askForSavepoint(p *scenarios.Planner, m *crashMatrix) {
	p.Storage(0, "slow-writes 3s 6 chk-3/")
	p.CommandWhen(happens(func(e *model.Event) bool { return e.Kind == model.CheckpointCompleted && e.Op == m.before }), "savepoint", "jm")
}

// findings compares a run with its cell.
func (m *crashMatrix) findings(o *scenarios.Outcome, at crashPoint, role crashRole) []scenarios.Finding {
	restarts := o.Number("restarts")
	if len(restarts) == 0 {
		return []scenarios.Finding{{Name: PointMissed, Text: fmt.Sprintf("%s did not happen, or not while another checkpoint was under way (%q)", role.action(), m.beside)}}
	}
	var out []scenarios.Finding
	differs := func(format string, args ...any) {
		out = append(out, scenarios.Finding{Name: CellDiffers, Text: fmt.Sprintf(format, args...)})
	}
	least := int64(0) // who runs a task, or the job, cannot go without a restart
	if role.node == struckManager || role.node == "jm" {
		least++
	}
	if at.first != nil {
		least++
	}
	if restarts[0] < least {
		differs("there were %d restarts, must be %d at least", restarts[0], least)
	}
	twice := o.Number("twice in state")[0]
	if want := m.repeats(at, role, restarts[0]); want == mustRepeat && twice == 0 || want == mustNot && twice > 0 {
		differs("%d records are in the state twice after %d restarts, must be %s", twice, restarts[0], want)
	}
	return out
}

// rulings count the cells.
func (m *crashMatrix) rulings() []scenarios.Claim {
	points, roles := len(m.points), len(crashRoles())
	return []scenarios.Claim{m.says, {Ref: "A30", Text: "every point × everybody was struck, where the case says", Expect: scenarios.Confirmed, After: points * roles,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			missed := r.Anomalies[PointMissed]
			text := fmt.Sprintf("%d points × %d roles = %d, %d skipped", points, roles, r.Seeds, missed)
			if missed == 0 && r.Seeds == points*roles {
				return scenarios.Confirmed, text
			}
			return scenarios.Refuted, text
		}}}
}

// holdsOnce: wherever it is struck.
var holdsOnce = scenarios.Claim{Ref: "A30", Text: "wherever it crashes, every record's effect is in the state, and in an idempotent sink, exactly once", Expect: scenarios.Confirmed,
	Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
		repeating, text := strikesIn(r)
		if repeating == 0 && r.Anomalies[model.LostFromState]+r.Anomalies[model.LostFromSink]+r.Anomalies[model.DuplicateInSink]+r.Anomalies[model.SinkOverwritten] == 0 {
			return scenarios.Confirmed, text
		}
		return scenarios.Refuted, text
	}}

// repeatsSome is a claim that some strikes must show duplicates to rule on.
func repeatsSome(text string, with scenarios.Ruling) scenarios.Claim {
	without := scenarios.Confirmed
	if with == scenarios.Confirmed {
		without = scenarios.Refuted
	}
	return scenarios.Claim{Ref: "A30", Text: text, Expect: with, Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
		repeating, text := strikesIn(r)
		if repeating > 0 {
			return with, text
		}
		return without, text
	}}
}

// strikesIn counts the strikes that brought records into the state twice.
func strikesIn(r *scenarios.Result) (repeating int, text string) {
	var most int64
	for _, c := range r.Cases {
		if twice := c.Measure("twice in state"); twice.N > 0 && twice.Max > 0 {
			repeating++
			most = max(most, twice.Max)
		}
	}
	return repeating, fmt.Sprintf("%d of %d strikes brought records into the state twice, up to %d of them; %d lost any; up to %d records were read again, after up to %d restarts",
		repeating, len(r.Cases), most, r.Anomalies[model.LostFromState], span(r, "read again").most, span(r, "restarts").most)
}

// CrashTable is a matrix of strikes from its result: a first line with heads,
// then one for each crash point. A cell has how many records came to be in the
// state twice, and how many were read again; none where nothing restarted.
func CrashTable(r *scenarios.Result) [][]string {
	head := []string{"crash point"}
	var rows [][]string
	for _, c := range r.Cases {
		if len(rows) == 0 || rows[len(rows)-1][0] != c.Row {
			rows = append(rows, []string{c.Row})
		}
		if len(rows) == 1 {
			head = append(head, c.Column)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], crashCellText(c))
	}
	return append([][]string{head}, rows...)
}

func crashCellText(c *scenarios.CaseResult) string {
	restarts, twice, again := c.Measure("restarts"), c.Measure("twice in state"), c.Measure("read again")
	switch {
	case restarts.N == 0:
		return "missed"
	case restarts.Max == 0 && twice.Max == 0:
		return "·"
	case twice.Max > 0:
		return fmt.Sprintf("**%d twice** of %d again", twice.Max, again.Max)
	}
	return fmt.Sprintf("%d again", again.Max)
}
