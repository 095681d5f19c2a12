package assignor

import (
	"reflect"
	"testing"
)

// The values are those of Kafka's own UtilsTest, and of keys computed once
// with Kafka's code.
func TestMurmur2(t *testing.T) {
	for key, want := range map[string]int32{"21": -973932308, "foobar": -790332482, "abc": 479470107} {
		if got := int32(Murmur2(key)); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
	}
	for _, c := range []struct {
		key  string
		n, p int32
	}{{"123", 6, 5}, {"123", 8, 5}, {"123", 12, 5}, {"456", 6, 2}, {"456", 8, 0}, {"456", 12, 8}} {
		if got := PartitionForKey(c.key, c.n); got != c.p {
			t.Errorf("key %q of %d partitions goes to %d, want %d", c.key, c.n, got, c.p)
		}
	}
}

func TestRange(t *testing.T) {
	tp := func(topic string, ps ...int32) (out []TopicPartition) {
		for _, p := range ps {
			out = append(out, TopicPartition{topic, p})
		}
		return out
	}
	both := []string{"a", "b"}
	for name, c := range map[string]struct {
		in   Input
		want [][]TopicPartition
	}{
		"three for two": {
			Input{[]Member{{ID: "c2", Topics: both[:1]}, {ID: "c1", Topics: both[:1]}}, []Topic{{Name: "a", Partitions: 3}}},
			[][]TopicPartition{tp("a", 2), tp("a", 0, 1)}},
		"static members first": {
			Input{[]Member{{ID: "a", Topics: both[:1]}, {ID: "z", InstanceID: "z", Topics: both[:1]}}, []Topic{{Name: "a", Partitions: 1}}},
			[][]TopicPartition{nil, tp("a", 0)}},
		"topic by topic": {
			Input{[]Member{{ID: "x", Topics: both}, {ID: "y", Topics: both[1:]}}, []Topic{{Name: "b", Partitions: 3}, {Name: "a", Partitions: 2}}},
			[][]TopicPartition{append(tp("a", 0, 1), tp("b", 0, 1)...), tp("b", 2)}},
		"nobody wants it": {
			Input{[]Member{{ID: "x"}}, []Topic{{Name: "a", Partitions: 2}}}, [][]TopicPartition{nil}},
	} {
		if got := Range.Assign(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
