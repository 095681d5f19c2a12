package checkpoint

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/model"
)

// What Flink 1.20.0 itself gave: KeyGroupRangeAssignment and MathUtils of its
// jars, on Java strings.
func TestKeyGroupsAreFlinks(t *testing.T) {
	for _, c := range []struct {
		key           string
		hash          int32
		of128, of1000 int
		subtask       int // of 5, with 128 groups
	}{
		{"", 0, 94, 54, 3},
		{"123", 48690, 26, 58, 1},
		{"456", 51669, 116, 652, 4},
		{"patient-1", -343587991, 3, 699, 0},
		{"orders", -1008770331, 2, 562, 0},
		{"müller", -938338084, 67, 499, 2},
		{"😀", 1772899, 54, 14, 2},
		{"flinkdotnet.sample.topic", -1754752379, 65, 201, 2},
		{"locations", -1197189282, 49, 1, 1},
	} {
		if h := javaHash(c.key); h != c.hash {
			t.Errorf("hash of %q is %d, want %d", c.key, h, c.hash)
		}
		if g := keyGroup(c.key, 128); g != c.of128 || subtaskOf(g, 5, 128) != c.subtask {
			t.Errorf("%q is in group %d of 128, subtask %d; want %d, %d", c.key, g, subtaskOf(g, 5, 128), c.of128, c.subtask)
		}
		if g := keyGroup(c.key, 1000); g != c.of1000 {
			t.Errorf("%q is in group %d of 1000, want %d", c.key, g, c.of1000)
		}
	}
	for code, want := range map[int32]int32{0: 593689054, 1: 68075478, -1: 1982413648, -1 << 31: 1718298732, 1<<31 - 1: 1653689534, 42: 1134849565} {
		if got := murmur(code); got != want {
			t.Errorf("murmur(%d) = %d, want %d", code, got, want)
		}
	}
	var sum int64
	for i := range 100_000 {
		sum = sum*31 + int64(keyGroup(fmt.Sprintf("k%d", i), 128))
	}
	if sum != 4707741158767071571 {
		t.Errorf("the groups of 100,000 keys differ from Flink's: checksum %d", sum)
	}
}

func TestGroupRangesAreFlinks(t *testing.T) {
	for parallelism, want := range map[int]string{
		1:   "[0 128]",
		3:   "[0 43][43 86][86 128]",
		5:   "[0 26][26 52][52 77][77 103][103 128]",
		20:  "[0 7][7 13][13 20][20 26][26 32][32 39]",
		128: "[0 1][1 2][2 3][3 4][4 5][5 6]",
	} {
		got := ""
		for s := range min(parallelism, 6) {
			from, to := groupsOf(s, parallelism, 128)
			got += fmt.Sprint([]int{from, to})
		}
		if got != want {
			t.Errorf("of %d subtasks: %s, want %s", parallelism, got, want)
		}
	}
}

// The two formulas of the range agree: each group has one subtask.
func TestEveryGroupHasOneSubtask(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 2000).Draw(t, "most")
		parallelism := rapid.IntRange(1, most).Draw(t, "parallelism")
		next := 0
		for s := range parallelism {
			from, to := groupsOf(s, parallelism, most)
			if from != next || to <= from {
				t.Fatalf("subtask %d has [%d, %d), after %d", s, from, to, next)
			}
			for g := from; g < to; g++ {
				if subtaskOf(g, parallelism, most) != s {
					t.Fatalf("group %d is in the range of subtask %d, but belongs to %d", g, s, subtaskOf(g, parallelism, most))
				}
			}
			next = to
		}
		if next != most {
			t.Fatalf("the ranges end at %d of %d", next, most)
		}
	})
}

func TestOwnersAreFlinks(t *testing.T) {
	for _, c := range []struct {
		topic               string
		partitions, readers int
		want                string
	}{
		{"flinkdotnet.sample.topic", 4, 20, "[19 0 1 2]"},
		{"flinkdotnet.sample.topic", 4, 5, "[4 0 1 2]"},
		{"locations", 6, 3, "[0 1 2 0 1 2]"},
	} {
		var got []int
		for p := range c.partitions {
			got = append(got, Owner(model.TopicPartition{Topic: c.topic, Partition: int32(p)}, c.readers))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s of %d readers: %v, want %s", c.topic, c.readers, got, c.want)
		}
	}
}
