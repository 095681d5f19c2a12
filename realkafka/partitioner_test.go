package realkafka

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/assignor"
)

// E12: franz-go puts records with keys where assignor.PartitionForKey, and so
// Java, does.
func TestFranzPlacesKeysAsJavaDoes(t *testing.T) {
	for _, n := range []int32{6, 8, 12} {
		topic := kgo.StickyKeyPartitioner(nil).ForTopic("locations")
		for i := range 10_000 {
			key := fmt.Sprint(i)
			if got, want := topic.Partition(&kgo.Record{Key: []byte(key)}, int(n)), assignor.PartitionForKey(key, n); int32(got) != want {
				t.Fatalf("key %s of %d partitions goes to %d, want %d", key, n, got, want)
			}
		}
	}
}
