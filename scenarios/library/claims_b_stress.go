package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/gauges"
	"github.com/groundhogsim/groundhog/sim"
)

// Stress are the parameters of the stress scenario (B16): what document B sets
// by environment variables.
type Stress struct {
	// KafkaSource lets a group of twenty task managers read the topic; without
	// it, one process reads all of it, and nothing is divided.
	KafkaSource bool
	Topic       string
	Group       string
	Messages    int
}

// DefaultStress is document B's own setting.
var DefaultStress = Stress{KafkaSource: true, Topic: "flinkdotnet.sample.topic", Group: "flinkdotnet-stress-test-consumer-group", Messages: 1000}

// StressName is the stress scenario's.
const StressName = "B16"

// MostMessages is how many a run of the stress scenario may have.
const MostMessages = 10_000_000

// MessagesMissing: not every message was processed.
const MessagesMissing = "messages-missing"

// stressTicks is over how many ticks the messages are produced, whatever their
// number.
const stressTicks = 100

// Scenario is the stress scenario with these parameters: all messages are
// processed, whatever crashes, leaves, joins and stands still meanwhile.
func (s Stress) Scenario() *scenarios.Scenario {
	spec := managers(20, assignor.CooperativeSticky, client.Franz)
	if !s.KafkaSource {
		spec.Members = 1
	}
	spec.Topics[0].Name, spec.Group = s.Topic, scenarios.Classic(s.Group, assignor.CooperativeSticky)
	spec.Warmup, spec.Faulty = 20*time.Second, 80*time.Second
	spec.Load = scenarios.Load{Count: s.Messages, Pattern: "key-%d", Keys: 1000, PerTick: (s.Messages + stressTicks - 1) / stressTicks, Every: time.Second}
	spec.Client.MaxPollRecords = 5000
	spec.Handler = inBulk
	spec.Script, spec.Faults = nil, scenarios.AnyOf(scenarios.Crash, scenarios.Leave, scenarios.Join, scenarios.Pause)
	spec.Gauges = []scenarios.Gauge{gauges.Duplicates(), gauges.Rounds(), gauges.Unowned()}
	spec.Promise = spec.Promise.Forbidding("every message is processed", MessagesMissing)
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		done := int64(0)
		for _, p := range o.Course.Progress {
			done += p.Processed
		}
		if o.Settled && done < int64(s.Messages) { // a batch that the producer sent again may be there twice
			return []scenarios.Finding{{Name: MessagesMissing, Text: fmt.Sprintf("%d of %d messages were processed", done, s.Messages)}}
		}
		return nil
	}
	out := &scenarios.Scenario{Name: StressName, Refs: []string{"B16", "B18"}, Expect: scenarios.Hold, Seeds: 20, Spec: spec,
		Title: fmt.Sprintf("stress: %d messages of %s through the group %s, while task managers crash, leave, join and stand still", s.Messages, s.Topic, s.Group)}
	if s.KafkaSource {
		out.Sometimes = []scenarios.Sometimes{{Name: "the group rebalanced under load", After: 10, Seen: func(o *scenarios.Outcome) bool { return o.Report.Summary.Rebalances >= 3 }}}
	}
	return out
}

// inBulk does the work on all that was polled at once, then commits.
func inBulk(env scenarios.Env) scenarios.Handler { return bulk{env} }

type bulk struct{ env scenarios.Env }

// Process implements scenarios.Handler.
func (b bulk) Process(records []scenarios.Record) {
	b.env.Sleep(time.Duration(len(records)) * sim.Millisecond.Duration() / 10)
	b.env.Emit(records...)
	b.env.Commit(records...)
}
