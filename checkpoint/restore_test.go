package checkpoint

import (
	"fmt"
	"testing"

	"github.com/groundhogsim/groundhog/model"
)

// After a change of parallelism splits are dealt out in runs, as
// RoundRobinOperatorStateRepartitioner does: not one by one.
func TestShareOfSplits(t *testing.T) {
	var splits []Split
	for p := range int32(7) {
		splits = append(splits, Split{TopicPartition: model.TopicPartition{Topic: "t", Partition: p}})
	}
	for _, c := range []struct {
		was, now int
		by       Assignment
		want     string
	}{
		{1, 3, ByEnumerator, "[0 1 2] [3 4] [5 6]"},
		{4, 2, ByEnumerator, "[0 1 2 3] [4 5 6]"},
		{2, 9, ByEnumerator, "[0] [1] [2] [3] [4] [5] [6] [] []"},
		{2, 1, ByEnumerator, "[0 1 2 3 4 5 6]"},
		{2, 2, ByEnumerator, "[0 1 2 3 4 5 6] [0 1 2 3 4 5 6]"}, // each was given its own
		{1, 2, ByGroup, "[0 1 2 3 4 5 6] [0 1 2 3 4 5 6]"},
	} {
		got := ""
		for i := range c.now {
			m := &TaskManager{cfg: &Config{Assignment: c.by}, deploy: &Deploy{Subtask: i, Parallelism: c.now, Was: c.was}}
			parts := []int32{}
			for _, s := range m.share(splits) {
				parts = append(parts, s.Partition)
			}
			got += fmt.Sprint(parts) + " "
		}
		if got != c.want+" " {
			t.Errorf("%d to %d, %s: %s, want %s", c.was, c.now, c.by, got, c.want)
		}
	}
}

// A job that was given a checkpoint begins with it, and its own come after it,
// also when the JobManager's heap is lost.
func TestBeginsWithCheckpoint(t *testing.T) {
	for _, kind := range []BackendKind{FileSystem, Memory} {
		j := NewJobManager(&Config{Restore: 7, Parallelism: 1, Backend: Backend{Kind: kind}}, &fakeDirectory{})
		j.Crash()
		if fmt.Sprint(j.ha.Latest, j.ha.NextID) != "[7] 8" {
			t.Errorf("%s: goes on from %v, next is %d", kind, j.ha.Latest, j.ha.NextID)
		}
	}
	s := NewStorage(StorageConfig{Files: map[string][]byte{"a/b": []byte("x")}})
	if data, ok := s.File("a/b"); !ok || string(data) != "x" {
		t.Errorf("%q, %v", data, ok)
	}
}
