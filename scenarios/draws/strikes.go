package draws

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/plan"
)

// kinds of strikes, the mildest first: rapid shrinks towards it.
var kinds = []string{"leave", "pause", "crash", "vanish", "cut", "reload-coordinator", "broker-crash", "add-partitions"}

// kindsFor leaves out that topics grow under static members: a leader that is
// restarted then is told to keep the assignment that there is, and the new
// partitions have no owner until the next rebalance. That is Kafka's own rule
// (JoinGroup's skip_assignment), not the handler's fault.
func kindsFor(s *scenarios.Spec) []string {
	if s.Group.InstanceID(1) != "" {
		return kinds[:len(kinds)-1]
	}
	return kinds
}

// planFor draws up to six strikes for a Spec.
func planFor(t *rapid.T, s *scenarios.Spec) plan.Plan {
	ms := func(t *rapid.T, label string, most time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(0, most.Milliseconds()).Draw(t, label)) * time.Millisecond
	}
	strike := rapid.Custom(func(t *rapid.T) plan.Strike {
		x := plan.Strike{What: rapid.SampledFrom(kindsFor(s)).Draw(t, "what"), At: s.Warmup + ms(t, "at", s.Faulty)}
		switch x.What {
		case "reload-coordinator", "broker-crash":
			x.Who = "b0"
		case "add-partitions":
			x.Who, x.N = s.Topics[0].Name, s.Topics[0].Partitions+rapid.Int32Range(1, 4).Draw(t, "more")
		default:
			x.Who = fmt.Sprintf("m%d", rapid.IntRange(1, s.Members).Draw(t, "who"))
		}
		if plan.CanEnd(x.What) {
			x.For = 100*time.Millisecond + ms(t, "for", 2*s.Client.SessionTimeout)
		}
		return x
	})
	p := plan.Plan(rapid.SliceOfN(strike, 0, 6).Draw(t, "strikes"))
	slices.SortStableFunc(p, func(a, b plan.Strike) int { return int(a.At - b.At) })
	return p
}
