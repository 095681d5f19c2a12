package library

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/sources"
	"github.com/groundhogsim/groundhog/sim"
)

// A08: what a job goes on from, and when it refuses to.

// RestoreDiffers: after a restore a job reads elsewhere than it must, goes on
// where it must refuse to, or refuses otherwise.
const RestoreDiffers = "restore-differs"

// restoreJob is a job of two subtasks that reads 24 records in the first
// seconds and has them in checkpoints before the warm-up is over; eight more
// come later.
func restoreJob(partitions int32) scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: partitions}}, Group: scenarios.Classic("order-job", assignor.Range), Members: 2,
		Load:  scenarios.Load{Count: 24, Pattern: "customer-%d", Keys: 8, PerTick: 8, Every: 500 * time.Millisecond},
		Loads: []scenarios.Load{{Count: 8, Pattern: "customer-%d", Keys: 8, PerTick: 8, Every: time.Second, From: 24 * time.Second}},
		Job: &scenarios.Job{Interval: 3 * time.Second, Source: sources.Kafka, Discovery: 40 * time.Second, HeartbeatInterval: 2 * time.Second,
			HeartbeatTimeout: 8 * time.Second, Start: checkpoint.Start{From: client.Earliest}},
		Promise: scenarios.Promise{}.Forbidding("goes on where the checkpoint says, or refuses", RestoreDiffers).
			Forbidding("no panic", scenarios.HandlerPanic, scenarios.HandlerDiverges),
		Warmup: 10 * time.Second, Faulty: 20 * time.Second,
	}
}

const (
	whichCrashes = 16 * time.Second
	changedAt    = 12 * time.Second
)

// crashAndChange lets something happen to the topic, and then crashes tm1.
func crashAndChange(change func(*scenarios.Planner)) func(*scenarios.Planner) {
	return func(p *scenarios.Planner) {
		startTasks(p)
		if change != nil {
			change(p)
		}
		p.At(whichCrashes, sim.Crash, "tm1")
		p.At(whichCrashes+2*time.Second, sim.Start, "tm1")
	}
}

// restores are the scenarios of A08.
func restores() []*scenarios.Scenario {
	table := &scenarios.Scenario{Name: "A08", Refs: []string{"A08", "I-BadInput-6"}, Title: "what a checkpoint holds of the partitions that are there, and where sources begin after the restore"}
	add := func(row string, spec scenarios.Spec, change func(*scenarios.Planner), at, why string) {
		spec.Script = crashAndChange(change)
		spec.Gauges = []scenarios.Gauge{placedAfterRestore()}
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return restoredTo(o, at, why) }
		table.Cases = append(table.Cases, scenarios.Case{Row: row, Spec: spec})
	}
	none := restoreJob(2)
	none.Topics[0].Later, none.Job.Discovery = true, 4*time.Second
	none.Loads[0].Count, none.Load.From = 0, 19*time.Second
	none.Loads = nil
	add("no partition: the topic comes later", none, func(p *scenarios.Planner) { p.CreateTopic(whichCrashes+500*time.Millisecond, "orders") }, "0 0", "")
	add("one partition, and none for the other subtask", restoreJob(1), nil, "24", "")
	some := restoreJob(2)
	some.Job.Start.From, some.Load.From = client.Latest, 5*time.Second
	add("two of four: the others are new", some, func(p *scenarios.Planner) { p.AddPartitions(changedAt, "orders", 4) }, "9 15 0 0", "")
	add("all four", restoreJob(4), nil, "0 6 9 9", "")
	gone := restoreJob(4)
	gone.Loads = nil
	add("four, and the topic is gone", gone, func(p *scenarios.Planner) { p.DeleteTopic(changedAt, "orders") }, "",
		"it has positions in orders/0, orders/1, orders/2, orders/3, which the cluster does not have")
	add("four, and the topic has two: it was made anew", gone, func(p *scenarios.Planner) {
		p.DeleteTopic(changedAt, "orders")
		p.Command(changedAt+time.Second, "create-topic orders 2", "b0")
	}, "", "it has positions in orders/2, orders/3, which the cluster does not have")
	return []*scenarios.Scenario{table, badCheckpoints(), spoiltCheckpoints()}
}

