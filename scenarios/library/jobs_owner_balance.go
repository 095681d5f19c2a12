package library

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// Which reader has which partitions: B03, A33, and the standards of B17.

// ReadersDiffer: a partition is read by another subtask than Flink's enumerator
// gives it to, or a topic's are divided less evenly than they can be.
const ReadersDiffer = "readers-differ"

const sampleTopic = "flinkdotnet.sample.topic"

// readersOf are the readers of a topic's partitions by the enumerator's formula.
func readersOf(topic string, partitions, readers int) string {
	out := make([]int, partitions)
	for p := range out {
		out[p] = checkpoint.Owner(model.TopicPartition{Topic: topic, Partition: int32(p)}, readers)
	}
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(out), "[]")), ",")
}

// ownedByFormula is B03.
func ownedByFormula() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B03", Refs: []string{"B03", "fact-9"}, Title: "Flink's enumerator on 20 and 5 subtasks: which of them read the four partitions"}
	s.Cases = append(s.Cases, scenarios.Case{Row: "formula", Facts: func() ([]scenarios.Fact, error) {
		return []scenarios.Fact{
			{Name: "4 partitions of " + sampleTopic + ", 20 readers", Got: readersOf(sampleTopic, 4, 20), Want: "19,0,1,2"},
			{Name: "4 partitions of " + sampleTopic + ", 5 readers", Got: readersOf(sampleTopic, 4, 5), Want: "4,0,1,2"},
			{Name: "6 partitions of locations, 3 readers", Got: readersOf("locations", 6, 3), Want: "0,1,2,0,1,2"},
		}, nil
	}})
	for _, c := range []struct {
		n    int
		want string
	}{{20, "[19 0 1 2]"}, {5, "[4 0 1 2]"}} {
		spec := balancedJob(c.n, scenarios.Topic{Name: sampleTopic, Partitions: 4})
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			if got := fmt.Sprint(o.Number("readers")); got != c.want {
				return []scenarios.Finding{{Name: ReadersDiffer, Text: fmt.Sprintf("the partitions' readers are %s, must be %s", got, c.want)}}
			}
			return nil
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: fmt.Sprintf("a run, %d subtasks", c.n), Spec: spec})
	}
	return s
}

// balancedJob is a job of n subtasks on topics of which the later ones have more
// records.
func balancedJob(n int, topics ...scenarios.Topic) scenarios.Spec {
	spec := ownedJob()
	spec.Topics, spec.Members = topics, n
	spec.Warmup, spec.Faulty = 6*time.Second, 6*time.Second
	spec.Load = scenarios.Load{Count: 40, Pattern: "key-%d", Keys: 20, PerTick: 10, Every: time.Second}
	spec.Loads = nil
	for i, t := range topics[1:] {
		l := spec.Load
		l.Topic, l.Count, l.PerTick = t.Name, 40*(2+i), 10*(2+i)
		spec.Loads = append(spec.Loads, l)
	}
	spec.Promise = spec.Promise.Forbidding("partitions are where they belong", ReadersDiffer)
	spec.Script = startTasks
	spec.Gauges = append(jobHarm(), holding("readers", func(h *holders) []int64 { return h.readers() }),
		holding(unevenTopic, func(h *holders) []int64 { return []int64{h.uneven(true)} }),
		holding(unevenAll, func(h *holders) []int64 { return []int64{h.uneven(false)} }),
		holding(busiest, func(h *holders) []int64 { return h.busiest() }),
		holding(unread, func(h *holders) []int64 { return h.pauses }))
	return spec
}

// The numbers of A33. An unevenness is how many partitions more the reader with
// the most has than the one with the least.
const (
	unevenTopic = "unevenness in a topic"
	unevenAll   = "unevenness over all topics"
	busiest     = "records of the busiest reader, of its fair share"
	unread      = "unread after a crash"
)

// holders follows which source subtasks have which partitions, as completed
// checkpoints have it.
type holders struct {
	taken   map[int64][]holder // by checkpoint
	last    []holder
	records map[string]int64 // by source
	struck  int64
	missing map[model.TopicPartition]bool // to be read again after a crash
	all     map[model.TopicPartition]bool
	pauses  []int64
}

