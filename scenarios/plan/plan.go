// Package plan has what the environment does in a run as plain lines, such as
// "12s crash m1 for 5s": for scenario files and for what rapid draws.
package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// Strike is one thing that the environment does: at a moment, to a node, for a
// while where it has an end.
type Strike struct {
	At   time.Duration
	What string // one of Kinds
	Who  string // a node: m1, b0; for add-partitions a topic
	N    int32  // of add-partitions: how many in all
	For  time.Duration
}

// kind is how a strike is begun and ended.
type kind struct {
	begin  sim.Kind
	label  string // of a command
	end    sim.Kind
	broker bool // it strikes brokers
	job    bool // of jobs alone
	group  bool // of groups of handlers alone
}

// What ends by itself or for good has no end.
var kinds = map[string]kind{
	"start":              {begin: sim.Start},
	"leave":              {begin: sim.Command, label: "leave", end: sim.Start, group: true},
	"pause":              {begin: sim.Pause, end: sim.Resume},
	"crash":              {begin: sim.Crash, end: sim.Start},
	"vanish":             {begin: sim.Vanish, end: sim.Start},
	"cut":                {begin: sim.Cut, end: sim.Heal},
	"reload-coordinator": {begin: sim.Command, label: "reload-coordinator", broker: true},
	"broker-crash":       {begin: sim.Crash, end: sim.Start, broker: true},
	"fail-source":        {begin: sim.Command, label: "fail source", job: true},
	"fail-operator":      {begin: sim.Command, label: "fail operator", job: true},
	"fail-sink":          {begin: sim.Command, label: "fail sink", job: true},
	"savepoint":          {begin: sim.Command, label: "savepoint", job: true},
	addPartitions:        {begin: sim.Command, label: addPartitions},
}

const addPartitions = "add-partitions"

// Kinds are the names of what can be done, in order.
func Kinds() []string {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CanEnd tells whether a kind of strike can be undone after a while.
func CanEnd(what string) bool { return kinds[what].end != 0 }

// String is the line that Parse reads.
func (s Strike) String() string {
	text := fmt.Sprintf("%v %s %s", s.At, s.What, s.Who)
	if s.What == addPartitions {
		text += fmt.Sprintf(" %d", s.N)
	}
	if s.For > 0 {
		text += fmt.Sprintf(" for %v", s.For)
	}
	return text
}

// Parse reads "AT WHAT WHO [for SPAN]", or "AT add-partitions TOPIC TOTAL".
func Parse(line string) (s Strike, err error) {
	w := strings.Fields(line)
	if len(w) < 3 {
		return s, fmt.Errorf("%q: want for instance \"12s crash m1 for 5s\"", line)
	}
	if s.At, err = time.ParseDuration(w[0]); err != nil || s.At < 0 {
		return s, fmt.Errorf("%q is no time; want for instance 12s or 1m30s", w[0])
	}
	s.What, s.Who = w[1], w[2]
	k, ok := kinds[s.What]
	if !ok {
		return s, fmt.Errorf("%q is nothing that can be done; there are: %s", s.What, strings.Join(Kinds(), ", "))
	}
	rest := w[3:]
	if s.What == addPartitions {
		n, err := int64(0), error(nil)
		if len(rest) == 1 {
			n, err = strconv.ParseInt(rest[0], 10, 32)
		}
		if len(rest) != 1 || err != nil || n < 1 {
			return s, fmt.Errorf("%q: want add-partitions TOPIC and how many there are then", line)
		}
		s.N = int32(n)
		return s, nil
	}
	switch {
	case len(rest) == 0:
		return s, nil
	case len(rest) != 2 || rest[0] != "for" || k.end == 0:
		return s, fmt.Errorf("%q: %s takes %s", line, s.What, map[bool]string{true: "nothing more, or \"for\" and a time", false: "nothing more"}[k.end != 0])
	}
	if s.For, err = time.ParseDuration(rest[1]); err != nil || s.For <= 0 {
		return s, fmt.Errorf("%q is no span; want for instance 5s", rest[1])
	}
	return s, nil
}

// Plan is what the environment does in a run.
type Plan []Strike

func (p Plan) String() string {
	var lines []string
	for _, s := range p {
		lines = append(lines, s.String())
	}
	return strings.Join(lines, "\n")
}

// Check tells what of a plan does not fit a Spec: the place in the plan, and
// what is wrong there.
func (p Plan) Check(spec *scenarios.Spec) (at int, err error) {
	known := map[bool]map[string]bool{true: {}, false: {}}
	for i := range max(spec.Brokers, 1) {
		known[true][fmt.Sprintf("b%d", i)] = true
	}
	for i := range spec.Members {
		known[false][member(spec, i)] = true
	}
	if spec.Job != nil {
		for _, name := range []string{jobManager, "fs", "store"} {
			known[false][name] = true
		}
	}
	for i, s := range p {
		switch k := kinds[s.What]; {
		case s.What == addPartitions:
			if !slices.ContainsFunc(spec.Topics, func(t scenarios.Topic) bool { return t.Name == s.Who }) {
				return i, fmt.Errorf("there is no topic %q", s.Who)
			}
		case k.job && spec.Job == nil:
			return i, fmt.Errorf("%s is for jobs", s.What)
		case k.group && spec.Job != nil:
			return i, fmt.Errorf("%s is for members of a group; a job's are crashed", s.What)
		case s.What == "savepoint" && s.Who != jobManager:
			return i, fmt.Errorf("savepoint is for the JobManager, %s", jobManager)
		case !known[k.broker][s.Who]:
			return i, fmt.Errorf("%s cannot be done to %q: it needs one of %s", s.What, s.Who, strings.Join(sorted(known[k.broker]), ", "))
		case s.At > spec.Warmup+spec.Faulty && spec.Warmup+spec.Faulty > 0:
			return i, fmt.Errorf("the faults stop at %v, before that; make faulty longer", spec.Warmup+spec.Faulty)
		}
	}
	return 0, nil
}

const jobManager = "jm"

// member is the name of a member's node, from 0 on.
func member(spec *scenarios.Spec, i int) string {
	if spec.Job != nil {
		return fmt.Sprintf("tm%d", i+1)
	}
	return fmt.Sprintf("m%d", i+1)
}

func sorted(m map[string]bool) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Script makes a plan a Spec's own course. Members that the plan does not
// start itself start at the moments given, or at the beginning.
func (p Plan) Script(starts []time.Duration) func(*scenarios.Planner) {
	return func(planner *scenarios.Planner) {
		controller := "b0"
		if planner.Spec().Brokers > 1 {
			controller = "c0"
		}
		for i := range planner.Spec().Members {
			who, at := member(planner.Spec(), i), time.Duration(0)
			if i < len(starts) {
				at = starts[i]
			}
			if !slices.ContainsFunc(p, func(s Strike) bool { return s.What == "start" && s.Who == who }) {
				planner.At(at, sim.Start, who)
			}
		}
		for _, s := range p {
			switch k := kinds[s.What]; {
			case s.What == addPartitions:
				planner.Command(s.At, fmt.Sprintf("%s %s %d", k.label, s.Who, s.N), controller)
			case k.label != "":
				planner.Command(s.At, k.label, s.Who)
			default:
				planner.At(s.At, k.begin, s.Who)
			}
			if s.For > 0 {
				planner.At(s.At+s.For, kinds[s.What].end, s.Who)
			}
		}
	}
}