// placedAfterRestore reads where sources first begin after the last restore
// from a checkpoint, by partition.
func placedAfterRestore() scenarios.Gauge {
	return scenarios.Gauge{Name: "begin", Unit: "offset", New: func(*scenarios.Trial) scenarios.Meter { return &placed{} }}
}

type placed struct {
	restored bool
	at       map[model.TopicPartition]int64
}

// Observe implements scenarios.Meter.
func (p *placed) Observe(e *model.Event) {
	switch e.Kind {
	case model.JobRestored:
		if p.restored = p.restored || e.Op > 0; p.restored {
			p.at = map[model.TopicPartition]int64{}
		}
	case model.Positioned:
		if _, there := p.at[e.TopicPartition]; p.restored && !there {
			p.at[e.TopicPartition] = e.To
		}
	}
}

// Read implements scenarios.Meter.
func (p *placed) Read(*scenarios.Outcome) []int64 {
	out := []int64{}
	for _, tp := range slices.SortedFunc(maps.Keys(p.at), model.TopicPartition.Compare) {
		out = append(out, p.at[tp])
	}
	return out
}

// restoredTo compares a run with the positions that sources must begin at, or
// with why the job must refuse to go on.
func restoredTo(o *scenarios.Outcome, at, why string) (out []scenarios.Finding) {
	differs := func(format string, args ...any) {
		out = append(out, scenarios.Finding{Name: RestoreDiffers, Text: fmt.Sprintf(format, args...)})
	}
	begin := strings.Trim(fmt.Sprint(o.Number("begin")), "[]")
	switch {
	case why == "" && (!o.Settled || begin != at):
		differs("sources begin at %q, must be %q; %s", begin, at, o.Why)
	case why != "" && !strings.Contains(o.Why, "the job has failed: cannot restore: ") || !strings.Contains(o.Why, why):
		differs("the job must refuse because %q; %q", why, o.Why)
	}
	return out
}

// badCheckpoints begin jobs with a checkpoint that somebody brought: one that is
// not whole, or not this job's, or does not fit it.
func badCheckpoints() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A08-brought", Refs: []string{"A08", "I-BadInput-6"}, Title: "a job is to begin with a checkpoint that somebody brought: it does, or says why it refuses"}
	add := func(row string, edit func(*checkpoint.Metadata), spoil func([]byte) []byte, begin, why string) {
		spec := restoreJob(4)
		spec.Loads, spec.Load.Every = nil, 250*time.Millisecond
		spec.Warmup, spec.Faulty = 5*time.Second, 5*time.Second
		spec.Load.From, spec.Job.Restore = 0, 7
		spec.Job.Storage.Files = map[string][]byte{}
		if file := broughtCheckpoint(edit); file != nil {
			if spoil != nil {
				file = spoil(file)
			}
			spec.Job.Storage.Files["order-job/chk-7/_metadata"] = file
		}
		spec.Script = startTasks
		spec.Gauges = []scenarios.Gauge{placedAfterRestore(), ofJob("applied", "records", func(n model.JobNumbers) int64 { return n.Applied })}
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
			out := restoredTo(o, begin, why)
			if n := o.Number("applied")[0]; why != "" && n > 0 {
				out = append(out, scenarios.Finding{Name: RestoreDiffers, Text: fmt.Sprintf("the job refuses, and has applied %d records", n)})
			}
			return out
		}
		s.Cases = append(s.Cases, scenarios.Case{Row: row, Spec: spec})
	}
	replace := func(old, new string) func([]byte) []byte {
		return func(file []byte) []byte { return []byte(strings.Replace(string(file), old, new, 1)) }
	}
	add("whole", func(*checkpoint.Metadata) {}, nil, "0 2 3 0", "")
	add("not there", nil, nil, "", "order-job/chk-7/_metadata: there is no such file")
	add("torn", func(*checkpoint.Metadata) {}, func(f []byte) []byte { return f[:len(f)/2] }, "", "it was not written to its end")
	add("empty", func(*checkpoint.Metadata) {}, func([]byte) []byte { return nil }, "", "it is no file of a checkpoint")
	add("a bit has changed", func(*checkpoint.Metadata) {}, replace(`"Offset": 3`, `"Offset": 2`), "", "some have changed")
	add("of another version", func(*checkpoint.Metadata) {}, replace("groundhog-checkpoint 1", "groundhog-checkpoint 2"), "", "it has version 2 of the format; this release reads 1")
	add("of another job", func(m *checkpoint.Metadata) { m.Job = "payment-job" }, nil, "", `checkpoint 7 of job "payment-job": this is job "order-job"`)
	add("of another checkpoint", func(m *checkpoint.Metadata) { m.ID = 6 }, nil, "", "order-job/chk-7/_metadata: it is of checkpoint 6")
	add("with partitions that are not there", func(m *checkpoint.Metadata) {
		m.Enumerator.Unassigned = append(m.Enumerator.Unassigned, checkpoint.Split{TopicPartition: model.TopicPartition{Topic: "orders", Partition: 9}})
	}, nil, "", "it has positions in orders/9, which the cluster does not have")
	add("with topics that the job does not name", func(m *checkpoint.Metadata) {
		m.Enumerator.Known = append(m.Enumerator.Known, model.TopicPartition{Topic: "payments"})
	}, nil, "", "it has positions in payments/0, of topics that the job does not name")
	add("with another number of key groups", func(m *checkpoint.Metadata) { m.MaxParallelism = 64 }, nil, "", "its keys are in 64 groups, the job has 128")
	return s
}

