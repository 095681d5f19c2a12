package scenarios

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Timeline picks from a history the events that tell how an anomaly came
// about, at most most lines of text: what the environment did, who owned the
// partition, and what was polled, processed and committed of its offsets; of a
// job, what it went on from, and what was emitted, applied and stored.
func Timeline(events []model.Event, f Finding, most int) []string {
	var moments []moment
	tasks := map[string]bool{} // clients that read for a job, whose sources tell what they give
	for i := range events {
		e := &events[i]
		if e.Kind == model.SourcePolled {
			tasks[e.Client] = true
		}
		moments = append(moments, jobMoments(e, f)...)
		if m, ok := momentOf(e, f); ok {
			moments = append(moments, m)
		}
	}
	for i := range moments {
		if m := &moments[i]; tasks[m.who] && m.verb == "commits" {
			m.weight += 2 // only for people to look at
		}
	}
	moments = slices.DeleteFunc(moments, func(m moment) bool { return tasks[m.who] && m.verb == string(model.Polled) })
	moments = thin(merge(moments), most)
	var out []string
	for _, m := range moments {
		out = append(out, fmt.Sprintf("%8s  %s", sim.Time(m.at), m.text()))
	}
	return out
}

// moment is one line of a timeline; the lighter, the more it matters.
type moment struct {
	at     int64
	weight int
	who    string
	verb   string
	part   Partition
	from   int64
	to     int64
	rest   string
}

func (m moment) text() string {
	switch {
	case m.who == "":
		return "── " + m.rest + " ──"
	case m.part.Topic == "":
		return m.who + " " + m.verb + " " + m.rest
	case m.from == m.to:
		return strings.TrimRight(fmt.Sprintf("%s %s %v %d %s", m.who, m.verb, m.part, m.to, m.rest), " ")
	case m.from+1 == m.to:
		return strings.TrimRight(fmt.Sprintf("%s %s %v %d %s", m.who, m.verb, m.part, m.from, m.rest), " ")
	}
	return strings.TrimRight(fmt.Sprintf("%s %s %v %d..%d %s", m.who, m.verb, m.part, m.from, m.to-1, m.rest), " ")
}

func momentOf(e *model.Event, f Finding) (moment, bool) {
	m := moment{at: e.At, who: e.Client, weight: 2}
	mine := f.Topic == "" || e.TopicPartition == f.TopicPartition
	switch e.Kind {
	case model.Fault:
		m.who, m.rest, m.weight = "", e.Cause, 1
		return m, true
	case model.Rebalancing:
		m.who, m.rest = "", e.Cause+": rebalance"
		return m, true
	case model.Removed:
		m.who, m.rest = "", fmt.Sprintf("%s removed: %s", e.Member, e.Cause)
		return m, true
	case model.Assigned, model.Revoked, model.Lost:
		if f.Topic != "" && !slices.ContainsFunc(e.Partitions, func(p model.PartitionOffset) bool { return p.TopicPartition == f.TopicPartition }) {
			return m, false
		}
		m.verb, m.rest = string(e.Kind), fmt.Sprintf("%s  generation %d", indices(e.Partitions), e.Generation)
		return m, len(e.Partitions) > 0
	case model.Positioned:
		m.verb, m.part, m.from, m.to, m.rest = "starts", e.TopicPartition, e.To, e.To, "("+e.Cause+")"
		return m, mine
	case model.Polled, model.Processed:
		m.verb, m.part, m.from, m.to = string(e.Kind), e.TopicPartition, e.From, e.To
		m.weight = 1 + weightOf(e.From, e.To, f)
		return m, mine
	case model.CommitDone:
		return commitMoment(m, e, f)
	}
	return m, false
}

func commitMoment(m moment, e *model.Event, f Finding) (moment, bool) {
	for _, p := range e.Partitions {
		if f.Topic != "" && p.TopicPartition != f.TopicPartition {
			continue
		}
		m.verb, m.part, m.from, m.to, m.rest = "commits", p.TopicPartition, p.Offset, p.Offset, e.Error
		m.weight = 1 + weightOf(p.Offset-1, p.Offset+1, f)
		return m, true
	}
	return m, false
}

// weightOf tells how far a range of offsets is from those of a finding.
func weightOf(from, to int64, f Finding) int {
	if f.From < f.To && from < f.To && f.From < to || f.From == f.To {
		return 0
	}
	return 2
}

func indices(ps []model.PartitionOffset) string {
	var out []int32
	for _, p := range ps {
		out = append(out, p.Partition)
	}
	return fmt.Sprint(out)
}

// merge joins what one client did to consecutive offsets.
func merge(ms []moment) []moment {
	var out []moment
	for _, m := range ms {
		for i := len(out) - 1; i >= 0 && i >= len(out)-6; i-- {
			last := &out[i]
			if last.who == m.who && last.verb == m.verb && last.part == m.part && last.weight == m.weight && last.rest == m.rest && last.to == m.from && m.from < m.to && last.from < last.to {
				last.to = m.to
				m.who = "-"
				break
			}
			if last.who == m.who || last.who == "" {
				break
			}
		}
		if m.who != "-" {
			out = append(out, m)
		}
	}
	return out
}

// thin leaves as many moments as there is room for: the heaviest go first, and
// of those the farthest from the ones that matter most.
func thin(ms []moment, most int) []moment {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, m := range ms {
		if m.weight == 1 {
			first, last = min(first, m.at), max(last, m.at)
		}
	}
	away := func(m moment) int64 { return max(first-m.at, m.at-last, 0) }
	order := make([]int, len(ms))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(ms[a].weight, ms[b].weight), cmp.Compare(away(ms[a]), away(ms[b])))
	})
	order = order[:min(most, len(order))]
	slices.Sort(order)
	var out []moment
	for _, i := range order {
		out = append(out, ms[i])
	}
	return out
}

// Explain writes what a shrunk failure shows, in at most fifteen lines: where
// it was found, the anomaly, how it came about, the legal window against what
// was observed, and how to play it again.
func Explain(w io.Writer, small *Shrunk, anomaly string, nth, of int, replay string) error {
	var events []model.Event
	o, err := Recorded(small.Outcome.Trial, small.Log, func(e *model.Event) { events = append(events, *e) })
	if err != nil {
		return err
	}
	i := slices.IndexFunc(o.Findings, func(f Finding) bool { return f.Name == anomaly })
	if i < 0 {
		return fmt.Errorf("the shrunk log does not show %s any more", anomaly)
	}
	f := o.Findings[i]
	fmt.Fprintf(w, "seed %#x, run %d of %d, shrunk %d → %d actions in %d runs\n", small.Log.Seed, nth, of, small.From, len(small.Log.Entries), small.Runs)
	text, _, _ := strings.Cut(f.Text, "\n")
	fmt.Fprintf(w, "ANOMALY %s: %s\n", f.Name, text)
	for _, line := range Timeline(events, f, 9) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	s := o.Report.Summary
	if o.Trial.Spec.Job != nil {
		fmt.Fprintf(w, "  observed: lost from state %d, duplicates in state %d, in sink %d, after %d restarts\n",
			s.Job.LostFromState, s.Job.DuplicatesInState, s.Job.DuplicatesInSink, s.Job.Restarts)
	} else {
		fmt.Fprintf(w, "  legal: loss 0, duplicates ≤ %d      observed: loss %d, duplicates %d\n", s.LegalBound, s.Lost, s.ProcessedDuplicates)
	}
	_, err = fmt.Fprintf(w, "replay: %s\n", replay)
	return err
}
