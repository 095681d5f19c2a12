package library

import (
	"fmt"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

// Scenarios in which real bugs of brokers and clients showed. The right ones
// hold; with the bug put back, each must fail.

// groupKeepsItsRules are the invariants of the classic group itself, whatever
// its members do.
func groupKeepsItsRules() scenarios.Promise {
	return scenarios.AtLeastOnce().
		Forbidding("a generation stands for one set of members", model.GenerationReuse).
		Forbidding("one live member an instance", model.InstanceNotFenced, model.LiveMemberFenced).
		Forbidding("no rebalance is stuck", model.StuckRebalance).
		Forbidding("committed offsets stay", model.CommitLost)
}

func formerBugs() []*scenarios.Scenario {
	return []*scenarios.Scenario{
		{Name: "static-twins", Refs: []string{"I-C5", "KAFKA-8500"}, Expect: scenarios.Hold, Seeds: 200,
			Title: "a second process with the instance id of a living member starts while the group rebalances", Spec: staticTwins()},
		{Name: "static-failover", Refs: []string{"I-C5", "I-O3", "KAFKA-10284"}, Expect: scenarios.Hold, Seeds: 200,
			Title: "static members are restarted, and the coordinator moves", Spec: staticFailover()},
		{Name: "slow-to-sync", Refs: []string{"I-C4", "KAFKA-12890"}, Expect: scenarios.Hold, Seeds: 200,
			Title: "a member stands still between JoinGroup and SyncGroup, for longer than a rebalance may take", Spec: slowToSync()},
		{Name: "stale-claim", Refs: []string{"I-C2", "KAFKA-12984"}, Expect: scenarios.Hold, Seeds: 200,
			Title: "a cooperative member misses a generation, and claims what it had before", Spec: staleClaim()},
		{Name: "quiet-partition", Refs: []string{"I-C6", "KAFKA-13636"}, Expect: scenarios.Hold, Seeds: 200,
			Title: "a rebalance at the moment when offsets of a quiet partition are older than their retention", Spec: quietPartition()},
	}
}

func staticTwins() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Members: 4, Handler: handlers.ProcessThenCommit,
		Group: scenarios.Classic("order-service", assignor.Range).StaticAs(func(m int) string {
			return []string{"", "one", "one", "two", "three"}[m]
		}),
		Load:    scenarios.Keyed(200, "customer-%d", 20),
		Client:  scenarios.ClientConfig{SessionTimeout: 10 * time.Second, RebalanceTimeout: 20 * time.Second, BlockRebalanceOnPoll: true},
		Promise: groupKeepsItsRules(),
		Warmup:  10 * time.Second, Faulty: 40 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 3, 2*time.Second), sim.Start, "m3")
			// The group rebalances when it forms, and when somebody new comes.
			at := p.Draw("twin", 0, 5*time.Second)
			if p.Pick("twin-late", 0, 2) == 1 {
				at += 20 * time.Second
				p.At(at-p.Draw("twin-after", 0, 3*time.Second), sim.Start, "m4")
			} else {
				p.At(p.Draw("start", 4, 2*time.Second), sim.Start, "m4")
			}
			p.At(at, sim.Start, "m2")
			p.Retire(49*time.Second, "m1")
		},
	}
}

func staticFailover() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Members: 3, Handler: handlers.ProcessThenCommit,
		Group:   scenarios.Classic("order-service", assignor.Range).Static(),
		Load:    scenarios.Keyed(200, "customer-%d", 20),
		Client:  scenarios.ClientConfig{SessionTimeout: 30 * time.Second, RebalanceTimeout: 20 * time.Second, BlockRebalanceOnPoll: true},
		Promise: groupKeepsItsRules(),
		Faults:  scenarios.AnyOf(scenarios.Crash, scenarios.CoordinatorReload, scenarios.BrokerCrash),
	}
}

