package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Each group gets every record, keeps its own generations and offsets, and is
// judged by itself.
func TestGroupsBesideOneAnother(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		spec := world(plainHandler)
		spec.Members = 2
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		spec.Beside = []Crowd{{Group: Classic("audit", assignor.RoundRobin), Members: 3,
			Client: &ClientConfig{Profile: profile, Reset: client.Earliest, SessionTimeout: 12 * time.Second, MaxPollInterval: 30 * time.Second},
			Handler: func(env Env) Handler {
				return &lines{Env: env, process: func(records []Record) { env.Commit(records...); env.Emit(records...) }}
			}}}
		script := spec.Script
		spec.Script = func(p *Planner) {
			script(p)
			p.At(10*time.Second, sim.Crash, "m4")
		}
		o := play(t, spec)
		o.holds(t)
		byGroup := map[string]int64{}
		for _, p := range o.Course.Progress {
			byGroup[p.Group] += p.Processed
		}
		if byGroup["g"] != 40 || byGroup["audit"] != 40 {
			t.Errorf("processed %v, want 40 each", byGroup)
		}
		if n := len(o.Report.Partitions); n != 4 {
			t.Errorf("%d partitions in the report, want two of each group", n)
		}
		members := map[string][]string{}
		for _, g := range o.Course.Generations {
			for _, s := range g.Shares {
				if !slices.Contains(members[g.Group], s.Client) {
					members[g.Group] = append(members[g.Group], s.Client)
				}
			}
		}
		slices.Sort(members["audit"])
		if fmt.Sprint(members) != "map[audit:[m3 m4 m5] g:[m1 m2]]" {
			t.Errorf("members %v", members)
		}
		for _, e := range o.find(model.Removed, "") {
			if e.Group != "audit" {
				t.Errorf("the crash in audit removed a member of %s", e.Group)
			}
		}
	})
}

// A group beside that cannot settle is named.
func TestGroupBesideThatDoesNotSettle(t *testing.T) {
	spec := world(plainHandler)
	spec.Beside = []Crowd{{Group: Classic("audit"), Members: 1, Handler: func(env Env) Handler {
		return &lines{Env: env, process: func([]Record) { env.Sleep(time.Hour) }}
	}}}
	o := play(t, spec)
	if o.Settled || !strings.HasPrefix(o.Why, "audit: m2 ") {
		t.Errorf("settled: %q", o.Why)
	}
}

func TestUnevenSubscriptions(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		spec := world(plainHandler)
		spec.Topics = append(spec.Topics, Topic{Name: "audit", Partitions: 2})
		spec.Loads = []Load{{Topic: "audit", Count: 20}}
		spec.Members = 3
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		spec.Subscribe = func(member int) []string {
			return map[int][]string{1: {"orders"}, 2: {"audit"}}[member]
		}
		o := play(t, spec)
		o.holds(t)
		got := map[string][]string{}
		for _, e := range o.find(model.Assigned, "") {
			for _, p := range e.Partitions {
				if !slices.Contains(got[e.Client], p.Topic) {
					got[e.Client] = append(got[e.Client], p.Topic)
				}
			}
			slices.Sort(got[e.Client])
		}
		if fmt.Sprint(got["m1"], got["m2"], got["m3"]) != "[orders] [audit] [audit orders]" {
			t.Errorf("assigned %v", got)
		}
	})
}

// From eager to cooperative in two bounces: first everybody can do both, then
// range goes. What the group uses follows when the last member has changed.
func TestUpgradeInTwoBounces(t *testing.T) {
	profiled(t, func(t *testing.T, profile client.Profile) {
		spec := world(plainHandler)
		spec.Members, spec.Topics[0].Partitions = 2, 4
		spec.Client.Profile, spec.Client.Reset = profile, client.Earliest
		spec.Group.AssignorsOf = func(_, start int) []assignor.Assignor {
			return [][]assignor.Assignor{{assignor.Range}, {assignor.CooperativeSticky, assignor.Range}, {assignor.CooperativeSticky}}[min(start, 3)-1]
		}
		spec.Warmup, spec.Faulty = 5*time.Second, 65*time.Second
		script := spec.Script
		spec.Script = func(p *Planner) {
			script(p)
			for i := range 4 {
				m, at := fmt.Sprintf("m%d", 1+i%2), time.Duration(8+i*15)*time.Second
				p.Command(at, "leave", m)
				p.At(at+5*time.Second, sim.Start, m)
			}
		}
		o := play(t, spec)
		o.holds(t)
		for _, m := range []string{"m1", "m2"} {
			if n := len(o.find(model.Started, m)); n != 3 {
				t.Errorf("%s was started %d times", m, n)
			}
		}
		// After the last start nobody gives up what it keeps.
		for _, e := range o.find(model.Revoked, "m1") {
			if e.At > 58_000_000 && len(e.Partitions) > 2 {
				t.Errorf("at the end m1 is revoked %d partitions, as an eager member", len(e.Partitions))
			}
		}
		if n := len(o.find(model.Removed, "")); n != 4 {
			t.Errorf("%d members were removed, want the four that left", n)
		}
	})
}

// ClientOf sets members apart; it is given what the Spec says, before any
// profile's defaults.
func TestMembersOfBothProfiles(t *testing.T) {
	spec := world(plainHandler)
	spec.Members = 2
	spec.ClientOf = func(member, _ int, c ClientConfig) ClientConfig {
		if member == 2 {
			c.Profile, c.Reset = client.Java, client.Earliest
		}
		return c
	}
	run, err := NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	franz, java := run.Spec.MemberConfig(1, 1), run.Spec.MemberConfig(2, 1)
	if franz.FetchMaxWait != 5*time.Second || java.FetchMaxWait != 500*time.Millisecond || java.RebalanceTimeout != 20*time.Second {
		t.Errorf("franz waits for %v, java for %v", franz.FetchMaxWait, java.FetchMaxWait)
	}
	o := play(t, spec)
	o.holds(t)
	if g := o.Course.Generations[len(o.Course.Generations)-1]; g.String() != "m1=[0] m2=[1]" && g.String() != "m1=[1] m2=[0]" {
		t.Errorf("last generation: %v", g)
	}
}
