package explore_test

import (
	"fmt"

	"github.com/groundhogsim/groundhog/sim/explore"
)

// jugs is a model of two jugs, of 3 and 5 litres: with a tap and a drain, can one measure 4?
type jugs struct{ explore.Flat[litres] }

// litres is a state: what each jug holds.
type litres [2]uint8

// pour is an action: from one place to another. A place is a jug, or the tap and drain.
type pour struct{ from, to int }

const sink = 2

var size = litres{3, 5}

func (jugs) Init() []litres { return []litres{{0, 0}} }

func (jugs) Actions(s *litres, buf []pour) []pour {
	for i := range s {
		if s[i] < size[i] {
			buf = append(buf, pour{sink, i})
			if s[1-i] > 0 {
				buf = append(buf, pour{1 - i, i})
			}
		}
		if s[i] > 0 {
			buf = append(buf, pour{i, sink})
		}
	}
	return buf
}

func (jugs) Apply(dst, src *litres, a pour) {
	*dst = *src
	switch {
	case a.from == sink:
		dst[a.to] = size[a.to]
	case a.to == sink:
		dst[a.from] = 0
	default:
		amount := min(src[a.from], size[a.to]-src[a.to])
		dst[a.from] -= amount
		dst[a.to] += amount
	}
}

func (jugs) Properties() []string { return []string{"no jug holds 4 litres"} }

func (jugs) Check(s *litres) uint64 {
	if s[1] == 4 {
		return 1
	}
	return 0
}

func (jugs) Describe(a pour) string {
	names := [...]string{"small", "big", "sink"}
	return fmt.Sprintf("%s → %s", names[a.from], names[a.to])
}

func (jugs) DescribeState(s *litres) string { return fmt.Sprint(*s) }

func Example() {
	result, err := explore.Run(jugs{}, explore.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.States, "states,", result.Transitions, "transitions")
	for _, v := range result.Violations {
		fmt.Printf("not true that %s:\n", v.Property)
		for i, action := range v.Path {
			fmt.Println(" ", action, v.States[i+1])
		}
	}
	// Output:
	// 16 states, 58 transitions
	// not true that no jug holds 4 litres:
	//   sink → big [0 5]
	//   big → small [3 2]
	//   small → sink [0 2]
	//   big → small [2 0]
	//   sink → big [2 5]
	//   big → small [3 4]
}
