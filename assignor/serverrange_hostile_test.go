package assignor

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestServerHostile: whatever stands in the input, the assignors answer, with
// sorted sets, one for each member, and the same twice.
func TestServerHostile(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c", "gone", ""})
	rapid.Check(t, func(t *rapid.T) {
		var in ServerInput
		for range rapid.IntRange(0, 4).Draw(t, "topics") {
			in.Topics = append(in.Topics, ServerTopic{
				Name: name.Draw(t, "topic"), Partitions: rapid.Int32Range(-1, 5).Draw(t, "partitions"),
				ID: [16]byte{rapid.Byte().Draw(t, "id")}})
		}
		for range rapid.IntRange(0, 5).Draw(t, "members") {
			m := ServerMember{ID: rapid.StringN(0, 2, 8).Draw(t, "id"), InstanceID: rapid.StringN(0, 1, 4).Draw(t, "instance")}
			m.Topics = rapid.SliceOfN(name, 0, 4).Draw(t, "subscription")
			for range rapid.IntRange(0, 8).Draw(t, "target") {
				p := rapid.Int32Range(-2, 8).Draw(t, "partition")
				if p == 8 {
					p = 1<<31 - 1
				}
				m.Target = append(m.Target, TopicPartition{name.Draw(t, "topic"), p})
			}
			in.Members = append(in.Members, m)
		}
		for _, a := range []ServerAssignor{Uniform, ServerRange, Simple} {
			given := a.Assign(in)
			if len(given) != len(in.Members) || fmt.Sprint(given) != fmt.Sprint(a.Assign(in)) {
				t.Fatalf("%s: %v", a.Name(), given)
			}
			inOrder := AssignInOrder(a, in)
			for i := range given {
				if got := fmt.Sprint(sortedSet(given[i])); got != fmt.Sprint(sortedSet(inOrder[i])) {
					t.Fatalf("%s: %v in order %v", a.Name(), given, inOrder)
				}
			}
		}
	})
}
