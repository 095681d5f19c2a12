package scenarios

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// brokers runs a test on one broker and on three.
func brokers(t *testing.T, test func(t *testing.T, n int)) {
	for _, n := range []int{1, 3} {
		t.Run(fmt.Sprintf("brokers=%d", n), func(t *testing.T) { test(t, n) })
	}
}

// Clients wait for brokers that come late, and begin by themselves.
func TestBrokersThatAreReadyLate(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		brokers(t, func(t *testing.T, n int) {
			spec := world(plainHandler)
			spec.Brokers, spec.Broker.ReadyAt = n, 12*time.Second
			spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
			o := play(t, spec)
			o.holds(t)
			joins := o.find(model.Assigned, "m1")
			if len(joins) == 0 || joins[0].At < 12_000_000 || joins[0].At > 24_000_000 {
				t.Errorf("assigned at %v", joins)
			}
			if n := o.Report.Summary.Produced; n != 40 {
				t.Errorf("%d records were written", n)
			}
			// The start of the brokers is no decision that shrinking could drop.
			small, err := Shrink(o.Trial, nil, mustFind(t, o), 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range small.Log.Entries[:n] {
				if e.Action.Kind != sim.Start || e.At != 12*sim.Second && o.Trial.IsBroker(e.Action.Node) {
					t.Errorf("the shrunk log begins with %v", o.Trial.Names.Print(e.Action))
				}
			}
		})
	})
}

// mustFind names an anomaly that every run of a Spec shows.
func mustFind(t *testing.T, o played) string {
	t.Helper()
	o.Trial.Spec.Assert = func(*Outcome) []Finding { return []Finding{{Name: "always"}} }
	return "always"
}

// A topic that is not there at the start is found when it is made.
func TestTopicsThatComeLater(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		brokers(t, func(t *testing.T, n int) {
			spec := world(plainHandler)
			spec.Brokers, spec.Topics[0].Later = n, true
			spec.Client.Profile, spec.Client.Reset, spec.Client.MetadataMaxAge = profile, client.Earliest, 5*time.Second
			script := spec.Script
			spec.Script = func(p *Planner) {
				script(p)
				p.CreateTopic(14*time.Second, "orders")
			}
			o := play(t, spec)
			o.holds(t)
			counts := slices.DeleteFunc(o.find(model.PartitionCount, ""), func(e model.Event) bool { return e.Topic != "orders" })
			if len(counts) != 1 || counts[0].At != 14_000_000 || counts[0].To != 2 {
				t.Errorf("partitions: %v", counts)
			}
			var got int64
			for _, p := range o.Course.Progress {
				got += p.Processed
			}
			if got != 40 {
				t.Errorf("%d of 40 records processed", got)
			}
		})
	})
}

// What is deleted before a group comes to it is not there for it: by policy it
// begins where the log does.
func TestDeleteRecords(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		brokers(t, func(t *testing.T, n int) {
			spec := world(plainHandler)
			spec.Brokers, spec.Topics[0].Partitions = n, 1
			spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
			p0 := Partition{Topic: "orders"}
			spec.Script = func(p *Planner) {
				p.DeleteRecords(10*time.Second, p0, 17)
				p.At(12*time.Second, sim.Start, "m1")
			}
			o := play(t, spec)
			o.holds(t)
			starts, at := o.find(model.LogStart, ""), o.find(model.Positioned, "m1")
			if len(starts) != 1 || starts[0].To != 17 || starts[0].TopicPartition != p0 {
				t.Fatalf("the log begins: %v", starts)
			}
			if len(at) != 1 || at[0].To != 17 || at[0].Cause != "earliest" {
				t.Errorf("the member begins at %v", at)
			}
		})
	})
}

// Below the log's beginning: a position that was committed is gone.
func TestCommittedBelowLogStart(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		spec := world(plainHandler)
		spec.Topics[0].Partitions = 1
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		spec.Script = func(p *Planner) {
			p.At(0, sim.Start, "m1")
			p.Command(5*time.Second, "leave", "m1")
			p.DeleteRecords(9*time.Second, Partition{Topic: "orders"}, 30)
			p.At(10*time.Second, sim.Start, "m1")
		}
		o := play(t, spec)
		o.holds(t)
		at := o.find(model.Positioned, "m1")
		if last := at[len(at)-1]; last.To != 30 || last.Cause != "earliest" {
			t.Errorf("it goes on at %d (%s), want 30 (earliest)", last.To, last.Cause)
		}
	})
}

