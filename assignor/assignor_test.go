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

func tp(topic string, ps ...int32) (out []TopicPartition) {
	for _, p := range ps {
		out = append(out, TopicPartition{topic, p})
	}
	return out
}

func TestRange(t *testing.T) {
	both := []string{"a", "b"}
	swapped := [][]string{{"far"}, {"near"}}
	racked := []Member{{ID: "c1", Rack: "near", Topics: both}, {ID: "c2", Rack: "far", Topics: both}}
	for name, c := range map[string]struct {
		in   Input
		want [][]TopicPartition
	}{
		"by rack": {
			Input{racked, []Topic{{"a", 2, swapped}}},
			[][]TopicPartition{tp("a", 1), tp("a", 0)}},
		"by rack, but everything is everywhere": {
			Input{racked, []Topic{{"a", 2, [][]string{{"near", "far"}, {"far", "near"}}}}},
			[][]TopicPartition{tp("a", 0), tp("a", 1)}},
		"by rack, but the same numbers go together": {
			Input{racked, []Topic{{"a", 2, swapped}, {"b", 2, [][]string{{"near"}, {"far"}}}}},
			[][]TopicPartition{append(tp("a", 0), tp("b", 0)...), append(tp("a", 1), tp("b", 1)...)}},
		"by rack, two topics": {
			Input{racked, []Topic{{"a", 2, swapped}, {"b", 2, swapped}}},
			[][]TopicPartition{append(tp("a", 1), tp("b", 1)...), append(tp("a", 0), tp("b", 0)...)}},
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

func TestRoundRobin(t *testing.T) {
	both := []string{"a", "b"}
	for name, c := range map[string]struct {
		in   Input
		want [][]TopicPartition
	}{
		"goes on where the last topic stopped": {
			Input{[]Member{{ID: "c2", Topics: both}, {ID: "c1", Topics: both}}, []Topic{{Name: "b", Partitions: 2}, {Name: "a", Partitions: 3}}},
			[][]TopicPartition{append(tp("a", 1), tp("b", 0)...), append(tp("a", 0, 2), tp("b", 1)...)}},
		"past those who did not ask": {
			Input{[]Member{{ID: "x", Topics: both}, {ID: "y", Topics: both[1:]}}, []Topic{{Name: "a", Partitions: 2}, {Name: "b", Partitions: 2}}},
			[][]TopicPartition{append(tp("a", 0, 1), tp("b", 1)...), tp("b", 0)}},
		"nobody there": {Input{nil, []Topic{{Name: "a", Partitions: 2}}}, [][]TopicPartition{}},
	} {
		if got := RoundRobin.Assign(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// Java compares by UTF-16 units: what needs two of them comes before U+E000.
func TestJavaCompare(t *testing.T) {
	ascending := []string{"", "a", "aa", "b", "é", "\U0001F600", "\U0001F601", "\uE000", "\uFFFD"}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := javaCompare(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("javaCompare(%q, %q) = %d", a, b, got)
			}
		}
	}
}
