package scenarios

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
)

func TestSkewedKeys(t *testing.T) {
	l := Load{Skew: Zipf(4)}.withDefaults(&Spec{Topics: []Topic{{Name: "orders"}}}, time.Minute)
	counts := map[string]int{}
	run, longest, last := 0, 0, ""
	for i := range 2 * l.round() {
		k := l.Key(i)
		counts[k]++
		if run++; k != last {
			run = 1
		}
		last, longest = k, max(longest, run)
	}
	if want := fmt.Sprint(map[string]int{"key-0": 120, "key-1": 60, "key-2": 40, "key-3": 30}); fmt.Sprint(counts) != want {
		t.Errorf("%v, want %s", counts, want)
	}
	if longest > 4 {
		t.Errorf("%d of one key in a row: the keys are not spread", longest)
	}
}

// keysOf tells in which partitions the records of a run's keys are, by key.
func keysOf(o played, client string) map[string][]int32 {
	out := map[string][]int32{}
	for _, e := range o.find(model.Produced, client) {
		for _, k := range e.Keys {
			if !slices.Contains(out[k], e.TopicPartition.Partition) {
				out[k] = append(out[k], e.TopicPartition.Partition)
			}
		}
	}
	return out
}

func TestPartitioners(t *testing.T) {
	for by, want := range map[client.Partitioner]func(string, int32) int32{
		client.DefaultPartitioner: assignor.PartitionForKey,
		client.Murmur2Random:      assignor.PartitionForKey,
		client.ConsistentRandom:   assignor.CRC32Partition,
		client.RoundRobin:         nil,
	} {
		spec := world(plainHandler)
		spec.Topics[0].Partitions = 6
		spec.Load.Partitioner, spec.Promise = by, AtLeastOnce().PerKeyOrder()
		spec.Load.Keys = 7 // not a multiple of the partitions
		o := play(t, spec)
		o.holds(t)
		keys := keysOf(o, "p1")
		if len(keys) != 7 {
			t.Fatalf("%q: keys %v", by, keys)
		}
		for k, at := range keys {
			if want != nil && !slices.Equal(at, []int32{want(k, 6)}) || want == nil && len(at) < 5 {
				t.Errorf("%q puts %s into %v", by, k, at)
			}
		}
	}
}

// Without keys the default stays with a partition for a batch; librdkafka's
// takes any.
func TestRecordsWithoutKeys(t *testing.T) {
	share := func(by client.Partitioner) (most int64, parts int) {
		spec := world(plainHandler)
		spec.Topics[0].Partitions = 4
		spec.Load.NoKeys, spec.Load.Partitioner = true, by
		o := play(t, spec)
		o.holds(t)
		for _, p := range o.Course.Progress {
			most = max(most, p.Processed)
			if p.Processed > 0 {
				parts++
			}
		}
		return most, parts
	}
	if most, parts := share(client.DefaultPartitioner); most != 40 || parts != 1 {
		t.Errorf("the sticky partitioner used %d partitions, %d records in one", parts, most)
	}
	if most, parts := share(client.ConsistentRandom); most > 20 || parts != 4 {
		t.Errorf("the random partitioner used %d partitions, %d records in one", parts, most)
	}
}

// Further producers write to topics of theirs, from a moment on, what their
// Value says.
func TestLoads(t *testing.T) {
	var values []string
	spec := world(func(env Env) Handler {
		return &lines{Env: env, process: func(records []Record) {
			for _, r := range records {
				if r.Topic == "audit" {
					values = append(values, r.Value)
				}
			}
			env.Emit(records...)
			env.Commit(records...)
		}}
	})
	spec.Topics = append(spec.Topics, Topic{Name: "audit", Partitions: 1})
	spec.Loads = []Load{{Topic: "audit", Count: 3, Every: time.Second, From: 10 * time.Second,
		Value: func(i int) string { return fmt.Sprintf("entry %d", i) }, Producing: client.Producing{Acks: client.AcksLeader}}}
	o := play(t, spec)
	o.holds(t)
	if !slices.Equal(values, []string{"entry 0", "entry 1", "entry 2"}) {
		t.Errorf("values %v", values)
	}
	produced := o.find(model.Produced, "p2")
	if len(produced) != 3 || produced[0].At < 10_000_000 || produced[0].At > 10_100_000 || produced[0].Topic != "audit" {
		t.Errorf("p2 wrote %v", produced)
	}
	if n := o.Report.Summary.Produced; n != 43 {
		t.Errorf("%d records were written", n)
	}
}

// A producer sees new partitions when its own metadata are old enough.
func TestProducersMetadata(t *testing.T) {
	first := func(age time.Duration) (at int64) {
		spec := world(plainHandler)
		spec.Load.MetadataMaxAge, spec.Client.MetadataMaxAge = age, 2*time.Second
		spec.Load.Partitioner = client.RoundRobin
		spec.Load.Count = 80
		script := spec.Script
		spec.Script = func(p *Planner) {
			script(p)
			p.AddPartitions(8*time.Second, "orders", 3)
		}
		o := play(t, spec)
		o.holds(t)
		for _, e := range o.find(model.Produced, "p1") {
			if e.TopicPartition.Partition == 2 {
				return e.At
			}
		}
		return -1
	}
	if at := first(time.Second); at < 8_000_000 || at > 10_000_000 {
		t.Errorf("with metadata of a second the new partition is used at %d µs", at)
	}
	if at := first(15 * time.Second); at < 15_000_000 || at > 16_500_000 {
		t.Errorf("with metadata of 15 s the new partition is used at %d µs", at)
	}
}
