package scenarios

import (
	"testing"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/sim"
)

// idleSource reads nothing.
type idleSource struct {
	checkpoint.Source
	env checkpoint.Env
}

// A job that assigns partitions itself may have members of its own group beside
// it; one whose sources join the group may not.
func TestMembersOfTheJobsOwnGroup(t *testing.T) {
	group := Classic("g", assignor.Range)
	spec := Spec{Topics: []Topic{{Name: "orders", Partitions: 2}}, Group: group, Members: 1,
		Job:    &Job{Source: func(env checkpoint.Env) checkpoint.Source { return idleSource{env: env} }},
		Beside: []Crowd{{Group: group, Members: 1, Handler: func(Env) Handler { return nil }}}}
	if err := spec.Validate(); err != nil {
		t.Error(err)
	}
	spec.Job.Assignment = checkpoint.ByGroup
	const want = `Spec.Beside[0].Group: "g" is the name of the Spec's own group`
	if err := spec.Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What brokers take in can be listened to, and the run is the same.
func TestReceived(t *testing.T) {
	spec := world(plainHandler)
	outcome := func(play Play) *Outcome {
		run, err := NewTrial(&spec, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, err := Simulate(run, play)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	joins, last := map[string]int{}, sim.Time(0)
	heard := outcome(Play{Received: func(at sim.Time, from string, m sim.Message) {
		if at < last {
			t.Errorf("time goes back to %v", at)
		}
		if _, ok := m.(*api.JoinGroupRequest); ok {
			joins[from]++
		}
		last = at
	}})
	if joins["m1"] == 0 || len(joins) != 1 {
		t.Errorf("joins: %v", joins)
	}
	if plain := outcome(Play{}); plain.Hash != heard.Hash {
		t.Errorf("hash %x, without a listener %x", heard.Hash, plain.Hash)
	}
}
