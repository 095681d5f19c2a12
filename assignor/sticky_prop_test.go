package assignor

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var bothSticky = []Assignor{Sticky, CooperativeSticky}

// drawSticky draws a group in which nobody owns anything yet. The ids are such
// that no two share a bucket of Java's HashMap, whose order is then their own.
func drawSticky(t *rapid.T, equal, racks bool) (in Input) {
	names := make([]string, rapid.IntRange(1, 5).Draw(t, "topics"))
	for i := range names {
		names[i] = fmt.Sprintf("t%d", i)
		topic := Topic{Name: names[i], Partitions: rapid.Int32Range(1, 9).Draw(t, "partitions")}
		for range topic.Partitions {
			if racks {
				topic.Racks = append(topic.Racks, rapid.SliceOfN(rapid.SampledFrom([]string{"r0", "r1", "r2"}), 1, 3).Draw(t, "replicas"))
			}
		}
		in.Topics = append(in.Topics, topic)
	}
	buckets := map[int32]bool{}
	for n, i := rapid.IntRange(1, 10).Draw(t, "members"), 0; len(in.Members) < n; i++ {
		m := Member{ID: fmt.Sprintf("consumer-%d", i*7919), Topics: names, Generation: noGeneration}
		if bucket := spread(m.ID) & (javaTable - 1); buckets[bucket] {
			continue
		} else {
			buckets[bucket] = true
		}
		if !equal {
			m.Topics = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(names), 1, 5).Draw(t, "subscription"))))
		}
		if racks {
			m.Rack = rapid.SampledFrom([]string{"", "r0", "r1", "r2"}).Draw(t, "rack")
		}
		in.Members = append(in.Members, m)
	}
	return in
}

// stickyAfter is the group after an assignment, with nothing else changed.
func stickyAfter(a Assignor, in Input, given [][]TopicPartition, generation int32) Input {
	in.Members = slices.Clone(in.Members)
	for i := range in.Members {
		in.Members[i] = stickyTells(a, in.Members[i], given[i], generation)
	}
	return in
}

// stickyChange lets members come, go and change their minds, and partitions
// come; the ids of newcomers are those of members that went.
func stickyChange(t *rapid.T, in Input, equal bool) Input {
	in.Members, in.Topics = slices.Clone(in.Members), slices.Clone(in.Topics)
	for i := range in.Members {
		m := &in.Members[i]
		if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
			m.Owned, m.UserData, m.Generation = nil, nil, noGeneration
		}
		if !equal && rapid.IntRange(0, 3).Draw(t, "change") == 0 {
			m.Topics = []string{rapid.SampledFrom(in.Topics).Draw(t, "topic").Name}
		}
	}
	for i := range in.Topics {
		in.Topics[i].Partitions += rapid.Int32Range(0, 2).Draw(t, "more")
	}
	gone := rapid.IntRange(0, len(in.Members)-1).Draw(t, "gone")
	in.Members = in.Members[gone:]
	return in
}

// checkSticky checks that each partition goes to one member that wants it. Of
// the cooperative assignor those may be missing that somebody still owns.
func checkSticky(t *rapid.T, a Assignor, in Input, given [][]TopicPartition) {
	owner := map[TopicPartition]int{}
	for m, ps := range given {
		for _, p := range ps {
			if _, twice := owner[p]; twice {
				t.Fatalf("%s: %v is assigned twice", a.Name(), p)
			}
			owner[p] = m
			if !slices.Contains(in.Members[m].Topics, p.Topic) {
				t.Fatalf("%s: %s gets %v but does not want it", a.Name(), in.Members[m].ID, p)
			}
		}
	}
	for _, topic := range in.Topics {
		wanted := slices.ContainsFunc(in.Members, func(m Member) bool { return slices.Contains(m.Topics, topic.Name) })
		for n := range topic.Partitions {
			p := TopicPartition{topic.Name, n}
			owned := slices.ContainsFunc(in.Members, func(m Member) bool { return slices.Contains(m.Owned, p) })
			if _, assigned := owner[p]; assigned != wanted && !(a == CooperativeSticky && owned) {
				t.Fatalf("%s: %v is assigned %v, but wanted %v", a.Name(), p, assigned, wanted)
			}
		}
	}
}

// Histories: whatever happens, assignments are valid; with equal subscriptions
// they are balanced; and no partition goes from one owner to the next at once.
func TestStickyHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		equal, racks := rapid.Bool().Draw(t, "equal"), rapid.Bool().Draw(t, "racks")
		a := rapid.SampledFrom(bothSticky).Draw(t, "assignor")
		in := drawSticky(t, equal, racks)
		for generation := int32(1); generation <= 4; generation++ {
			given := a.Assign(in)
			checkSticky(t, a, in, given)
			if a == Sticky && equal {
				checkStickyBalance(t, given)
			}
			if a == CooperativeSticky {
				checkStickyHandover(t, in, given)
			}
			in = stickyChange(t, stickyAfter(a, in, given, generation), equal)
		}
	})
}

func checkStickyBalance(t *rapid.T, given [][]TopicPartition) {
	bySize := func(a, b []TopicPartition) int { return cmp.Compare(len(a), len(b)) }
	if least, most := slices.MinFunc(given, bySize), slices.MaxFunc(given, bySize); len(most)-len(least) > 1 {
		t.Fatalf("one has %d and another %d", len(least), len(most))
	}
}

func checkStickyHandover(t *rapid.T, in Input, given [][]TopicPartition) {
	for m := range in.Members {
		for _, p := range in.Members[m].Owned {
			for other, ps := range given {
				if other != m && slices.Contains(ps, p) {
					t.Fatalf("%s gets %v while %s owns it", in.Members[other].ID, p, in.Members[m].ID)
				}
			}
		}
	}
}

