package assignor

import (
	"fmt"
	"testing"
)

// BenchmarkServer runs the server assignors on large groups: from scratch, and
// on the outcome of that with one member gone. Mixed groups are of members
// that leave out one topic each.
func BenchmarkServer(b *testing.B) {
	for _, a := range []ServerAssignor{Uniform, ServerRange, Simple} {
		for _, size := range []struct{ members, partitions int }{{1000, 10_000}, {10, 100_000}} {
			for _, kind := range []string{"alike", "mixed"} {
				in := largeServerGroup(size.members, size.partitions, kind == "mixed")
				gone := in
				gone.Members = nil
				for i, target := range a.Assign(in) {
					m := in.Members[i]
					m.Target = target
					gone.Members = append(gone.Members, m)
				}
				gone.Members = gone.Members[1:]
				name := fmt.Sprintf("%s/%dx%d/%s", a.Name(), size.members, size.partitions, kind)
				b.Run(name+"/scratch", func(b *testing.B) {
					for b.Loop() {
						a.Assign(in)
					}
				})
				b.Run(name+"/gone", func(b *testing.B) {
					for b.Loop() {
						a.Assign(gone)
					}
				})
			}
		}
	}
}

// largeServerGroup has its partitions in 100 topics.
func largeServerGroup(members, partitions int, mixed bool) (in ServerInput) {
	var names []string
	for i := range 100 {
		t := ServerTopic{Name: fmt.Sprintf("topic-%03d", i), Partitions: int32(partitions / 100)}
		for j := range t.ID {
			t.ID[j] = byte((i + 1) * (j + 7) * 2654435761 >> 9)
		}
		in.Topics = append(in.Topics, t)
		names = append(names, t.Name)
	}
	for i := range members {
		topics := names
		if mixed {
			topics = append(append([]string(nil), names[:i%100]...), names[i%100+1:]...)
		}
		in.Members = append(in.Members, ServerMember{ID: fmt.Sprintf("member-%d", i), Topics: topics})
	}
	return in
}