func slowToSync() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Members: 3, Handler: handlers.ProcessThenCommit,
		Group:   scenarios.Classic("order-service", assignor.Range),
		Load:    scenarios.Keyed(200, "customer-%d", 20),
		Client:  scenarios.ClientConfig{SessionTimeout: 45 * time.Second, RebalanceTimeout: 10 * time.Second, BlockRebalanceOnPoll: true},
		Promise: groupKeepsItsRules(),
		Faults:  scenarios.AnyOf(scenarios.Crash, scenarios.Join, scenarios.Leave),
		Warmup:  10 * time.Second, Faulty: 60 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, time.Second), sim.Start, "m2")
			p.At(p.Draw("start", 3, 20*time.Second), sim.Start, "m3")
			// Whoever is stopped right when a generation has formed has its
			// answer under way, and SyncGroup yet to send.
			n := 1 + p.Pick("generation", 0, 2)
			who := p.Member("slow", 0)
			p.When(func() func(*model.Event) bool {
				return nth(n, func(e *model.Event) bool { return e.Kind == model.Formed })
			}, sim.Pause, who)
			p.At(40*time.Second, sim.Resume, who)
		},
	}
}

func staleClaim() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 3}}, Members: 3, Handler: handlers.ProcessThenCommit,
		Group:   scenarios.Classic("order-service", assignor.CooperativeSticky),
		Load:    scenarios.Keyed(200, "customer-%d", 20),
		Client:  scenarios.ClientConfig{SessionTimeout: 10 * time.Second, RebalanceTimeout: 10 * time.Second, MetadataMaxAge: 5 * time.Second},
		Promise: groupKeepsItsRules(),
		Warmup:  10 * time.Second, Faulty: 80 * time.Second,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, 2*time.Second), sim.Start, "m2")
			// One comes and goes, so that the others join anew; one of these is
			// cut off with its JoinGroup under way, and thrown out for it.
			at := 12 * time.Second
			p.At(at, sim.Start, "m3")
			for i := range 3 {
				at += 10*time.Second + p.Draw("comes-and-goes", i, 10*time.Second)
				p.Command(at, "leave", "m3")
				at += time.Second + p.Draw("away", i, 5*time.Second)
				p.At(at, sim.Start, "m3")
			}
			who := fmt.Sprintf("m%d", 1+p.Pick("who", 0, 2))
			n := 2 + p.Pick("which-join", 0, 5)
			p.When(func() func(*model.Event) bool {
				return nth(n, func(e *model.Event) bool { return e.Kind == model.Joining && e.Client == who })
			}, sim.Cut, who)
			for heal := 30 * time.Second; heal < 90*time.Second; heal += 20 * time.Second {
				p.At(heal+p.Draw("heal", int(heal/time.Second), 10*time.Second), sim.Heal, who)
			}
		},
	}
}

func quietPartition() scenarios.Spec {
	return scenarios.Spec{
		Topics: []scenarios.Topic{{Name: "orders", Partitions: 4}}, Members: 2, Handler: handlers.ProcessThenCommit,
		Group:   scenarios.Classic("order-service", assignor.Range),
		Load:    scenarios.Load{Count: 40, Pattern: "customer-%d", Keys: 20, PerTick: 10, Every: time.Second},
		Client:  scenarios.ClientConfig{Reset: client.Earliest, SessionTimeout: 10 * time.Second, BlockRebalanceOnPoll: true},
		Broker:  scenarios.BrokerConfig{OffsetsRetention: time.Minute, OffsetsRetentionCheck: 5 * time.Second},
		Promise: groupKeepsItsRules(),
		Warmup:  10 * time.Second, Faulty: 3 * time.Minute,
		Script: func(p *scenarios.Planner) {
			p.At(0, sim.Start, "m1")
			p.At(p.Draw("start", 2, 2*time.Second), sim.Start, "m2")
			// One comes and goes; the other stays, so that the group is never empty.
			at := 75 * time.Second
			for i := range 3 {
				at += p.Draw("comes-and-goes", i, 20*time.Second)
				p.Command(at, "leave", "m2")
				at += time.Second + p.Draw("away", i, 10*time.Second)
				p.At(at, sim.Start, "m2")
			}
		},
	}
}
