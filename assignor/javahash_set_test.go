package assignor

import (
	"bufio"
	"compress/gzip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each line of the file is what OpenJDK 17 did with one HashMap: its initial
// capacity, puts, computeIfAbsents (of an absent key, and t: of one that is
// there) and removals as key:hash, and the order of its keys in the end. Many
// of the keys crowd in few buckets.
func TestJavaKeysOrder(t *testing.T) {
	for n, line := range javaOrders(t) {
		ops, want, _ := strings.Cut(line, "= ")
		words := strings.Fields(ops)
		k := newJavaKeys(1000)
		k.tie = func(a, b int32) int { return int(a - b) }
		capacity, _ := strconv.Atoi(words[1])
		k.reset(capacity)
		for _, op := range words[2:] {
			parts := strings.Split(op, ":")
			key, _ := strconv.Atoi(parts[1])
			hash, _ := strconv.Atoi(parts[2])
			switch parts[0] {
			case "p":
				k.put(int32(key), int32(hash))
			case "c":
				k.compute(int32(key), int32(hash))
			case "t":
				k.computePresent()
			case "r":
				k.remove(int32(key))
			}
		}
		var got []string
		for _, key := range k.appendOrder(nil) {
			got = append(got, strconv.Itoa(int(key)))
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Fatalf("line %d, %.200s…: order\n%v\nwant\n%s", n+1, ops, got, want)
		}
	}
}

func javaOrders(t *testing.T) (lines []string) {
	name := "testdata/vectors/javahash.txt.gz"
	if more := os.Getenv("GROUNDHOG_JAVA_ORDERS"); more != "" {
		name = more
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	if s.Err() != nil || len(lines) == 0 {
		t.Fatalf("%d lines of %s: %v", len(lines), name, s.Err())
	}
	return lines
}
