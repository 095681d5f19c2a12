package assignor

import (
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// stickyBenchInput is a group over ten topics. If it is not equal, each member
// leaves one of them out.
func stickyBenchInput(members, partitions int, equal bool) (in Input) {
	const topics = 10
	var names []string
	for i := range topics {
		names = append(names, fmt.Sprintf("topic-%02d", i))
		in.Topics = append(in.Topics, Topic{Name: names[i], Partitions: int32(partitions / topics)})
	}
	for i := range members {
		m := Member{ID: fmt.Sprintf("consumer-%05d-4b1c6f0e-8f3e-4a56-9d8e-1c2b3a4d5e6f", i*7919%members), Topics: slices.Clone(names), Generation: -1}
		if !equal {
			m.Topics = slices.Delete(m.Topics, i%topics, i%topics+1)
		}
		in.Members = append(in.Members, m)
	}
	return in
}

// stickyNextRound is the group after an assignment, without its first member.
func stickyNextRound(a Assignor, in Input) Input {
	given := a.Assign(in)
	members := slices.Clone(in.Members)
	for i := range members {
		members[i] = stickyTells(a, members[i], given[i], 1)
	}
	return Input{members[1:], in.Topics}
}

// stickyTells is what a member tells at its next join.
func stickyTells(a Assignor, m Member, owned []TopicPartition, generation int32) Member {
	m.Generation, m.Owned = generation, owned
	m.UserData = CooperativeStickyUserData(generation)
	if a == Sticky {
		m.UserData = StickyUserData(owned, generation)
	}
	return m
}

// stickyFranz prepares franz-go's balancer for the same group. What is
// measured is its plan alone, without the wire format on either side of it.
func stickyFranz(b *testing.B, balancer kgo.GroupBalancer, in Input) func() {
	var members []kmsg.JoinGroupResponseMember
	for _, m := range in.Members {
		owned := map[string][]int32{}
		for _, p := range m.Owned {
			owned[p.Topic] = append(owned[p.Topic], p.Partition)
		}
		members = append(members, kmsg.JoinGroupResponseMember{
			MemberID: m.ID, ProtocolMetadata: balancer.JoinGroupMetadata(m.Topics, owned, m.Generation)})
	}
	topics := map[string]int32{}
	for _, t := range in.Topics {
		topics[t.Name] = t.Partitions
	}
	mb, _, err := balancer.MemberBalancer(members)
	if err != nil {
		b.Fatal(err)
	}
	plain, ok := mb.(kgo.GroupMemberBalancerOrError)
	if !ok {
		b.Fatalf("%T cannot be asked for errors", mb)
	}
	return func() {
		if _, err := plain.BalanceOrError(topics); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSticky(b *testing.B) {
	for _, c := range []struct {
		ours   Assignor
		theirs kgo.GroupBalancer
	}{{Sticky, kgo.StickyBalancer()}, {CooperativeSticky, kgo.CooperativeStickyBalancer()}} {
		for _, size := range []struct {
			members, partitions int
			equal               bool
		}{{1000, 10_000, true}, {10, 100_000, true}, {1000, 10_000, false}, {10, 100_000, false}} {
			scratch := stickyBenchInput(size.members, size.partitions, size.equal)
			for i, in := range []Input{scratch, stickyNextRound(c.ours, scratch)} {
				name := fmt.Sprintf("%s/%dx%d/%s/%s", c.ours.Name(), size.members, size.partitions,
					map[bool]string{true: "equal", false: "unequal"}[size.equal], []string{"scratch", "onegone"}[i])
				b.Run(name+"/groundhog", func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						c.ours.Assign(in)
					}
				})
				b.Run(name+"/franz", func(b *testing.B) {
					plan := stickyFranz(b, c.theirs, in)
					b.ReportAllocs()
					for b.Loop() {
						plan()
					}
				})
			}
		}
	}
}
