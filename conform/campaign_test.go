package conform

import (
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// TestModelAgreesWithItself, and so reaches most of what there is to meet.
func TestModelAgreesWithItself(t *testing.T) {
	s, err := Run(t.Context(), Config{Subject: Model{}, Seed: 1, Sequences: 1000, Groups: 4, Told: func(r Result) error {
		if len(r.Verdict.Mismatches) > 0 {
			t.Errorf("number %d: %v in\n%s", r.Number, r.Verdict.Mismatches, r.Script)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Matched != 1000 {
		t.Errorf("%d of 1000 match", s.Matched)
	}
	if unmet := s.Coverage.Unmet(); len(unmet) > 3 {
		t.Errorf("never met: %v", unmet)
	}
}

// planted are wrong brokers; what is wrong must be found, and shrunk to the few
// requests that show it.
var planted = []struct {
	name  string
	kind  string
	steps int // that are enough to show it
	spoil func(sim.Message) sim.Message
}{
	{"a heartbeat is refused while the group completes", "answer to heartbeat ErrorCode", 5, func(m sim.Message) sim.Message {
		if r, ok := m.(*api.HeartbeatResponse); ok && r.ErrorCode == api.None {
			return &api.HeartbeatResponse{ErrorCode: api.RebalanceInProgress}
		}
		return m
	}},
	{"a follower is told the members", "answer to join Members.length", 9, func(m sim.Message) sim.Message {
		r, ok := m.(*api.JoinGroupResponse)
		if !ok || r.ErrorCode != api.None || r.Leader == r.MemberID {
			return m
		}
		c := *r
		c.Members = []api.JoinGroupMember{{MemberID: r.MemberID}}
		return &c
	}},
	{"a committed offset is one too high", "answer to fetch-offsets Groups[…].Topics[…].Partitions[…].Offset", 2, func(m sim.Message) sim.Message {
		r, ok := m.(*api.OffsetFetchResponse)
		if !ok {
			return m
		}
		c := *r
		c.Partitions = nil
		for _, p := range r.Partitions {
			if p.CommittedOffset >= 0 {
				p.CommittedOffset++
			}
			c.Partitions = append(c.Partitions, p)
		}
		return &c
	}},
}

func TestPlantedErrorsAreFoundAndShrunk(t *testing.T) {
	for _, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			var found *Result
			c := Config{Subject: Model{Spoil: p.spoil}, Seed: 1, Sequences: 200, Groups: 4, Told: func(r Result) error {
				for _, m := range r.Verdict.Mismatches {
					if m.Kind == p.kind && found == nil {
						found = &r
					}
				}
				return nil
			}}
			s, err := Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if found == nil || s.Differ == 0 {
				t.Fatalf("not found in %d sequences", s.Sequences)
			}
			small, err := Shrink(t.Context(), c, found.Script, p.kind)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(small.Script.Steps); n > p.steps {
				t.Errorf("shrunk from %d to %d steps, at most %d are needed:\n%s", len(found.Script.Steps), n, p.steps, small.Script)
			}
		})
	}
}
