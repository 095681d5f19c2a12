package library

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// logContract is B14: what task managers log of their load, held against the
// history of the same run.
func logContract() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "B14", Refs: []string{"B14"}, Title: "the log of the task managers' load says what the history says: positions in brackets are the next offset, the hundredth message is offset 99"}
	for _, how := range []string{"leave", "expiry"} {
		for _, profile := range profiles {
			s.Cases = append(s.Cases, scenarios.Case{Row: how, Column: string(profile), Facts: func() ([]scenarios.Fact, error) {
				_, facts, err := loadLog(how, profile, handlers.LogLoad)
				return facts, err
			}})
		}
	}
	return s
}

// loadLog plays a run of five task managers of which m1 leaves, or loses its
// session, and gives what they logged, and what the history has to say to it.
func loadLog(how string, profile client.Profile, kind func(io.Writer) handlers.Kind) (text string, facts []scenarios.Fact, err error) {
	var sink bytes.Buffer
	spec := managers(5, assignor.Range, profile)
	spec.Handler = kind(&sink)
	spec.Load = scenarios.Load{Count: 1000, Pattern: "key-%d", Keys: 1000, PerTick: 20, Every: 500 * time.Millisecond}
	spec.Warmup, spec.Faulty = 20*time.Second, 60*time.Second
	spec.Script = func(p *scenarios.Planner) {
		startAll(p, time.Second)
		if c := p.Spec().Client; how == "leave" {
			p.Command(p.Spec().Warmup, "leave", "m1")
		} else {
			p.At(p.Spec().Warmup, sim.Pause, "m1")
			p.At(p.Spec().Warmup+c.SessionTimeout+2*c.HeartbeatInterval, sim.Resume, "m1")
		}
	}
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		return "", nil, err
	}
	want := newLogWanted()
	o, err := scenarios.Simulate(trial, scenarios.Play{History: want.observe})
	if err != nil {
		return "", nil, err
	}
	if broken := o.Broken(); len(broken) > 0 {
		return "", nil, fmt.Errorf("%s: %s", broken[0].Name, broken[0].Text)
	}
	return sink.String(), want.facts(sink.String()), nil
}

// logWanted is what must be in the log, by the history: the events' own words.
type logWanted struct {
	assigned, revoked, lost []string
	next                    map[string]map[scenarios.Partition]int64 // by client
	count                   map[string]int
	consumed                []string
}

func newLogWanted() *logWanted {
	return &logWanted{next: map[string]map[scenarios.Partition]int64{}, count: map[string]int{}}
}

func (w *logWanted) observe(e *model.Event) {
	if w.next[e.Client] == nil {
		w.next[e.Client] = map[scenarios.Partition]int64{}
	}
	switch e.Kind {
	case model.Started:
		w.count[e.Client] = 0
	case model.Assigned:
		for _, p := range e.Partitions {
			w.next[e.Client][p.TopicPartition] = 0
		}
		if n := len(e.Partitions); n > 0 {
			w.assigned = append(w.assigned, fmt.Sprintf("%s assigned %d", e.Client, n))
		}
	case model.Positioned:
		w.next[e.Client][e.TopicPartition] = e.To
	case model.Processed:
		w.next[e.Client][e.TopicPartition] = e.To
		for at := e.From; at < e.To; at++ {
			if w.count[e.Client]++; w.count[e.Client]%100 == 0 {
				w.consumed = append(w.consumed, fmt.Sprintf("%s Consumed %d messages (partition %d, offset %d)", e.Client, w.count[e.Client], e.Partition, at))
			}
		}
	case model.Revoked, model.Lost:
		var next []int64
		for _, p := range e.Partitions {
			next = append(next, w.next[e.Client][p.TopicPartition])
		}
		if len(next) == 0 {
			return
		}
		line := fmt.Sprintf("%s %s %d partitions %v", e.Client, e.Kind, len(next), next)
		if e.Kind == model.Lost {
			w.lost = append(w.lost, line)
		} else {
			w.revoked = append(w.revoked, line)
		}
	}
}

var (
	logAssigned = regexp.MustCompile(`msg="(assigned \d+) partitions: \S+ \[[\d ]+\]" member=(\S+)`)
	logGone     = regexp.MustCompile(`msg="((?:revoked|lost) \d+ partitions): \S+ \[[\d ]+\] (\[[\d ]+\])" member=(\S+)`)
	logConsumed = regexp.MustCompile(`msg="(Consumed \d+ messages \(partition \d+, offset \d+\))" member=(\S+)`)
	logStatus   = regexp.MustCompile(`msg="Load Status: (ACTIVE|IDLE)" member=(\S+)`)
)

// facts compares the log's lines with the history's events.
func (w *logWanted) facts(text string) []scenarios.Fact {
	var assigned, revoked, lost, consumed []string
	status := map[string]string{}
	for line := range strings.Lines(text) {
		if m := logAssigned.FindStringSubmatch(line); m != nil {
			assigned = append(assigned, m[2]+" "+m[1])
		} else if m := logConsumed.FindStringSubmatch(line); m != nil {
			consumed = append(consumed, m[2]+" "+m[1])
		} else if m := logStatus.FindStringSubmatch(line); m != nil {
			status[m[2]] = m[1]
		} else if m := logGone.FindStringSubmatch(line); m != nil {
			said := m[3] + " " + m[1] + " " + m[2]
			if strings.HasPrefix(m[1], "lost") {
				lost = append(lost, said)
			} else {
				revoked = append(revoked, said)
			}
		}
	}
	active, idle := 0, 0
	for _, s := range status { //ordered: counting does not depend on order
		if s == "ACTIVE" {
			active++
		} else {
			idle++
		}
	}
	return []scenarios.Fact{
		sameLines("assigned", assigned, w.assigned), sameLines("consumed", consumed, w.consumed),
		sameLines("revoked, with the next offsets", revoked, w.revoked), sameLines("lost, with the next offsets", lost, w.lost),
		{Name: "load status, in the end", Got: fmt.Sprintf("%d ACTIVE, %d IDLE", active, idle), Want: "4 ACTIVE, 1 IDLE"},
	}
}

// sameLines is the fact that two lists are the same: it shows their lengths and
// their last lines, or the first that differ.
func sameLines(name string, got, want []string) scenarios.Fact {
	at := max(len(got), len(want)) - 1
	for i := range at {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			at = i
			break
		}
	}
	show := func(lines []string) string {
		if at < 0 || at >= len(lines) {
			return fmt.Sprintf("%d lines", len(lines))
		}
		return fmt.Sprintf("%d lines; line %d: %s", len(lines), at+1, lines[at])
	}
	return scenarios.Fact{Name: name, Got: show(got), Want: show(want)}
}
