package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/sim"
)

// Result is what a campaign says of one scenario; its JSON is published.
type Result struct {
	Scenario       string         `json:"scenario"`
	Refs           []string       `json:"refs"`
	Expect         Expect         `json:"expect"`
	Verdict        Verdict        `json:"verdict"`
	Seeds          int            `json:"seeds"`
	Steps          uint64         `json:"steps"`
	VirtualSeconds sim.Time       `json:"-"`
	Wall           time.Duration  `json:"-"`
	Rebalances     int            `json:"rebalances"`
	Lost           int64          `json:"lost"`
	Duplicates     int64          `json:"duplicates"`
	Anomalies      map[string]int `json:"anomalies"`
	Sometimes      map[string]int `json:"sometimes"`
	TraceHash      string         `json:"trace_hash"`
	Claims         []Ruled        `json:"claims,omitempty"`
	tally
	Cases []*CaseResult `json:"cases,omitempty"`

	Reasons []string `json:"-"` // why the verdict is fail
	First   *Outcome `json:"-"` // the first run that is not as a Hold expects, or that shows a Fail's anomaly
	FirstAt int      `json:"-"` // its number
	FirstOf *Case    `json:"-"` // the case that it is of, in an enumeration
	hash    uint64
}

// CaseResult is what a campaign says of one case.
type CaseResult struct {
	Row        string         `json:"row"`
	Column     string         `json:"column,omitempty"`
	Expect     Expect         `json:"expect"`
	Runs       int            `json:"runs"`
	Rebalances int            `json:"rebalances"`
	Lost       int64          `json:"lost"`
	Duplicates int64          `json:"duplicates"`
	Anomalies  map[string]int `json:"anomalies"`
	Facts      []Fact         `json:"facts,omitempty"`
	tally

	First *Outcome `json:"-"` // as in Result
}

// Case gives a case's result, or nil.
func (r *Result) Case(row, column string) *CaseResult {
	for _, c := range r.Cases {
		if c.Row == row && c.Column == column {
			return c
		}
	}
	return nil
}

func newResult(s *Scenario) *Result {
	r := &Result{Scenario: s.Name, Refs: s.Refs, Expect: s.Expect, Anomalies: map[string]int{}, Sometimes: map[string]int{}}
	for _, x := range s.Sometimes {
		r.Sometimes[x.Name] = 0
	}
	if r.Expect == "" && len(s.Cases) > 0 {
		r.Expect = Hold
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		r.Cases = append(r.Cases, &CaseResult{Row: c.Row, Column: c.Column, Expect: c.expect(), Anomalies: map[string]int{}})
	}
	return r
}

// add takes the n-th run of a scenario.
func (r *Result) add(s *Scenario, n int, o *Outcome, wall time.Duration) {
	r.Seeds++
	r.Steps += o.Steps
	r.VirtualSeconds += sim.Span(o.Virtual)
	r.Wall += wall
	r.Rebalances += o.Report.Summary.Rebalances
	r.Lost += o.Report.Summary.Lost
	r.Duplicates += o.Report.Summary.ProcessedDuplicates
	names := map[string]bool{}
	for _, f := range o.Findings {
		names[f.Name] = true
	}
	for name := range names {
		r.Anomalies[name]++
	}
	for _, x := range s.Sometimes {
		if x.Seen(o) {
			r.Sometimes[x.Name]++
		}
	}
	if len(s.Cases) > 0 {
		i, _ := s.caseOf(n)
		r.Cases[i].add(&s.Cases[i], o, names)
		if r.First == nil && s.Cases[i].expect() == Hold && len(o.Broken()) > 0 {
			r.First, r.FirstAt, r.FirstOf = o, n, &s.Cases[i]
		}
	} else {
		r.take(o)
		if r.First == nil && (s.Expect == Hold && len(o.Broken()) > 0 || s.Expect == Fail && o.Shows(s.Anomaly)) {
			r.First, r.FirstAt = o, n
		}
	}
	r.hash = sim.Hash(r.hash, fmt.Sprint(o.Hash))
	r.TraceHash = fmt.Sprintf("%#016x", r.hash)
}

func (r *CaseResult) add(c *Case, o *Outcome, names map[string]bool) {
	r.Runs++
	r.Rebalances += o.Report.Summary.Rebalances
	r.Lost += o.Report.Summary.Lost
	r.Duplicates += o.Report.Summary.ProcessedDuplicates
	r.Facts = append(r.Facts, o.Facts...)
	for name := range names {
		r.Anomalies[name]++
	}
	if r.First == nil && (c.expect() == Hold && len(o.Broken()) > 0 || c.expect() == Fail && o.Shows(c.Anomaly)) {
		r.First = o
	}
	r.take(o)
}

// judge sets the verdict.
func (r *Result) judge(s *Scenario) {
	r.close()
	for i, c := range r.Cases {
		c.close()
		r.judgeCase(&s.Cases[i], c)
	}
	switch {
	case len(s.Cases) > 0:
	case s.Expect == Hold && r.First != nil:
		f := r.First.Broken()[0]
		r.Reasons = append(r.Reasons, fmt.Sprintf("%s on seed %#x (run %d)", f.Name, r.First.Trial.Seed, r.FirstAt+1))
	case s.Expect == Fail && (r.First == nil || r.FirstAt >= FailWithin):
		r.Reasons = append(r.Reasons, fmt.Sprintf("%s must show within %d seeds, and does not", s.Anomaly, min(FailWithin, r.Seeds)))
	}
	for _, x := range s.Sometimes {
		if r.Seeds >= x.After && r.Sometimes[x.Name] == 0 {
			r.Reasons = append(r.Reasons, fmt.Sprintf("never reached in %d seeds: %s", r.Seeds, x.Name))
		}
	}
	for i := range s.Claims {
		ruled := s.Claims[i].rule(r)
		r.Claims = append(r.Claims, ruled)
		if ruled.Ruling != Open && ruled.Ruling != s.Claims[i].Expect {
			r.Reasons = append(r.Reasons, fmt.Sprintf("claim of %s is %s, expected %s: %s", ruled.Ref, ruled.Ruling, s.Claims[i].Expect, ruled.Number))
		}
	}
	r.Verdict = Passed
	if len(r.Reasons) > 0 {
		r.Verdict = Failed
	}
}

func (r *Result) judgeCase(c *Case, got *CaseResult) {
	switch {
	case c.expect() == Hold && got.First != nil:
		f := got.First.Broken()[0]
		r.Reasons = append(r.Reasons, fmt.Sprintf("case %s: %s on seed %#x: %s", c.Name(), f.Name, got.First.Trial.Seed, f.Text))
	case c.expect() == Fail && got.First == nil:
		r.Reasons = append(r.Reasons, fmt.Sprintf("case %s: %s must show in its %d runs, and does not", c.Name(), c.Anomaly, got.Runs))
	}
}

// AnomalyNames are the names of what a result found, sorted.
func (r *Result) AnomalyNames() []string { return slices.Sorted(maps.Keys(r.Anomalies)) }