// When nothing changes, everybody gets what it had. The cooperative assignor,
// which withholds some at first, comes to rest in the generation after if
// subscriptions are equal; otherwise it may move more meanwhile.
func TestStickyStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		equal := rapid.Bool().Draw(t, "equal")
		a := rapid.SampledFrom(bothSticky).Draw(t, "assignor")
		in := drawSticky(t, equal, false)
		in = stickyChange(t, stickyAfter(a, in, a.Assign(in), 1), equal)
		in = stickyAfter(a, in, a.Assign(in), 2)
		if a == CooperativeSticky {
			in = stickyAfter(a, in, a.Assign(in), 3)
			for generation := int32(4); !equal && generation < 10; generation++ {
				in = stickyAfter(a, in, a.Assign(in), generation)
			}
		}
		for m, got := range a.Assign(in) {
			slices.SortFunc(got, stickyPartitionOrder)
			had := slices.SortedFunc(slices.Values(in.Members[m].Owned), stickyPartitionOrder)
			if !slices.Equal(got, had) {
				t.Fatalf("%s: %s had %v and gets %v", a.Name(), in.Members[m].ID, had, got)
			}
		}
	})
}

func stickyPartitionOrder(a, b TopicPartition) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}

// Orders: nothing depends on the order of topics, nor, as long as the members'
// ids fall into different buckets of a HashMap, on that of members.
func TestStickyIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		equal := rapid.Bool().Draw(t, "equal")
		a := rapid.SampledFrom(bothSticky).Draw(t, "assignor")
		in := drawSticky(t, equal, rapid.Bool().Draw(t, "racks"))
		in = stickyChange(t, stickyAfter(a, in, a.Assign(in), 1), equal)
		shuffled := Input{rapid.Permutation(in.Members).Draw(t, "order"), rapid.Permutation(in.Topics).Draw(t, "topic order")}
		want := map[string][]TopicPartition{}
		for m, ps := range a.Assign(in) {
			want[in.Members[m].ID] = ps
		}
		for m, ps := range a.Assign(shuffled) {
			if id := shuffled.Members[m].ID; !slices.Equal(ps, want[id]) {
				t.Fatalf("%s: %s gets %v, in another order %v", a.Name(), id, want[id], ps)
			}
		}
	})
}

// Junk is divided somehow, but does not panic, and no partition is made up.
func TestStickyTakesJunk(t *testing.T) {
	name := rapid.SampledFrom([]string{"", "a", "b", "c", "d"})
	partition := rapid.Custom(func(t *rapid.T) TopicPartition {
		return TopicPartition{name.Draw(t, "topic"), rapid.Int32Range(-2, 6).Draw(t, "number")}
	})
	rapid.Check(t, func(t *rapid.T) {
		in := Input{
			Members: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Member {
				m := Member{name.Draw(t, "id"), "", name.Draw(t, "rack"), rapid.SliceOf(name).Draw(t, "topics"),
					rapid.SliceOf(partition).Draw(t, "owned"), rapid.Int32Range(-3, 3).Draw(t, "generation"), nil}
				m.UserData = StickyUserData(m.Owned, rapid.Int32Range(-3, 3).Draw(t, "generation in user data"))
				if rapid.Bool().Draw(t, "noise") {
					m.UserData = rapid.SliceOf(rapid.Byte()).Draw(t, "user data")
				}
				return m
			}), 0, 30).Draw(t, "members"),
			Topics: rapid.SliceOf(rapid.Custom(func(t *rapid.T) Topic {
				return Topic{name.Draw(t, "name"), rapid.Int32Range(-1, 5).Draw(t, "partitions"), rapid.SliceOf(rapid.SliceOf(name)).Draw(t, "racks")}
			})).Draw(t, "topics"),
		}
		for _, a := range bothSticky {
			given := a.Assign(in)
			if len(given) != len(in.Members) {
				t.Fatalf("%s: %d lists for %d members", a.Name(), len(given), len(in.Members))
			}
			for _, p := range slices.Concat(given...) {
				if !slices.ContainsFunc(in.Topics, func(t Topic) bool { return t.Name == p.Topic && p.Partition < t.Partitions }) {
					t.Fatalf("%s: there is no %v", a.Name(), p)
				}
			}
		}
	})
}

// User data is read back as it was written, in whatever order.
func TestStickyUserDataReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawSticky(t, true, false)
		var all []TopicPartition
		for _, topic := range in.Topics {
			for n := range topic.Partitions {
				all = append(all, TopicPartition{topic.Name, n})
			}
		}
		owned := rapid.SliceOfDistinct(rapid.SampledFrom(all), func(p TopicPartition) TopicPartition { return p }).Draw(t, "owned")
		generation := rapid.Int32().Draw(t, "generation")
		in.Members[0].UserData = StickyUserData(owned, generation)
		g := newStickyGroup(in)
		g.claimFromUserData(0)
		got := slices.SortedFunc(slices.Values(g.partitions(g.claimed[:1])[0]), stickyPartitionOrder)
		slices.SortFunc(owned, stickyPartitionOrder)
		if !slices.Equal(got, owned) || g.generation[0] != generation {
			t.Fatalf("%v of generation %d is read as %v of generation %d", owned, generation, got, g.generation[0])
		}
		if got := generationFromUserData(CooperativeStickyUserData(generation)); got != generation {
			t.Fatalf("generation %d is read as %d", generation, got)
		}
	})
}
