package client_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Whatever happens on the way, members of a share group that process before they
// acknowledge have every record processed, accept none that nobody has
// processed, and leave none behind; they keep the protocol; and while nothing
// goes wrong, brokers refuse nothing of what they send.
func TestShareConsumersGetThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := &shareOptions{profile: rapid.SampledFrom([]string{"franz", "java"}).Draw(t, "profile"),
			partitions: rapid.IntRange(1, 3).Draw(t, "partitions"), max: rapid.IntRange(1, 6).Draw(t, "max"), lock: 5000, loop: true,
			records: rapid.IntRange(1, 20).Draw(t, "records"), work: rapid.SampledFrom([]int{0, 10, 300, 1000}).Draw(t, "work"),
			explicit: rapid.Bool().Draw(t, "explicit"), strict: rapid.Bool().Draw(t, "strict"), commit: rapid.Bool().Draw(t, "commit"),
			release: rapid.SampledFrom([]int{0, 3}).Draw(t, "release")}
		o.silent = o.profile == "java" && !o.explicit || o.profile == "franz" && rapid.Bool().Draw(t, "silent")
		if o.profile == "java" && !o.explicit {
			o.release = 0 // nothing can be released there
		}
		s := newShareScript(t, o)
		s.quiet = true
		processed := map[string]bool{}
		s.watch = func(e *model.Event) {
			if e.Kind == model.ShareProcessed {
				processed[fmt.Sprint(e.TopicPartition, "@", e.From)] = true
			}
		}
		s.act(t, "start b0", "start b1", "start m1", "start m2")
		faults := rapid.SliceOfN(rapid.SampledFrom(s.faults()), 0, 8).Draw(t, "faults")
		for _, f := range faults {
			s.pass(t, sim.Time(rapid.IntRange(1, 4000).Draw(t, "wait"))*ms)
			s.act(t, f)
			if rapid.Bool().Draw(t, "soon") {
				s.heal()
			}
		}
		s.pass(t, sim.Second)
		s.heal()
		s.pass(t, 5*sim.Minute)
		for _, p := range s.cluster.order {
			for i, at := range s.cluster.logs[p] {
				switch name := fmt.Sprint(p, "@", i); {
				case !at.done:
					t.Fatalf("%s is left behind\n%s", name, s.out.String())
				case !at.gap && (at.as != api.AckAccept || !processed[name]):
					t.Fatalf("%s ended %d, processed: %v\n%s", name, at.as, processed[name], s.out.String())
				}
			}
		}
		if len(s.cluster.wrong) > 0 {
			t.Fatalf("a client %s\n%s", s.cluster.wrong[0], s.out.String())
		}
		if len(faults) == 0 && s.cluster.refused > 0 {
			t.Fatalf("%d requests were refused\n%s", s.cluster.refused, s.out.String())
		}
	})
}

func (s *shareScript) faults() []string {
	out := []string{"gap b0 orders/0", "add b0 orders/0=3", "crash b0", "crash b1", "crash m1", "crash m2", "close b0 m1", "close b1 m2",
		"forget b0 m1", "forget b0 m2", "lead b0 orders/0=1", "lead b0 orders/0=0", "leave m2", "give b0 m1=orders/0", "give b0 m2="}
	for _, e := range []string{"ShareFetch=SHARE_SESSION_LIMIT_REACHED", "ShareFetch=INVALID_SHARE_SESSION_EPOCH", "ShareAcknowledge=SHARE_SESSION_NOT_FOUND",
		"ShareAcknowledge=UNKNOWN_SERVER_ERROR", "acknowledgements=COORDINATOR_NOT_AVAILABLE", "acknowledgements=INVALID_RECORD_STATE",
		"ShareGroupHeartbeat=NOT_COORDINATOR", "ShareGroupHeartbeat=FENCED_MEMBER_EPOCH", "ShareGroupHeartbeat=COORDINATOR_LOAD_IN_PROGRESS"} {
		out = append(out, "refuse b0 "+e)
	}
	return out
}

// act applies actions; those that are not possible now are left out.
func (s *shareScript) act(t *rapid.T, actions ...string) {
	for _, line := range actions {
		a, err := s.names.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		_ = s.world.Apply(max(s.world.Now(), s.until), a)
	}
}

func (s *shareScript) pass(t *rapid.T, span sim.Time) {
	s.until = max(s.world.Now(), s.until) + span
	if _, err := sim.Drive(s.world, &sim.TimedDriver{Until: s.until}, 200_000, nil); err != nil {
		t.Fatal(err)
	}
}

// heal brings back who is away, and gives every member all partitions.
func (s *shareScript) heal() {
	for _, name := range []string{"start b0", "start b1", "start m1", "start m2"} {
		a, _ := s.names.Parse(name)
		_ = s.world.Apply(max(s.world.Now(), s.until), a)
	}
	delete(s.cluster.given, "m1")
	delete(s.cluster.given, "m2")
}

// The batches of acknowledgements are as the clients make them.
func TestShareAckBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		types := map[int64]int8{}
		at := int64(0)
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			at += rapid.SampledFrom([]int64{0, 0, 2}).Draw(t, "skip")
			as := int8(rapid.IntRange(0, 4).Draw(t, "type"))
			for range rapid.IntRange(1, 14).Draw(t, "length") {
				types[at] = as
				at++
			}
		}
		for _, java := range []bool{false, true} {
			got, last := map[int64]int8{}, int64(-1)
			for _, b := range client.AckBatches(types, java) {
				if n := int64(len(b.AcknowledgeTypes)); b.FirstOffset <= last || n != 1 && n != b.LastOffset-b.FirstOffset+1 || !java && n != 1 {
					t.Fatalf("%v after %d", b, last)
				}
				for last = b.FirstOffset; ; last++ {
					got[last] = b.AcknowledgeTypes[min(int(last-b.FirstOffset), len(b.AcknowledgeTypes)-1)]
					if last == b.LastOffset {
						break
					}
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(types) {
				t.Fatalf("java %v: %v became %v", java, types, got)
			}
		}
	})
}

func TestShareAckBatchesOfJava(t *testing.T) {
	for _, c := range []struct {
		types, want string
	}{
		{"1111", "0-3:[1]"},
		{"1112", "0-3:[1 1 1 2]"},
		{"1111111111", "0-9:[1]"},
		{"11111111111", "0-10:[1]"},
		{"2111111111113", "0-0:[2] 1-11:[1] 12-12:[3]"},
		{"21111111111", "0-10:[2 1 1 1 1 1 1 1 1 1 1]"},
		{"1.2", "0-0:[1] 2-2:[2]"},
	} {
		types := map[int64]int8{}
		for i, r := range c.types {
			if r != '.' {
				types[int64(i)] = int8(r - '0')
			}
		}
		got := partsText([]api.SharePartition{{AcknowledgementBatches: client.AckBatches(types, true)}})
		if want := " /0 " + c.want; got != want {
			t.Errorf("%s: %s, want %s", c.types, got, want)
		}
	}
}
