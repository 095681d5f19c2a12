package conform

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/sim"
)

// Step is one line of a script: a request of a member, or the verb wait, whose
// operand is a span. The words are those of the golden scripts in
// broker/testdata where both know a request.
type Step struct {
	Verb string
	Who  string // m1…m6, or the span of a wait
	Opts []Opt
}

// Opt is one operand: KEY=VALUE, or KEY alone.
type Opt struct {
	Key   string
	Value string
	Bare  bool // KEY alone, which is not the same as KEY= with nothing
}

// verbWait lets time pass.
const verbWait = "wait"

// String is the step's line; Parse reads it again.
func (s Step) String() string {
	var b strings.Builder
	b.WriteString(s.Verb)
	b.WriteByte(' ')
	b.WriteString(s.Who)
	for _, o := range s.Opts {
		b.WriteByte(' ')
		b.WriteString(o.Key)
		if !o.Bare {
			b.WriteByte('=')
			b.WriteString(o.Value)
		}
	}
	return b.String()
}

// ParseStep reads a line. Which operands there are depends on the verb.
func ParseStep(line string) (Step, error) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return Step{}, fmt.Errorf("%q: want a verb, and a member or a span", line)
	}
	s := Step{Verb: words[0], Who: words[1]}
	for _, w := range words[2:] {
		key, value, found := strings.Cut(w, "=")
		s.Opts = append(s.Opts, Opt{Key: key, Value: value, Bare: !found})
	}
	return s, s.check()
}

// check tells whether there is such a step.
func (s Step) check() error {
	if s.Verb == verbWait {
		d, err := time.ParseDuration(s.Who)
		if err != nil || d < 0 || len(s.Opts) > 0 {
			return fmt.Errorf("%s: want a span, as in wait 1.5s", s)
		}
		return nil
	}
	v, ok := verbs[s.Verb]
	if !ok {
		return fmt.Errorf("%s: no such verb; there are wait, %s", s, strings.Join(verbNames(), ", "))
	}
	if memberIndex(s.Who) < 0 {
		return fmt.Errorf("%s: want a member m1…m%d after the verb", s, Members)
	}
	for i, o := range s.Opts {
		if slices.ContainsFunc(s.Opts[:i], func(p Opt) bool { return p.Key == o.Key }) {
			return fmt.Errorf("%s: %s stands twice", s, o.Key)
		}
		if !slices.Contains(v.opts, o.Key) && !slices.Contains(commonOpts, o.Key) && !(v.partitions && strings.Contains(o.Key, "/")) {
			return fmt.Errorf("%s: %s has no operand %s; it has %s", s, s.Verb, o.Key, strings.Join(append(slices.Clone(v.opts), commonOpts...), ", "))
		}
	}
	_, err := build(s, newCast(), nameless, 0)
	return err
}

// commonOpts are operands of every request: its version, and the connection it
// goes out on.
var commonOpts = []string{"v", "lane"}

// Members is how many members a script can speak of.
const Members = 6

// Lanes is how many connections each of them has at most.
const Lanes = 6

// memberIndex is 0 for m1; -1 for no member.
func memberIndex(name string) int {
	if len(name) == 2 && name[0] == 'm' && name[1] >= '1' && name[1] < '1'+Members {
		return int(name[1] - '1')
	}
	return -1
}

// span is how long a step takes as planned: a wait its span, a request the pace.
func (s Step) span(pace sim.Time) sim.Time {
	if s.Verb != verbWait {
		return pace
	}
	d, err := time.ParseDuration(s.Who)
	if err != nil {
		return 0
	}
	return sim.Span(d)
}

func wait(d sim.Time) Step {
	return Step{Verb: verbWait, Who: d.Duration().Round(time.Millisecond).String()}
}

func (s Step) find(key string) (Opt, bool) {
	for _, o := range s.Opts {
		if o.Key == key {
			return o, true
		}
	}
	return Opt{}, false
}

func (s Step) has(key string) bool { _, ok := s.find(key); return ok }

// get is the value of an operand, or what stands for it where it is missing.
func (s Step) get(key, otherwise string) string {
	if o, ok := s.find(key); ok {
		return o.Value
	}
	return otherwise
}

// with gives the step with one more operand, or another value of it.
func (s Step) with(key, value string) Step {
	opts := slices.DeleteFunc(slices.Clone(s.Opts), func(o Opt) bool { return o.Key == key })
	s.Opts = append(opts, Opt{Key: key, Value: value})
	return s
}

// without gives the step without an operand.
func (s Step) without(key string) Step {
	s.Opts = slices.DeleteFunc(slices.Clone(s.Opts), func(o Opt) bool { return o.Key == key })
	return s
}
