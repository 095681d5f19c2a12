package assignor

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const benchTopics = 10

// benchInput is a group with equal subscriptions to ten topics.
func benchInput(members, partitions int) Input {
	var in Input
	var names []string
	for i := range benchTopics {
		names = append(names, fmt.Sprintf("topic-%02d", i))
		in.Topics = append(in.Topics, Topic{Name: names[i], Partitions: int32(partitions / benchTopics)})
	}
	for i := range members {
		in.Members = append(in.Members, Member{
			ID:     fmt.Sprintf("consumer-%05d-4b1c6f0e-8f3e-4a56-9d8e-1c2b3a4d5e6f", i*7919%members),
			Topics: append([]string(nil), names...), Generation: -1})
	}
	return in
}

// franz prepares franz-go's balancer for the same group; what is measured is
// its plan alone, without the wire format on either side of it.
func franz(b *testing.B, balancer kgo.GroupBalancer, in Input) func() {
	var members []kmsg.JoinGroupResponseMember
	for _, m := range in.Members {
		members = append(members, kmsg.JoinGroupResponseMember{
			MemberID: m.ID, ProtocolMetadata: balancer.JoinGroupMetadata(m.Topics, nil, -1)})
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

func BenchmarkAssign(b *testing.B) {
	for _, c := range []struct {
		ours   Assignor
		theirs kgo.GroupBalancer
	}{{Range, kgo.RangeBalancer()}, {RoundRobin, kgo.RoundRobinBalancer()}} {
		for _, size := range []struct{ members, partitions int }{{1000, 10_000}, {10, 100_000}} {
			whole := benchInput(size.members, size.partitions)
			less := Input{Topics: whole.Topics, Members: append(append([]Member(nil), whole.Members[:size.members/2]...), whole.Members[size.members/2+1:]...)}
			for _, in := range []struct {
				name string
				Input
			}{{"scratch", whole}, {"one-gone", less}} {
				name := fmt.Sprintf("%s/%dx%d/%s", c.ours.Name(), size.members, size.partitions, in.name)
				b.Run(name+"/ours", func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						c.ours.Assign(in.Input)
					}
				})
				b.Run(name+"/franz-go", func(b *testing.B) {
					balance := franz(b, c.theirs, in.Input)
					b.ReportAllocs()
					for b.Loop() {
						balance()
					}
				})
			}
		}
	}
}
