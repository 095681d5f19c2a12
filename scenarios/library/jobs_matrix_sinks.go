package library

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// A30 and E28: what a job guarantees from end to end hangs on its sink. Each sink
// is struck between a write and the checkpoint that covers it, and the run is
// held against the cell of the lattice that its configuration is in.

// GuaranteeBroken: a run shows what the job's cell of the lattice excludes.
const GuaranteeBroken = "guarantee-broken"

// sinkRow is a sink, and what it is in the lattice.
type sinkRow struct {
	name string
	kind model.SinkKind
	sink func() checkpoint.Sink
}

// The sinks.
var (
	unwaitedSink   = sinkRow{"none: no write is waited for", model.SinkNone, func() checkpoint.Sink { return checkpoint.Unwaited{Sink: checkpoint.Counter{}} }}
	countingSink   = sinkRow{"Redis INCR", model.SinkAtLeastOnce, func() checkpoint.Sink { return checkpoint.Counter{} }}
	idempotentSink = sinkRow{"idempotent, by the record's place", model.SinkIdempotent, func() checkpoint.Sink { return checkpoint.Rows{} }}
	twoPhaseSink   = sinkRow{"two-phase, over the store", model.SinkTwoPhase, func() checkpoint.Sink { return &heldBack{} }}
)

// cell is where a job with the sink is in the lattice.
func (s sinkRow) cell() model.Guarantee {
	return model.Promised(model.Configuration{Replay: model.ReplayCheckpoint, Sink: s.kind})
}

// sinkStrike is a column: what is struck when.
type sinkStrike struct {
	name, node string
	when       func() func(*model.Event) bool
}

func sinkStrikes() []sinkStrike {
	told := func(e *model.Event) bool {
		return e.Kind == model.Notified && e.Member == "source-0" && e.Op == 2 && e.Cause == model.CauseCompleted
	}
	stored := func(e *model.Event) bool { return e.Kind == model.Stored && e.Member == "sink-0" }
	of := func(kind model.Kind) func(*model.Event) bool {
		return func(e *model.Event) bool {
			return e.Kind == kind && e.Op == 3 && (e.Member == "source-0" || e.Client == "jm")
		}
	}
	polled := ofStruck(model.SourcePolled)
	return []sinkStrike{
		{"TaskManager, written and in no checkpoint", struckManager, inTurn(told, polled, polled, polled, stored)},
		{"TaskManager, snapshot taken", struckManager, happens(of(model.SnapshotTaken))},
		{"TaskManager, checkpoint complete", struckManager, happens(of(model.CheckpointCompleted))},
		{"store, checkpoint complete", "store", happens(of(model.CheckpointCompleted))},
	}
}

// endToEnd is A30.
func endToEnd() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A30", Refs: []string{"A30"},
		Title: "the sink decides on end-to-end guarantees: crashes between a write and its checkpoint"}
	rows := []sinkRow{unwaitedSink, countingSink, idempotentSink, twoPhaseSink}
	s.Cases = append(sinkCases(rows, "orders"), notYet())
	s.Claims = []scenarios.Claim{{Ref: "A30", Text: "exactly-once semantics across the entire pipeline", Expect: scenarios.Qualified,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) { return judgeSinks(r, rows) }}}
	return s
}

// deliveryNames are those of DeliveryGuarantee.
var deliveryNames = map[model.SinkKind]string{model.SinkNone: "NONE", model.SinkAtLeastOnce: "AT_LEAST_ONCE", model.SinkTwoPhase: "EXACTLY_ONCE"}

// deliveries is E28.
func deliveries() *scenarios.Scenario {
	rows := []sinkRow{unwaitedSink, countingSink, twoPhaseSink}
	for i := range rows {
		rows[i].name = deliveryNames[rows[i].kind]
	}
	s := &scenarios.Scenario{Name: "E28", Refs: []string{"E28"}, Title: "NONE, AT_LEAST_ONCE and EXACTLY_ONCE sinks, struck: what is lost, what counts twice",
		Cases: append(sinkCases(rows, "locations"), notYet())}
	s.Claims = []scenarios.Claim{{Ref: "E28", Text: "at-least-once or exactly-once delivery is supported", Expect: scenarios.Qualified,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) { return judgeSinks(r, rows) }}}
	return s
}

func sinkCases(rows []sinkRow, topic string) (out []scenarios.Case) {
	for _, row := range rows {
		for _, at := range sinkStrikes() {
			out = append(out, scenarios.Case{Row: row.name, Column: at.name, Runs: 2, Spec: sinkSpec(row, at, topic)})
		}
	}
	return out
}

// notYet says which cell a sink would be in that writes in Kafka's own
// transactions.
func notYet() scenarios.Case {
	return scenarios.Case{Row: "two-phase, Kafka's transactions", Column: "not yet: the model's brokers have none", Facts: func() ([]scenarios.Fact, error) {
		with := func(replay model.Replay) string {
			return model.Promised(model.Configuration{Replay: replay, Sink: model.SinkTwoPhase}).String()
		}
		return []scenarios.Fact{
			{Name: "with checkpoints", Got: with(model.ReplayCheckpoint), Want: "replay from checkpoint × state exactly-once × sink two-phase → end-to-end exactly-once"},
			{Name: "without", Got: with(model.ReplayCommitted), Want: "replay from committed × state at-most-once × sink two-phase → end-to-end none"},
		}, nil
	}}
}