type holder struct {
	task  string
	parts []model.TopicPartition
}

func holding(name string, read func(*holders) []int64) scenarios.Gauge {
	unit := map[string]string{"readers": "", unevenTopic: "partitions", unevenAll: "partitions", busiest: "‰", unread: "µs"}[name]
	return scenarios.Gauge{Name: name, Unit: unit, New: func(*scenarios.Trial) scenarios.Meter {
		return &holdersMeter{holders{taken: map[int64][]holder{}, records: map[string]int64{}, all: map[model.TopicPartition]bool{}}, read}
	}}
}

type holdersMeter struct {
	holders
	read func(*holders) []int64
}

// Read implements scenarios.Meter.
func (m *holdersMeter) Read(*scenarios.Outcome) []int64 { return m.read(&m.holders) }

// Observe implements scenarios.Meter.
func (h *holders) Observe(e *model.Event) {
	switch e.Kind {
	case model.SnapshotTaken:
		if !strings.HasPrefix(e.Member, "source-") {
			return
		}
		one := holder{task: e.Member}
		for _, p := range e.Partitions {
			one.parts = append(one.parts, p.TopicPartition)
		}
		h.taken[e.Op] = append(h.taken[e.Op], one)
	case model.CheckpointCompleted:
		h.last = h.taken[e.Op]
		for _, one := range h.last {
			for _, p := range one.parts {
				h.all[p] = true
			}
		}
	case model.JobRestored:
		h.records = map[string]int64{}
		h.missing = map[model.TopicPartition]bool{}
		for p := range h.all {
			h.missing[p] = true
		}
	case model.SourcePolled:
		h.records[e.Member] += e.To - e.From
	case model.Stopped:
		h.struck = e.At
	case model.Positioned:
		if delete(h.missing, e.TopicPartition); len(h.missing) == 0 && h.struck > 0 {
			h.pauses = append(h.pauses, e.At-h.struck)
			h.struck = 0
		}
	}
}

// readers are the subtasks of the partitions, in order.
func (h *holders) readers() []int64 {
	out := make([]int64, len(h.all))
	for _, one := range h.last {
		for _, p := range one.parts {
			if int(p.Partition) < len(out) {
				fmt.Sscanf(one.task, "source-%d", &out[p.Partition])
			}
		}
	}
	return out
}

// uneven is the worst unevenness of a topic, or that of all partitions together.
func (h *holders) uneven(byTopic bool) (worst int64) {
	counts := map[string]map[string]int64{}
	for _, one := range h.last {
		for _, p := range one.parts {
			topic := ""
			if byTopic {
				topic = p.Topic
			}
			if counts[topic] == nil {
				counts[topic] = map[string]int64{}
			}
			counts[topic][one.task]++
		}
	}
	for _, of := range counts {
		most, least := int64(0), int64(1)<<62
		for _, one := range h.last {
			most, least = max(most, of[one.task]), min(least, of[one.task])
		}
		worst = max(worst, most-least)
	}
	return worst
}

// busiest is how much the reader with the most records has read, in thousandths
// of what each would have if all had the same.
func (h *holders) busiest() []int64 {
	most, sum := int64(0), int64(0)
	for _, n := range h.records {
		most, sum = max(most, n), sum+n
	}
	if sum == 0 {
		return nil
	}
	return []int64{1000 * most * int64(len(h.last)) / sum}
}

