package scenarios

import (
	"testing"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim/canon"
	"github.com/groundhogsim/groundhog/sim/explore"
)

// Whatever is part of a state must have a canonical form: a field that canon
// cannot encode would make different states look the same.
func TestStatesHaveCanonicalForms(t *testing.T) {
	for name, err := range map[string]error{
		"member":           canon.Check[client.LoopMember](),
		"loop":             canon.Check[client.Loop](),
		"producer":         canon.Check[client.Producer](),
		"broker":           canon.Check[broker.Broker](),
		"checker":          canon.Check[scopeChecker](),
		"JoinGroup":        canon.Check[api.JoinGroupRequest](),
		"JoinGroup answer": canon.Check[api.JoinGroupResponse](),
		"SyncGroup":        canon.Check[api.SyncGroupRequest](),
		"OffsetCommit":     canon.Check[api.OffsetCommitRequest](),
		"Fetch":            canon.Check[api.FetchRequest](),
		"Fetch answer":     canon.Check[api.FetchResponse](),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The search of the real broker and consumers finds what is wrong by a
// shortest way, finds nothing where nothing is, and counts the same with any
// strategy and number of workers.
func TestScope(t *testing.T) {
	find := func(set map[string]string, o explore.Options) explore.Result {
		t.Helper()
		s, err := ParseScope(set)
		if err != nil {
			t.Fatal(err)
		}
		o.MemoryBytes = 4 << 30
		r, err := s.Explore(o)
		if err != nil || !r.Complete {
			t.Fatalf("%v, %s", err, r.Stopped)
		}
		return r
	}
	set := map[string]string{"R": "1", "C": "1"}
	one := find(set, explore.Options{Strategy: explore.BreadthFirst})
	two := find(set, explore.Options{Strategy: explore.BreadthFirst, Workers: 2})
	if one.States != two.States || one.Transitions != two.Transitions || len(one.Violations) > 0 || one.States < 1000 {
		t.Errorf("one worker finds %d states, %d transitions, %v; two find %d, %d", one.States, one.Transitions, one.Violations, two.States, two.Transitions)
	}
	wrong := find(map[string]string{"R": "1", "C": "1", "WRONG": "1"}, explore.Options{Strategy: explore.BreadthFirst})
	if len(wrong.Violations) != 1 || wrong.Violations[0].Property != model.CommitAheadOfProcessing || !wrong.Violations[0].Shortest {
		t.Fatalf("commit before processing: %+v", wrong.Violations)
	}
	path := wrong.Violations[0].Path
	if len(path) > 8 || path[len(path)-1] != "crash m1" {
		t.Errorf("the way to it is %q", path)
	}
}

func TestBadScopes(t *testing.T) {
	for _, set := range []map[string]string{{"M": "0"}, {"M": "x"}, {"Q": "1"}, {"C": "9"}} {
		if s, err := ParseScope(set); err == nil {
			t.Errorf("%v: accepted as %+v", set, s)
		}
	}
}