// sinkSpec has a store so slow that writes are under way whenever something is
// struck.
func sinkSpec(row sinkRow, at sinkStrike, topic string) scenarios.Spec {
	s := pointSpec()
	s.Topics[0].Name = topic
	s.Job.Sink, s.Job.Store.Latency = row.sink, 120*sim.Millisecond
	s.Promise = scenarios.ExactlyOnceState().
		Forbidding("no run shows what the job's cell excludes", GuaranteeBroken).
		Forbidding("what is to be struck is struck", PointMissed)
	s.Gauges = []scenarios.Gauge{crashTwiceInState(), crashLostFromState(), crashTwiceInSink(), crashLostFromSink(), crashReadAgain()}
	s.Script = func(p *scenarios.Planner) {
		for i := range p.Spec().Members {
			p.At(p.Draw("start", i, 50*time.Millisecond), sim.Start, fmt.Sprintf("tm%d", i+1))
		}
		p.When(at.when, sim.Crash, at.node)
		p.When(at.when, sim.Start, at.node).After(downFor)
	}
	s.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		var out []scenarios.Finding
		if !o.Course.Hit(at.node, 0) {
			out = append(out, scenarios.Finding{Name: PointMissed, Text: at.node + " was not struck"})
		}
		if shown := model.Shown(&o.Report); !shown.Within(row.cell()) {
			out = append(out, scenarios.Finding{Name: GuaranteeBroken, Text: fmt.Sprintf("shown: %v; the job's cell: %v", shown, row.cell())})
		}
		return out
	}
	return s
}

// judgeSinks names each row's cell, with what its crashes showed. A row that
// shows less than its cell allows proves nothing of that cell's lower bound.
func judgeSinks(r *scenarios.Result, rows []sinkRow) (scenarios.Ruling, string) {
	var parts []string
	once, ruling := 0, scenarios.Qualified
	for _, row := range rows {
		lost, twice := span(r, "lost from sink", row.name), span(r, "twice in sink", row.name)
		counts := map[string]int{}
		if lost.most > 0 {
			counts[model.LostFromSink] = 1
		}
		if twice.most > 0 {
			counts[model.DuplicateInSink] = 1
		}
		cell := row.cell()
		if model.Shown(&model.Report{Counts: counts}).EndToEnd != cell.EndToEnd {
			ruling = scenarios.Refuted
		}
		if cell.EndToEnd == model.ExactlyOnce {
			once++
		}
		parts = append(parts, fmt.Sprintf("%s: %v (shown: at most %d lost, %d twice)", row.name, cell, lost.most, twice.most))
	}
	if once == len(rows) && ruling == scenarios.Qualified {
		ruling = scenarios.Confirmed
	}
	return ruling, strings.Join(parts, "; ")
}

// SinkTable is A30 or E28 from its result: a first line with heads, then one for
// each sink, with its cell of the lattice.
func SinkTable(r *scenarios.Result) [][]string {
	table := [][]string{{"sink"}}
	for _, at := range sinkStrikes() {
		table[0] = append(table[0], at.name)
	}
	table[0] = append(table[0], "the job's cell")
	for _, row := range []sinkRow{unwaitedSink, countingSink, idempotentSink, twoPhaseSink} {
		for _, name := range []string{row.name, deliveryNames[row.kind]} {
			if c := r.Case(name, table[0][1]); c == nil {
				continue
			}
			line := []string{name}
			for _, at := range sinkStrikes() {
				c := r.Case(name, at.name)
				line = append(line, fmt.Sprintf("lost %d, twice %d", c.Measure("lost from sink").Max, c.Measure("twice in sink").Max))
			}
			table = append(table, append(line, row.cell().String()))
		}
	}
	for _, c := range r.Cases {
		if len(c.Facts) > 0 {
			line := append([]string{c.Row}, make([]string, len(table[0])-2)...)
			table = append(table, append(line, "not yet; with checkpoints: "+c.Facts[0].Got))
		}
	}
	return table
}

// heldBack is a two-phase sink over any store: results wait in the checkpoint,
// and are written when it is complete, under their records' places, so that
// writing them again changes nothing.
type heldBack struct{ open []heldRow }

type heldRow struct {
	Value string
	Of    checkpoint.Record
}

// Write implements checkpoint.Sink.
func (h *heldBack) Write(r *checkpoint.Result) *checkpoint.StoreRequest {
	h.open = append(h.open, heldRow{r.Value, r.Of})
	return nil
}

// PrepareCommit implements checkpoint.TwoPhase.
func (h *heldBack) PrepareCommit(int64) (state []byte, before []*checkpoint.StoreRequest) {
	state, err := json.Marshal(h.open)
	if err != nil { // strings and numbers always have a form
		return nil, nil
	}
	h.open = nil
	return state, nil
}

// Commit implements checkpoint.TwoPhase.
func (h *heldBack) Commit(state []byte) (out []*checkpoint.StoreRequest) {
	var rows []heldRow
	if json.Unmarshal(state, &rows) != nil {
		return nil
	}
	for _, r := range rows {
		out = append(out, checkpoint.Rows{}.Write(&checkpoint.Result{Value: r.Value, Of: r.Of}))
	}
	return out
}

// Abort implements checkpoint.TwoPhase: nothing was begun outside.
func (h *heldBack) Abort([][]byte) []*checkpoint.StoreRequest { return nil }