// balance is A33.
func balance() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A33", Refs: []string{"A33"}, Title: "parallelism and partitions that do not divide, uneven topics, n-1 readers that crash, and a job that is rescaled"}
	two := []scenarios.Topic{{Name: "orders", Partitions: 4}, {Name: "payments", Partitions: 7}}
	add := func(row, column string, spec scenarios.Spec, most int64) {
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			if got := o.Number(unevenTopic)[0]; got > most {
				return []scenarios.Finding{{Name: ReadersDiffer, Text: fmt.Sprintf("a reader has %d partitions of a topic more than another, must be %d at most", got, most)}}
			}
			return nil
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: row, Column: column, Spec: spec})
	}
	s.Cases = append(s.Cases, scenarios.Case{Row: steady, Column: "formula", Facts: formulaIsEven})
	for _, n := range []int{2, 3, 5, 9} {
		add(steady, fmt.Sprintf("%d readers", n), balancedJob(n, two...), 1)
	}
	for _, n := range []int{2, 4} {
		spec := balancedJob(n, two...)
		spec.Faulty, spec.Job.SlotTimeout = 25*time.Second, 5*time.Second
		spec.Script = func(p *scenarios.Planner) {
			startTasks(p)
			for i := 2; i <= n; i++ {
				p.Retire(p.Spec().Warmup+p.Draw("crash", 0, 4*time.Second), fmt.Sprintf("tm%d", i))
			}
		}
		add(crashed, fmt.Sprintf("%d of %d readers", n-1, n), spec, 0)
	}
	for _, c := range []struct {
		from, to int
		most     int64
	}{{1, 2, 4}, {2, 4, 3}, {4, 3, 2}, {4, 2, 2}} {
		spec := balancedJob(max(c.from, c.to), two...)
		spec.Job.Parallelism, spec.Faulty = c.from, 12*time.Second
		spec.Script = func(p *scenarios.Planner) {
			startTasks(p)
			p.Rescale(p.Spec().Warmup+4*time.Second, c.to)
		}
		add(rescaled, fmt.Sprintf("%d to %d readers", c.from, c.to), spec, c.most)
	}
	s.Claims = []scenarios.Claim{
		{Ref: "A33", Text: "partitions are balanced: within one of each other in every topic", Expect: scenarios.Qualified, Judge: judgeEvenReaders},
		{Ref: "A33", Text: "load balancing is optimal", Expect: scenarios.Refuted, Judge: judgeOptimal},
		{Ref: "A33", Text: "failure recovery is automatic: every partition is read again though n-1 of n readers are gone", Expect: scenarios.Confirmed, Judge: judgeReadersGone},
	}
	return s
}

// The rows of A33.
const (
	steady   = "steady"
	crashed  = "crashed"
	rescaled = "rescaled"
)

// formulaIsEven goes through a hundred topics of up to twelve partitions and up
// to twenty readers.
func formulaIsEven() ([]scenarios.Fact, error) {
	worst := 0
	for t := range 100 {
		for parts := 1; parts <= 12; parts++ {
			for n := 1; n <= 20; n++ {
				counts := make([]int, n)
				for p := range parts {
					counts[checkpoint.Owner(model.TopicPartition{Topic: fmt.Sprintf("topic-%d", t), Partition: int32(p)}, n)]++
				}
				worst = max(worst, slices.Max(counts)-slices.Min(counts))
			}
		}
	}
	return []scenarios.Fact{{Name: "the worst unevenness of 24000 topics", Got: fmt.Sprint(worst), Want: "1"}}, nil
}

func judgeEvenReaders(r *scenarios.Result) (scenarios.Ruling, string) {
	begun, moved := span(r, unevenTopic, steady), span(r, unevenTopic, rescaled)
	all := span(r, unevenAll, steady)
	text := fmt.Sprintf("when the job begins a reader has %v more of a topic than another, and up to %v of all topics together, for each topic begins at a reader of its own; "+
		"after a change of parallelism %v of a topic, for Flink deals out the splits of the state in runs and does not look at topics",
		begun, mostOf(all), moved)
	switch {
	case begun.most > 1:
		return scenarios.Refuted, text
	case moved.most > 1:
		return scenarios.Qualified, text
	}
	return scenarios.Confirmed, text
}

// mostOf is the upper limit, with its unit.
func mostOf(l limits) string { return scenarios.Quantity(l.most, l.unit) }