// broughtCheckpoint is the metadata file of checkpoint 7 of order-job with
// positions in two of four partitions; nil without an edit.
func broughtCheckpoint(edit func(*checkpoint.Metadata)) []byte {
	if edit == nil {
		return nil
	}
	p := func(n int32) model.TopicPartition { return model.TopicPartition{Topic: "orders", Partition: n} }
	m := &checkpoint.Metadata{Job: "order-job", ID: 7, Parallelism: 2, MaxParallelism: 128, Topics: []string{"orders"},
		Enumerator: checkpoint.EnumeratorState{Discovered: true, Known: []model.TopicPartition{p(1), p(2)},
			Unassigned: []checkpoint.Split{{TopicPartition: p(1), Offset: 2}, {TopicPartition: p(2), Offset: 3}}}}
	edit(m)
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil
	}
	return checkpoint.EncodeFile(checkpoint.Header{Kind: "metadata", Job: m.Job, Checkpoint: m.ID}, append(body, '\n'))
}

// spoiltCheckpoints damage a file of a job's own latest checkpoint, and then
// make it restore.
func spoiltCheckpoints() *scenarios.Scenario {
	s := &scenarios.Scenario{Name: "A08-spoilt", Refs: []string{"A08", "I-BadInput-6"}, Title: "a file of the latest checkpoint is lost or spoilt after it was acknowledged: the job refuses to go on"}
	const state, metadata = "order-job/chk-3/operator-0", "order-job/chk-3/_metadata"
	for _, c := range []struct{ row, command, crashes, why string }{
		{"metadata lost", "lose " + metadata, "jm", metadata + ": there is no such file"},
		{"metadata with a flipped bit", "flip " + metadata, "jm", metadata},
		{"metadata torn", "tear-silently 1 chk-3/_metadata", "jm", metadata},
		{"state lost", "lose " + state, "tm1", state + ": there is no such file"},
		{"state with a flipped bit", "flip " + state, "tm1", state + ": its sum is"},
		{"state torn", "tear-silently 1 chk-3/operator-0", "tm1", state + ": it has "},
	} {
		spec := restoreJob(4)
		spec.Job.Interval = 4 * time.Second
		spec.Script = func(p *scenarios.Planner) {
			startTasks(p)
			third := func() func(*model.Event) bool {
				return func(e *model.Event) bool { return e.Kind == model.CheckpointCompleted && e.Op == 3 }
			}
			if strings.HasPrefix(c.command, "tear") {
				p.Storage(time.Second, c.command)
			} else {
				p.CommandWhen(third, c.command, "fs")
			}
			p.When(third, sim.Crash, c.crashes).After(500 * time.Millisecond)
			p.When(third, sim.Start, c.crashes).After(time.Second)
		}
		spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding { return restoredTo(o, "", c.why) }
		spec.Gauges = []scenarios.Gauge{placedAfterRestore()}
		s.Cases = append(s.Cases, scenarios.Case{Row: c.row, Spec: spec})
	}
	return s
}
