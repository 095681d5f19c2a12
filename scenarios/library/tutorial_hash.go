package library

import (
	"fmt"
	"strconv"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
)

// E12: which partition a key has. Java's producer, franz-go's and this one take
// murmur2; librdkafka, unless told otherwise, takes CRC-32: two services that
// write one topic may put one key into two partitions.

// TwoPartitions: records of one key are in two partitions, though the topic
// has had the same number of them all along.
const TwoPartitions = "key-in-two-partitions"

// murmurs are hashes and partitions that Kafka's own code gave: the first of
// its UtilsTest, then the tutorial's keys.
var murmurs = []struct {
	key        string
	hash       int32
	of, placed int32 // partitions; none to check without of
}{
	{"21", -973932308, 0, 0}, {"foobar", -790332482, 0, 0}, {"abc", 479470107, 0, 0},
	{"123", 0, 6, 5}, {"123", 0, 8, 5}, {"123", 0, 12, 5}, {"456", 0, 6, 2}, {"456", 0, 8, 0}, {"456", 0, 12, 8},
}

func hashing() []*scenarios.Scenario {
	s := &scenarios.Scenario{Name: "E12", Title: "murmur2 of the key, as Java has it; librdkafka's default puts most keys elsewhere", Refs: []string{"E12"}, Expect: scenarios.Hold,
		Cases: []scenarios.Case{{Row: "murmur2", Facts: murmurFacts}, {Row: "crc32", Facts: crcFacts}}}
	for _, by := range []client.Partitioner{client.Murmur2Random, client.ConsistentRandom} {
		c := scenarios.Case{Row: "a second producer with librdkafka", Column: string(by), Runs: 10, Spec: hashSpec(by)}
		if by == client.ConsistentRandom {
			c.Expect, c.Anomaly = scenarios.Fail, TwoPartitions
		}
		s.Cases = append(s.Cases, c)
	}
	s.Claims = []scenarios.Claim{{Ref: "E12", Text: "the partition is hash(key) modulo the number of partitions, the same for all producers", Expect: scenarios.Qualified, After: 22,
		Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
			other, _ := strconv.Atoi(r.Case("crc32", "").Facts[0].Got)
			same := r.Case("a second producer with librdkafka", string(client.Murmur2Random)).Measure(keysMoved)
			two := r.Case("a second producer with librdkafka", string(client.ConsistentRandom)).Measure(keysMoved)
			ruling := scenarios.Qualified
			switch {
			case same.Max > 0:
				ruling = scenarios.Refuted
			case other == 0 && two.Max == 0:
				ruling = scenarios.Confirmed
			}
			return ruling, fmt.Sprintf("Java, franz-go and librdkafka's murmur2_random agree (%d of 1000 keys in two partitions); librdkafka's default, consistent_random, puts %d of 10000 keys into another of 6 partitions, and a second producer with it left %d to %d of 1000 live keys in two",
				same.Max, other, two.Min, two.Max)
		}}}
	return []*scenarios.Scenario{s}
}

func murmurFacts() (facts []scenarios.Fact, err error) {
	for _, m := range murmurs {
		if m.of == 0 {
			facts = append(facts, scenarios.Fact{Name: "murmur2 of " + m.key, Got: fmt.Sprint(int32(assignor.Murmur2(m.key))), Want: fmt.Sprint(m.hash)})
			continue
		}
		facts = append(facts, scenarios.Fact{Name: fmt.Sprintf("%s of %d partitions", m.key, m.of),
			Got: fmt.Sprintf("P%d", assignor.PartitionForKey(m.key, m.of)), Want: fmt.Sprintf("P%d", m.placed)})
	}
	return facts, nil
}

// crcFacts counts keys that librdkafka's default puts elsewhere. The check
// value of CRC-32 is that of its definition.
func crcFacts() (facts []scenarios.Fact, err error) {
	for _, of := range []struct {
		n    int32
		want string
	}{{6, "8413"}, {8, "8760"}} {
		n := 0
		for i := range 10_000 {
			if key := fmt.Sprint(i); assignor.CRC32Partition(key, of.n) != assignor.PartitionForKey(key, of.n) {
				n++
			}
		}
		facts = append(facts, scenarios.Fact{Name: fmt.Sprintf("keys of 10000 that are elsewhere, of %d partitions", of.n), Got: fmt.Sprint(n), Want: of.want})
	}
	// 0xcbf43926 is the CRC-32 of 123456789.
	return append(facts, scenarios.Fact{Name: "123456789 of 1000003 partitions", Got: fmt.Sprint(assignor.CRC32Partition("123456789", 1000003)),
		Want: fmt.Sprint(0xcbf43926 % 1000003)}), nil
}

func hashSpec(second client.Partitioner) scenarios.Spec {
	spec := locationsSpec(assignor.Range, func(p *scenarios.Planner) { startAll(p, time.Second) })
	spec.Load = scenarios.Load{Count: 60, Pattern: "%d", Keys: 30, PerTick: 6, Every: 500 * time.Millisecond}
	again := spec.Load
	again.Partitioner = second
	spec.Loads = []scenarios.Load{again}
	spec.Gauges = []scenarios.Gauge{following(keysMoved, "‰", (*trail).moved)}
	spec.Promise = spec.Promise.Forbidding("a key has one partition", TwoPartitions)
	spec.Faulty = time.Second
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		if n := o.Number(keysMoved); len(n) == 1 && n[0] > 0 {
			return []scenarios.Finding{{Name: TwoPartitions, Text: fmt.Sprintf("%d of 1000 keys are in two partitions", n[0])}}
		}
		return nil
	}
	return spec
}