func judgeOptimal(r *scenarios.Result) (scenarios.Ruling, string) {
	load := span(r, busiest, steady)
	text := fmt.Sprintf("the busiest reader has up to %s of its fair share of the records: partitions are counted, not what is in them", mostOf(load))
	if load.most > 1100 {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}

func judgeReadersGone(r *scenarios.Result) (scenarios.Ruling, string) {
	lost, runs := sumOf(r, lostFromState, crashed)
	text := fmt.Sprintf("all partitions are read again %v after the last crash, by the one that is left; %d records lost in %d runs", span(r, unread, crashed), lost, runs)
	if r.Anomalies[scenarios.NotSettled] > 0 || lost > 0 || span(r, unread, crashed).n < runs {
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}

// standards is B17: what document B calls standards, and the checkers that each
// stands or falls by.
func standards() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B17", Refs: []string{"B17", "fact-6"}, Title: "five standards of document B, each with its checkers"}
	group := func(m membership) scenarios.Spec { return groupJob(m, sources.Group("orders")) }
	add := func(row, column string, spec scenarios.Spec, plan func(*scenarios.Planner), fails string, checkers ...string) {
		spec.Promise = scenarios.Promise{}.Forbidding(row, checkers...).Forbidding("settles", scenarios.NotSettled, scenarios.HandlerPanic, scenarios.HandlerDiverges)
		spec.Script = plan
		spec.Gauges = append(spec.Gauges, jobHarm()...)
		c := scenarios.Case{Row: row, Column: column, Runs: 3, Spec: spec}
		if fails != "" {
			c.Expect, c.Anomaly = scenarios.Fail, fails
		}
		s.Cases = append(s.Cases, c)
	}
	crash := func(p *scenarios.Planner) {
		startTasks(p)
		at := p.Spec().Warmup + p.Draw("crash-at", 0, 8*time.Second)
		p.At(at, sim.Crash, "tm2")
		p.At(at+3*time.Second, sim.Start, "tm2")
	}
	add(standardNames[0], "group", group(memberships[0]), standStill, "", model.DualEntitlement, model.ZombieCommitAccepted, model.OffsetsNotLinearizable)
	add(standardNames[1], byEnumerator, ownedJob(), crash, "", model.CommitWithoutCheckpoint, model.CommitOfAbortedCheckpoint, model.CommitBehindSubsumed)
	add(standardNames[2], byEnumerator, ownedJob(), crash, "", model.LostFromState, model.RestoredFromIncomplete, model.RestoredFromStale, model.PositionNotRestored)
	for i, m := range movers {
		add(standardNames[3], byEnumerator+": "+m.name, ownedJob(), m.plan, "", model.DuplicateInState, model.LostFromState)
		add(standardNames[3], "group: "+m.name, group(memberships[i]), m.plan, model.DuplicateInState, model.DuplicateInState)
	}
	even := group(memberships[1])
	even.Gauges = []scenarios.Gauge{holding(unevenTopic, func(h *holders) []int64 { return []int64{h.uneven(true)} })}
	even.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		if n := o.Number(unevenTopic)[0]; n > 1 {
			return []scenarios.Finding{{Name: ReadersDiffer, Text: fmt.Sprintf("a member has %d partitions more than another", n)}}
		}
		return nil
	}
	add(standardNames[4], "group", even, movers[0].plan, "", ReadersDiffer)
	for i, text := range standardNames {
		expect := scenarios.Confirmed
		if i == 3 {
			expect = scenarios.Qualified
		}
		s.Claims = append(s.Claims, scenarios.Claim{Ref: "B17", Text: text, Expect: expect, Judge: func(r *scenarios.Result) (scenarios.Ruling, string) { return judgeStandard(r, text) }})
	}
	return s
}

// standardNames are the five.
var standardNames = []string{"consumer group protocol", "checkpoint integration", "fault tolerance", "exactly-once semantics", "load balancing with cooperative-sticky"}

// judgeStandard counts runs in which a standard's promise was broken.
func judgeStandard(r *scenarios.Result, row string) (scenarios.Ruling, string) {
	held, broken, runs, text := 0, 0, 0, ""
	for _, c := range r.Cases {
		if c.Row != row {
			continue
		}
		bad := c.Anomalies[model.DuplicateInState]
		if row != standardNames[3] {
			if bad = 0; c.First != nil {
				bad = 1
			}
		}
		text += fmt.Sprintf("%s: broken in %d of %d runs; ", c.Column, bad, c.Runs)
		runs += c.Runs
		if bad > 0 {
			broken++
		} else {
			held++
		}
	}
	text = strings.TrimSuffix(text, "; ")
	switch {
	case broken > 0 && held > 0:
		return scenarios.Qualified, text
	case broken > 0 || runs == 0:
		return scenarios.Refuted, text
	}
	return scenarios.Confirmed, text
}
