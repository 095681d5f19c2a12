package assignor

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawServerGroup draws a group without targets.
func drawServerGroup(t *rapid.T, alike bool) (in ServerInput) {
	var names []string
	for i := range rapid.IntRange(1, 6).Draw(t, "topics") {
		topic := ServerTopic{Name: fmt.Sprintf("t%d", i), Partitions: rapid.Int32Range(0, 20).Draw(t, "partitions")}
		copy(topic.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		in.Topics = append(in.Topics, topic)
		names = append(names, topic.Name)
	}
	for i := range rapid.IntRange(1, 12).Draw(t, "members") {
		in.Members = append(in.Members, drawServerMember(t, names, alike, fmt.Sprintf("m%d", i)))
	}
	return in
}

func drawServerMember(t *rapid.T, names []string, alike bool, id string) ServerMember {
	m := ServerMember{ID: id, Topics: names}
	if !alike {
		m.Topics = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, len(names), rapid.ID).Draw(t, "subscription")
	}
	if rapid.IntRange(0, 3).Draw(t, "static") == 0 {
		m.InstanceID = "i" + id
	}
	return m
}

// nextServerInput is the group with what it was given as its targets.
func nextServerInput(in ServerInput, given [][]TopicPartition) ServerInput {
	in.Members = slices.Clone(in.Members)
	for i := range given {
		in.Members[i].Target = given[i]
	}
	return in
}

// changeServerInput lets a member leave or join, or a topic grow.
func changeServerInput(t *rapid.T, in ServerInput, alike bool) ServerInput {
	in.Members, in.Topics = slices.Clone(in.Members), slices.Clone(in.Topics)
	var names []string
	for _, topic := range in.Topics {
		names = append(names, topic.Name)
	}
	switch at := rapid.IntRange(0, len(in.Members)-1).Draw(t, "at"); rapid.IntRange(0, 2).Draw(t, "change") {
	case 0:
		if len(in.Members) > 1 {
			in.Members = slices.Delete(in.Members, at, at+1)
		}
	case 1:
		in.Members = slices.Insert(in.Members, at, drawServerMember(t, names, alike, "new"))
	case 2:
		in.Topics[rapid.IntRange(0, len(names)-1).Draw(t, "topic")].Partitions += rapid.Int32Range(1, 9).Draw(t, "growth")
	}
	return in
}

// checkServerValid: everyone has only what it subscribes to, and every partition of
// a subscribed topic has exactly one owner, or at least one if they share.
func checkServerValid(t *rapid.T, in ServerInput, given [][]TopicPartition, share bool) {
	owners := map[TopicPartition]int{}
	subscribed := map[string]bool{}
	for i, m := range in.Members {
		if !reflect.DeepEqual(given[i], sortedSet(slices.Clone(given[i]))) {
			t.Fatalf("%s: not a sorted set: %v", m.ID, given[i])
		}
		for _, name := range m.Topics {
			subscribed[name] = true
		}
		for _, tp := range given[i] {
			owners[tp]++
			if !slices.Contains(m.Topics, tp.Topic) {
				t.Fatalf("%s has %v without subscription", m.ID, tp)
			}
		}
	}
	for _, topic := range in.Topics {
		for p := range topic.Partitions {
			n := owners[TopicPartition{topic.Name, p}]
			if subscribed[topic.Name] && (n == 0 || n > 1 && !share) {
				t.Fatalf("%s-%d has %d owners", topic.Name, p, n)
			}
		}
	}
}

func serverCounts(given [][]TopicPartition) (n []int) {
	for _, tps := range given {
		n = append(n, len(tps))
	}
	return n
}

func TestServerProperties(t *testing.T) {
	for _, a := range []ServerAssignor{Uniform, ServerRange, Simple} {
		for _, alike := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/alike=%v", a.Name(), alike), rapid.MakeCheck(func(t *rapid.T) {
				in := drawServerGroup(t, alike)
				for range 4 {
					given := a.Assign(in)
					checkServerValid(t, in, given, a == Simple)
					checkServerBalance(t, a, in, given, alike)
					again := nextServerInput(in, given)
					if kept := a.Assign(again); !reflect.DeepEqual(kept, given) {
						t.Fatalf("nothing changed, but %v became %v", given, kept)
					}
					checkServerOrder(t, a, again)
					in = changeServerInput(t, again, alike)
					if a == Uniform && alike {
						checkServerMoves(t, in, a.Assign(in))
					}
				}
			}))
		}
	}
}

// checkServerBalance holds an assignment against what Kafka promises.
func checkServerBalance(t *rapid.T, a ServerAssignor, in ServerInput, given [][]TopicPartition, alike bool) {
	n := serverCounts(given)
	switch {
	case a == ServerRange:
		for _, topic := range in.Topics {
			low, high := int(topic.Partitions), 0
			for i, m := range in.Members {
				if slices.Contains(m.Topics, topic.Name) {
					of := 0
					for _, tp := range given[i] {
						if tp.Topic == topic.Name {
							of++
						}
					}
					low, high = min(low, of), max(high, of)
				}
			}
			if high-low > 1 {
				t.Fatalf("%s: between %d and %d", topic.Name, low, high)
			}
		}
	case a == Uniform && alike:
		if slices.Max(n)-slices.Min(n) > 1 {
			t.Fatalf("counts %v", n)
		}
	case a == Simple && alike && !haveTargets(in):
		if slices.Max(n)-slices.Min(n) > 1 {
			t.Fatalf("counts %v", n)
		}
	}
}

func haveTargets(in ServerInput) bool {
	return slices.ContainsFunc(in.Members, func(m ServerMember) bool { return len(m.Target) > 0 })
}

// checkServerMoves: of its target every member keeps all that balance allows, so
// what is lost in sum is no more than what exceeds the quotas.
func checkServerMoves(t *rapid.T, in ServerInput, given [][]TopicPartition) {
	total := 0
	for _, topic := range in.Topics {
		total += int(topic.Partitions)
	}
	quota, extras := total/len(in.Members), total%len(in.Members)
	had := make([]int, len(in.Members))
	kept := 0
	for i, m := range in.Members {
		had[i] = len(m.Target)
		for _, tp := range m.Target {
			if slices.Contains(given[i], tp) {
				kept++
			}
		}
	}
	slices.SortFunc(had, func(a, b int) int { return cmp.Compare(b, a) })
	could := 0
	for i, n := range had {
		if i < extras {
			could += min(n, quota+1)
		} else {
			could += min(n, quota)
		}
	}
	if kept != could {
		t.Fatalf("kept %d, could have kept %d: %v became %v", kept, could, in.Members, given)
	}
}

// checkServerOrder: in which order members stand in the input does not matter, as
// long as no two fall into one bucket of Java's map; and topics never.
func checkServerOrder(t *rapid.T, a ServerAssignor, in ServerInput) {
	buckets := map[int32]bool{}
	for _, m := range in.Members {
		buckets[spread(m.ID)&(javaTable-1)] = true
	}
	want := a.Assign(in)
	turned := in
	turned.Topics = slices.Clone(in.Topics)
	slices.Reverse(turned.Topics)
	if len(buckets) == len(in.Members) {
		turned.Members = slices.Clone(in.Members)
		slices.Reverse(turned.Members)
	}
	got := a.Assign(turned)
	if len(buckets) == len(in.Members) {
		slices.Reverse(got)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("input in another order: %v instead of %v", got, want)
	}
}
