package assignor

import (
	"reflect"
	"testing"
)

// placing draws the given numbers in turn, and fails the test when more are drawn.
func placing(t *testing.T, draws ...uint32) Placing {
	return Placing{Partitions: 3, Available: []int32{0, 1, 2}, Draw: func() uint32 {
		if len(draws) == 0 {
			t.Fatal("drew once too often")
		}
		d := draws[0]
		draws = draws[1:]
		return d
	}}
}

// It stays until a batch is full; if that is not ready, until two are.
func TestStickyPartitionerMovesByBytes(t *testing.T) {
	at := placing(t, 4, 2, 0x80000000) // of which only the lower 31 bits count
	s := NewStickyPartitioner(100)
	if got := s.Appended(500, true, at); !reflect.DeepEqual(got, s) {
		t.Error("bytes before the first choice counted")
	}
	s, _ = s.Current(at)
	for i, c := range []struct {
		bytes int
		ready bool
		want  int32
	}{{60, true, 1}, {39, true, 1}, {1, true, 2}, {150, false, 2}, {49, false, 2}, {1, false, 0}, {99, true, 0}} {
		s = s.Appended(c.bytes, c.ready, at)
		var p int32
		if s, p = s.Current(at); p != c.want {
			t.Errorf("step %d: in partition %d, want %d", i, p, c.want)
		}
	}
}

// The cases are those of Kafka's own explanation: queues of 0, 3 and 1 give
// chances of 4, 1 and 3 out of 8.
func TestStickyPartitionerChoices(t *testing.T) {
	none := []Queue(nil)
	for name, c := range map[string]struct {
		queues    []Queue
		known     int
		available []int32
		want      []int32 // by random number
	}{
		"by queues":             {[]Queue{{10, 0}, {11, 3}, {12, 1}}, 3, nil, []int32{10, 10, 10, 10, 11, 12, 12, 12, 10}},
		"equal queues":          {[]Queue{{0, 5}, {1, 5}}, 2, []int32{0, 1}, []int32{0, 1, 0}},
		"equal, one left out":   {[]Queue{{0, 5}, {2, 5}}, 3, []int32{0, 1, 2}, []int32{0, 2, 0, 2}},
		"one left of two":       {[]Queue{{1, 7}}, 2, []int32{0, 1}, []int32{1, 1, 1}},
		"one partition in all":  {[]Queue{{0, 7}}, 1, []int32{0}, []int32{0, 0}},
		"all left out":          {[]Queue{}, 3, []int32{0, 1, 2}, []int32{0, 1, 2}},
		"not adaptive":          {none, 0, []int32{0, 2}, []int32{0, 2, 0}},
		"no partition has lead": {none, 0, nil, []int32{0, 1, 2, 0}},
	} {
		for random, want := range c.want {
			at := Placing{Partitions: 3, Available: c.available, Draw: func() uint32 { return uint32(random) }}
			if _, got := NewStickyPartitioner(1).Queues(c.queues, c.known).Current(at); got != want {
				t.Errorf("%s: random %d gives partition %d, want %d", name, random, got, want)
			}
		}
	}
}

// Telling queues changes nothing until the next choice, and can be taken back;
// earlier values stay what they were.
func TestStickyPartitionerIsAValue(t *testing.T) {
	at := placing(t, 1, 1, 1)
	s, first := NewStickyPartitioner(10).Current(at)
	loaded := s.Queues([]Queue{{0, 0}, {1, 9}}, 2)
	if _, p := loaded.Current(at); p != first {
		t.Errorf("moved from %d to %d on news of queues", first, p)
	}
	if _, p := loaded.Appended(10, true, at).Current(at); p != 0 {
		t.Errorf("chose %d, want the short queue of 0", p)
	}
	if _, p := loaded.Queues(nil, 0).Appended(10, true, at).Current(at); p != 1 {
		t.Errorf("chose %d, want 1: there is no news of queues any more", p)
	}
}
