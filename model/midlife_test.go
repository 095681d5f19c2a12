package model

import (
	"slices"
	"testing"
)

// midlifeStory is a history of one group and partition, as it is written.
type midlifeStory []Event

func (s *midlifeStory) add(kind Kind, client string, generation int32, from, to int64) {
	e := Event{At: int64(len(*s)), Kind: kind, Client: client, Group: "g", Member: client, Generation: generation}
	switch kind {
	case Assigned, Commit, OffsetsTold:
		e.Partitions = []PartitionOffset{{tp(1), to}}
	case FetchOffsets:
		e.Partitions = []PartitionOffset{{TopicPartition: tp(1)}}
	case Polled, Processed:
		e.TopicPartition, e.From, e.To = tp(1), from, to
	}
	*s = append(*s, e)
}

// commits is a commit and its answer; told a fetch and its.
func (s *midlifeStory) commits(client string, generation int32, to int64) {
	s.add(Commit, client, generation, 0, to)
	s.add(CommitDone, client, generation, 0, 0)
}

func (s *midlifeStory) told(client string, generation int32, to int64) {
	s.add(FetchOffsets, client, generation, 0, 0)
	s.add(OffsetsTold, client, generation, 0, to)
}

// midlifeFinds judges a story that begins in mid-life.
func midlifeFinds(s midlifeStory) []string {
	r := judge(append(s, Event{At: int64(len(s)), Kind: End}), Options{Midlife: true})
	return r.Names()
}

// A commit from before the history may take effect until one of a later
// generation has: then what goes back is lost.
func TestMidlifeCommitsInFlight(t *testing.T) {
	var s midlifeStory
	s.commits("m1", 4, 50)
	s.told("m2", 5, 40)
	if got := midlifeFinds(s); len(got) > 0 {
		t.Errorf("found %v; the offset 40 may have been committed before", got)
	}
	s.commits("m2", 5, 60)
	s.told("m3", 6, 70)
	if got := midlifeFinds(s); len(got) > 0 {
		t.Errorf("found %v; somebody who is not told of may have gone on to 70", got)
	}
	s.told("m3", 6, 40)
	if got := midlifeFinds(s); !slices.Equal(got, []string{CommitLost}) {
		t.Errorf("found %v, want %s", got, CommitLost)
	}
}

func TestMidlifeRewinds(t *testing.T) {
	var s midlifeStory
	reads := func(client string, generation int32, from int64) {
		s.add(Assigned, client, generation, 0, from)
		s.add(Polled, client, generation, from, 60)
		s.add(Processed, client, generation, from, 60)
	}
	s.add(Polled, "m1", 4, 30, 60)
	s.add(Processed, "m1", 4, 30, 60)
	s.commits("m1", 4, 50)
	reads("m2", 5, 40)
	if got := midlifeFinds(s); len(got) > 0 {
		t.Errorf("found %v; the offset 40 may have been committed before", got)
	}
	s.commits("m2", 5, 60)
	reads("m3", 6, 40)
	if got := midlifeFinds(s); !slices.Equal(got, []string{RewindBeyondCommit}) {
		t.Errorf("found %v, want %s", got, RewindBeyondCommit)
	}
}

// What a reader had at hand when the history began, it may have processed then.
func TestMidlifeReaders(t *testing.T) {
	for _, polls := range []bool{true, false} {
		var s midlifeStory
		if polls {
			s.add(Polled, "m1", 4, 50, 60)
		}
		s.add(Processed, "m1", 4, 30, 50) // by two threads
		s.add(Processed, "m1", 4, 10, 20)
		s.commits("m1", 4, 50)
		if got := slices.DeleteFunc(midlifeFinds(s), func(n string) bool { return n == NonmonotonicProcessing }); len(got) > 0 {
			t.Errorf("polls %v: found %v; 20 to 29 may have been processed before", polls, got)
		}
		s.add(Assigned, "m1", 5, 0, 50)
		s.add(Polled, "m1", 5, 50, 70)
		s.add(Processed, "m1", 5, 50, 60)
		s.commits("m1", 5, 70)
		if got := midlifeFinds(s); !slices.Contains(got, CommitAheadOfProcessing) {
			t.Errorf("polls %v: found %v, not that 60 to 69 were never processed", polls, got)
		}
	}
}

// What the history does not say who committed, others have done.
func TestMidlifeOthers(t *testing.T) {
	var s midlifeStory
	s.add(Assigned, "m1", 4, 0, 0)
	s.add(Polled, "m1", 4, 0, 10)
	s.add(Processed, "m1", 4, 0, 10)
	s.commits("m1", 4, 10)
	s.add(Assigned, "m1", 6, 0, 200)
	s.add(Polled, "m1", 6, 200, 210)
	s.add(Processed, "m1", 6, 200, 210)
	s.commits("m1", 6, 210)
	if got := midlifeFinds(s); len(got) > 0 {
		t.Errorf("found %v", got)
	}
	whole := judge(append(append([]Event{{Kind: Started, Client: "m1"}}, s...), Event{At: 99, Kind: End}), Options{Fresh: true})
	if !slices.Contains(whole.Names(), CommitAheadOfProcessing) {
		t.Errorf("in a fresh history: found %v; nobody processed 10 to 199", whole.Names())
	}
}