// A log that is cut off behind what was read: both clients find out by the
// leader epoch, and go on where it was cut.
func TestTruncate(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		spec := world(plainHandler)
		spec.Topics[0].Partitions = 1
		spec.Client.Profile, spec.Client.Reset, spec.Client.MetadataMaxAge = profile, client.Earliest, 2*time.Second
		script := spec.Script
		spec.Script = func(p *Planner) {
			script(p)
			p.Truncate(8*time.Second, Partition{Topic: "orders"}, 20)
		}
		o := play(t, spec)
		o.holds(t)
		cuts := o.find(model.Truncated, "")
		if len(cuts) != 1 || cuts[0].From != 20 || cuts[0].To < 30 || cuts[0].Cause != model.CauseUnclean {
			t.Fatalf("cut off: %v", cuts)
		}
		at := o.find(model.Positioned, "m1")
		if last := at[len(at)-1]; last.To != 20 {
			t.Errorf("it goes on at %d (%s), want 20", last.To, last.Cause)
		}
	})
}

// A group that is deleted, or its offsets, begins anew.
func TestDeleteGroupAndOffsets(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		brokers(t, func(t *testing.T, n int) {
			for _, offsets := range []bool{false, true} {
				spec := world(plainHandler)
				spec.Brokers, spec.Topics[0].Partitions = n, 1
				spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
				spec.Script = func(p *Planner) {
					p.At(0, sim.Start, "m1")
					p.DeleteGroup(4*time.Second, "g") // it has a member: nothing happens
					p.Command(6*time.Second, "leave", "m1")
					if offsets {
						p.DeleteOffsets(9*time.Second, "g", "orders")
					} else {
						p.DeleteGroup(9*time.Second, "g")
					}
					p.At(10*time.Second, sim.Start, "m1")
				}
				o := play(t, spec)
				for _, f := range o.Broken() {
					t.Errorf("%s: %s", f.Name, f.Text)
				}
				kind := model.GroupDeleted
				if offsets {
					kind = model.OffsetsDeleted
				}
				if gone := o.find(kind, ""); len(gone) != 1 || gone[0].At < 9_000_000 || gone[0].Cause != "admin" {
					t.Errorf("deleted: %v", gone)
				}
				at := o.find(model.Positioned, "m1")
				if len(at) != 2 || at[1].To != 0 || at[1].Cause != "earliest" {
					t.Errorf("positions: %v", at)
				}
			}
		})
	})
}

// A log tells what Spec it is of, with all that can be written down of it.
func TestPlainFormTellsSpecsApart(t *testing.T) {
	base := world(plainHandler)
	seen := map[string]string{base.plain(): "the base"}
	for name, change := range map[string]func(*Spec){
		"brokers":     func(s *Spec) { s.Brokers = 3 },
		"ready":       func(s *Spec) { s.Broker.ReadyAt = time.Second },
		"later":       func(s *Spec) { s.Topics = []Topic{{Name: "orders", Partitions: 2, Later: true}} },
		"beside":      func(s *Spec) { s.Beside = []Crowd{{Group: Classic("a"), Members: 1}} },
		"beside two":  func(s *Spec) { s.Beside = []Crowd{{Group: Classic("a"), Members: 2}} },
		"loads":       func(s *Spec) { s.Loads = []Load{{Count: 1}} },
		"partitioner": func(s *Spec) { s.Load.Partitioner = client.ConsistentRandom },
		"no keys":     func(s *Spec) { s.Load.NoKeys = true },
		"skew":        func(s *Spec) { s.Load.Skew = Zipf(3) },
		"from":        func(s *Spec) { s.Load.From = time.Second },
		"acks":        func(s *Spec) { s.Load.Producing.Acks = client.AcksNone },
		"metadata":    func(s *Spec) { s.Load.MetadataMaxAge = time.Second },
	} {
		s := base
		change(&s)
		if other, ok := seen[s.plain()]; ok {
			t.Errorf("%s reads as %s", name, other)
		}
		seen[s.plain()] = name
	}
}
