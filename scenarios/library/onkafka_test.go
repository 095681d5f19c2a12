package library

import (
	"runtime"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// On a real cluster every scenario keeps its ratios, and its Spec is valid.
func TestOnKafkaKeepsRatios(t *testing.T) {
	for _, s := range All() {
		if s.OnKafka == nil {
			continue
		}
		here, there := s.Spec.Client.WithDefaults(), s.OnKafka()
		if err := there.Validate(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		want := float64(here.HeartbeatInterval) / float64(here.SessionTimeout)
		got := float64(there.Client.HeartbeatInterval) / float64(there.Client.SessionTimeout)
		if got < want*0.95 || got > want*1.05 || there.Client.SessionTimeout != kafkaSession {
			t.Errorf("%s: heartbeat to session is %v, there %v", s.Name, want, got)
		}
		if there.Warmup < 3*time.Second || there.Warmup+there.Faulty > time.Minute {
			t.Errorf("%s: warm-up %v and %v of faults", s.Name, there.Warmup, there.Faulty)
		}
	}
}

// A run leaves no coroutine behind.
func TestRunsLeaveNothingBehind(t *testing.T) {
	s, err := Find("E08")
	if err != nil {
		t.Fatal(err)
	}
	before := goroutines()
	for n := range 20 {
		if _, err := scenarios.PlayOn(t.Context(), "sim", s[0], uint64(n), nil); err != nil {
			t.Fatal(err)
		}
	}
	if after := goroutines(); after > before+5 {
		t.Errorf("%d goroutines before 20 runs, %d after", before, after)
	}
}

func goroutines() int {
	runtime.GC()
	return runtime.NumGoroutine()
}
