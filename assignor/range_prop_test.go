package assignor

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var topicNames = []string{"audit", "orders", "payments", "shipments", "Zebra"}

// drawGroup draws a group; with equal subscriptions if asked for.
func drawGroup(t *rapid.T, equal bool) Input {
	var in Input
	racked := rapid.Bool().Draw(t, "racked")
	rack := rapid.SampledFrom([]string{"", "r0", "r1", "r2"})
	for _, name := range topicNames {
		topic := Topic{Name: name, Partitions: rapid.Int32Range(0, 9).Draw(t, "partitions of "+name)}
		for p := int32(0); racked && p < topic.Partitions; p++ {
			topic.Racks = append(topic.Racks, rapid.SliceOfNDistinct(rack, 0, 3, rapid.ID).Draw(t, "racks"))
		}
		in.Topics = append(in.Topics, topic)
	}
	some := rapid.SliceOfDistinct(rapid.SampledFrom(append([]string{"missing"}, topicNames...)), rapid.ID)
	all := some.Draw(t, "subscription")
	for i := range rapid.IntRange(0, 8).Draw(t, "members") {
		m := Member{ID: fmt.Sprintf("m%d", i), Topics: all, Generation: -1}
		if !equal {
			m.Topics = some.Draw(t, "subscription of "+m.ID)
		}
		if rapid.Bool().Draw(t, "static") {
			m.InstanceID = fmt.Sprintf("i%d", 9-i)
		}
		if racked {
			m.Rack = rack.Draw(t, "rack of "+m.ID)
		}
		in.Members = append(in.Members, m)
	}
	return in
}

// shares counts the partitions of a topic by member.
func shares(given [][]TopicPartition, topic string) []int {
	n := make([]int, len(given))
	for m, list := range given {
		for _, tp := range list {
			if topic == "" || tp.Topic == topic {
				n[m]++
			}
		}
	}
	return n
}

// checkDealt holds that every partition somebody wants has one owner, who wants it.
func checkDealt(t *rapid.T, in Input, given [][]TopicPartition) {
	t.Helper()
	if len(given) != len(in.Members) {
		t.Fatalf("%d lists for %d members", len(given), len(in.Members))
	}
	owner := map[TopicPartition]string{}
	for i, list := range given {
		for _, tp := range list {
			if other, ok := owner[tp]; ok {
				t.Fatalf("%v belongs to %s and %s", tp, other, in.Members[i].ID)
			}
			if owner[tp] = in.Members[i].ID; !slices.Contains(in.Members[i].Topics, tp.Topic) {
				t.Fatalf("%s did not ask for %v", in.Members[i].ID, tp)
			}
		}
	}
	wanted := 0
	for _, topic := range in.Topics {
		if slices.ContainsFunc(in.Members, func(m Member) bool { return slices.Contains(m.Topics, topic.Name) }) {
			wanted += int(topic.Partitions)
		}
		for p := range topic.Partitions {
			delete(owner, TopicPartition{topic.Name, p})
		}
	}
	if got := shares(given, ""); wanted != sum(got) || len(owner) > 0 {
		t.Fatalf("%d partitions are wanted, %v given, of which do not exist %v", wanted, got, owner)
	}
}

func sum(counts []int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func checkEven(t *rapid.T, counts []int, what string) {
	t.Helper()
	if len(counts) > 0 && slices.Max(counts)-slices.Min(counts) > 1 {
		t.Fatalf("%s are spread as %v", what, counts)
	}
}

// checkOrderless holds that it does not matter who was told of first. (Java's
// order of topics can depend on it where hashes collide; these do not.)
func checkOrderless(t *rapid.T, a Assignor, in Input, given [][]TopicPartition) {
	t.Helper()
	order := make([]int, len(in.Members))
	for i := range order {
		order[i] = i
	}
	order = rapid.Permutation(order).Draw(t, "other order")
	other := Input{Topics: rapid.Permutation(in.Topics).Draw(t, "other order of topics")}
	for _, i := range order {
		other.Members = append(other.Members, in.Members[i])
	}
	for at, list := range a.Assign(other) {
		if i := order[at]; !slices.Equal(list, given[i]) {
			t.Fatalf("%s gets %v, and %v when told of in another order", in.Members[i].ID, given[i], list)
		}
	}
}

func TestRangeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroup(t, false)
		given := Range.Assign(in)
		checkDealt(t, in, given)
		checkOrderless(t, Range, in, given)
		racked := slices.ContainsFunc(in.Members, func(m Member) bool { return m.Rack != "" })
		for _, topic := range in.Topics {
			var counts []int
			for i, n := range shares(given, topic.Name) {
				if slices.Contains(in.Members[i].Topics, topic.Name) {
					counts = append(counts, n)
				}
			}
			checkEven(t, counts, "partitions of "+topic.Name)
		}
		for i, list := range given {
			for k := 1; k < len(list); k++ {
				if before, tp := list[k-1], list[k]; !racked && before.Topic == tp.Topic && before.Partition+1 != tp.Partition {
					t.Fatalf("%s gets %v: not contiguous", in.Members[i].ID, list)
				}
			}
		}
	})
}

func TestRoundRobinProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		equal := rapid.Bool().Draw(t, "equal subscriptions")
		in := drawGroup(t, equal)
		given := RoundRobin.Assign(in)
		checkDealt(t, in, given)
		checkOrderless(t, RoundRobin, in, given)
		if equal {
			checkEven(t, shares(given, ""), "partitions")
		}
	})
}

// Racks must bring partitions nearer, never to fewer members than range without them.
func TestRangeRacksBringNearer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroup(t, true)
		in.Topics = in.Topics[:1] // topics with shared numbers may give up nearness to keep them together
		far := Input{Topics: in.Topics, Members: slices.Clone(in.Members)}
		for i := range far.Members {
			far.Members[i].Rack = ""
		}
		if with, without := near(in, Range.Assign(in)), near(in, Range.Assign(far)); with < without {
			t.Fatalf("%d partitions near their member, %d when racks are not told", with, without)
		}
	})
}

func near(in Input, given [][]TopicPartition) (n int) {
	for i, list := range given {
		for _, tp := range list {
			if rack := in.Members[i].Rack; rack != "" && slices.Contains(in.Topics[0].Racks[tp.Partition], rack) {
				n++
			}
		}
	}
	return n
}
