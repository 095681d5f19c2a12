package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/signs"
	"github.com/groundhogsim/groundhog/sim"
)

// blockedByMember finds rebalances that took longer than all members need to
// hear of them, and to finish a record each.
func blockedByMember(work time.Duration) func(*scenarios.Outcome) []scenarios.Finding {
	return func(o *scenarios.Outcome) []scenarios.Finding {
		spec := o.Trial.Spec
		law := spec.Client.HeartbeatInterval + work + Slack(o)
		var out []scenarios.Finding
		for _, r := range o.Report.Rebalances {
			took := sim.Time(r.Formed - r.Begin).Duration()
			if r.Formed >= 0 && r.Begin >= int64(sim.Span(spec.Warmup)) && took > law {
				out = append(out, scenarios.Finding{Name: signs.BlockedByMember, At: r.Formed,
					Text: fmt.Sprintf("generation %d took %v to form, with heartbeats of %v and records of %v", r.Generation, took, spec.Client.HeartbeatInterval, work)})
			}
		}
		return out
	}
}
