package assignor

import (
	"cmp"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSimpleAssignable: while only some partitions are initialised, these are
// divided as if there were no others: nobody is given another, each has an
// owner, and where all may be given it is as if nothing had been said.
func TestSimpleAssignable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := drawServerGroup(rt, rapid.Bool().Draw(rt, "alike"))
		free := Simple.Assign(in)
		for i := range in.Topics {
			in.Topics[i].Assignable = []int32{}
		}
		for round := range 4 {
			for i := range in.Topics {
				for n := range in.Topics[i].Partitions {
					if a := &in.Topics[i].Assignable; !slices.Contains(*a, n) && (round == 3 || rapid.Bool().Draw(rt, "initialised")) {
						*a = append(*a, n)
					}
				}
			}
			given := Simple.Assign(in)
			checkAssignable(rt, in, given)
			if round == 3 && !reflect.DeepEqual(Simple.Assign(in), free) {
				rt.Fatalf("all may be given: %v, nothing said: %v", Simple.Assign(in), free)
			}
			if rapid.Bool().Draw(rt, "sticky") && round < 2 {
				in = nextServerInput(in, given)
				free = Simple.Assign(unrestricted(in))
			}
		}
	})
}

func unrestricted(in ServerInput) ServerInput {
	in.Topics = slices.Clone(in.Topics)
	for i := range in.Topics {
		in.Topics[i].Assignable = nil
	}
	return in
}

func checkAssignable(rt *rapid.T, in ServerInput, given [][]TopicPartition) {
	owned := map[TopicPartition]bool{}
	for i := range given {
		for _, p := range given[i] {
			owned[p] = true
		}
	}
	for _, topic := range in.Topics {
		subscribed := slices.ContainsFunc(in.Members, func(m ServerMember) bool { return slices.Contains(m.Topics, topic.Name) })
		for n := range topic.Partitions {
			want := subscribed && slices.Contains(topic.Assignable, n)
			if p := (TopicPartition{topic.Name, n}); owned[p] != want {
				rt.Fatalf("%v is given: %v, want %v", p, owned[p], want)
			}
		}
	}
}

// TestSimpleCases: every partition is shared by as many as it takes to give each
// member one, and of one topic nobody has more than one more than another. (The
// assignments themselves are held against Kafka's in testdata/vectors.)
func TestSimpleCases(t *testing.T) {
	topics := func(list ...ServerTopic) []ServerTopic { return list }
	three := ServerTopic{Name: "topic1", ID: [16]byte{15: 1}, Partitions: 3}
	two := ServerTopic{Name: "topic3", ID: [16]byte{15: 3}, Partitions: 2}
	for name, c := range map[string]struct {
		topics  []ServerTopic
		members map[string][]string
		want    []int // how many partitions members have, the most first
	}{
		"no members":                   {topics: topics(three)},
		"no topics":                    {topics: topics(three), members: map[string][]string{"A": {}}, want: []int{0}},
		"two members, two topics":      {topics(three, two), map[string][]string{"A": {"topic1", "topic3"}, "B": {"topic1", "topic3"}}, []int{3, 2}},
		"more members than partitions": {topics(two), map[string][]string{"A": {"topic3"}, "B": {"topic3"}, "C": {"topic3"}, "D": {"topic3"}}, []int{1, 1, 1, 1}},
		"different topics":             {topics(three, two), map[string][]string{"A": {"topic1"}, "B": {"topic3"}, "C": {"topic1", "topic3"}}, []int{2, 2, 1}},
		"nothing initialised":          {topics(ServerTopic{Name: "topic1", Partitions: 3, Assignable: []int32{}}), map[string][]string{"A": {"topic1"}}, []int{0}},
		"one of three initialised":     {topics(ServerTopic{Name: "topic1", Partitions: 3, Assignable: []int32{1}}), map[string][]string{"A": {"topic1"}, "B": {"topic1"}}, []int{1, 1}},
	} {
		in := ServerInput{Topics: c.topics}
		for _, id := range []string{"A", "B", "C", "D"} {
			if subs, ok := c.members[id]; ok {
				in.Members = append(in.Members, ServerMember{ID: id, Topics: subs})
			}
		}
		var got []int
		for _, list := range Simple.Assign(in) {
			got = append(got, len(list))
		}
		slices.SortFunc(got, func(a, b int) int { return cmp.Compare(b, a) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v partitions, want %v", name, got, c.want)
		}
	}
}
