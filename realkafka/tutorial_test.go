package realkafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// tutorial is a topic as the tutorial's locations (rows E20 to E22): of 6
// partitions and with replication factor 1.
type tutorial struct {
	*kgo.Client
	admin *kadm.Client
	topic string
}

func newTutorial(t *testing.T) tutorial {
	t.Helper()
	c := kafka(t)
	if _, ok := c.(*cluster.Address); ok {
		t.Skip("wants a cluster of one broker, which has the id 1 and makes no topics by itself")
	}
	x := tutorial{topic: fmt.Sprintf("%stutorial-%d-locations", Prefix, time.Now().UnixNano())}
	var err error
	if x.Client, err = kgo.NewClient(append(c.Access().Options(), kgo.SeedBrokers(c.Bootstrap()...), kgo.AllowAutoTopicCreation())...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	x.admin = kadm.NewClient(x.Client)
	return x
}

func (x tutorial) create(t *testing.T) {
	t.Helper()
	if _, err := x.admin.CreateTopic(t.Context(), 6, 1, nil, x.topic); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := x.admin.DeleteTopics(context.Background(), x.topic); err != nil {
			t.Error(err)
		}
	})
}

// TestTutorialMakesNoTopics: with auto-creation off nothing comes of a topic
// that is only spoken of, though the client asks for it (E20).
func TestTutorialMakesNoTopics(t *testing.T) {
	x := newTutorial(t)
	req := kmsg.NewPtrMetadataRequest()
	req.AllowAutoTopicCreation = true
	req.Topics = []kmsg.MetadataRequestTopic{{Topic: &x.topic}}
	for range 2 { // the first could have made it
		resp, err := req.RequestWith(t.Context(), x.Client)
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.Topics[0].ErrorCode; got != kerr.UnknownTopicOrPartition.Code {
			t.Errorf("error code %d", got)
		}
	}
	all, err := x.admin.Metadata(t.Context())
	if err != nil || len(all.Brokers) != 1 || all.Topics.Has(x.topic) {
		t.Errorf("%d brokers, %v, %v", len(all.Brokers), all.Topics.Names(), err)
	}
}

// TestTutorialDescribes the topic that it has made (E21).
func TestTutorialDescribes(t *testing.T) {
	x := newTutorial(t)
	x.create(t)
	const want = `Topic: locations	PartitionCount: 6	ReplicationFactor: 1
	Partition: 0	Leader: 1	Replicas: 1	Isr: 1
	Partition: 1	Leader: 1	Replicas: 1	Isr: 1
	Partition: 2	Leader: 1	Replicas: 1	Isr: 1
	Partition: 3	Leader: 1	Replicas: 1	Isr: 1
	Partition: 4	Leader: 1	Replicas: 1	Isr: 1
	Partition: 5	Leader: 1	Replicas: 1	Isr: 1
`
	got := ""
	// The broker learns of a topic a moment after the controller has agreed.
	for deadline := time.Now().Add(10 * time.Second); got != want && time.Now().Before(deadline); time.Sleep(look) {
		topics, err := x.admin.ListTopics(t.Context(), x.topic)
		if err != nil {
			t.Fatal(err)
		}
		got = describe(topics[x.topic])
	}
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// describe prints a topic as kafka-topics.sh --describe does, in essence.
func describe(d kadm.TopicDetail) string {
	var b strings.Builder
	parts := d.Partitions.Sorted()
	replicas := 0
	for _, p := range parts {
		replicas = len(p.Replicas)
	}
	fmt.Fprintf(&b, "Topic: locations\tPartitionCount: %d\tReplicationFactor: %d\n", len(parts), replicas)
	list := func(ids []int32) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ","), "[]") }
	for _, p := range parts {
		fmt.Fprintf(&b, "\tPartition: %d\tLeader: %d\tReplicas: %s\tIsr: %s\n", p.Partition, p.Leader, list(p.Replicas), list(p.ISR))
	}
	return b.String()
}

// TestTutorialOrders: the tutorial prints its sample messages in the order in
// which they were sent. That is one of three which a consumer may see: order is
// promised within a partition alone, and so within a key (E22).
func TestTutorialOrders(t *testing.T) {
	x := newTutorial(t)
	x.create(t)
	parts := map[int32][]string{}
	for i, key := range []string{"123", "456", "123"} {
		r := &kgo.Record{Topic: x.topic, Key: []byte(key), Value: fmt.Appendf(nil, "%d:%s", i+1, key)}
		if err := x.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if want := assignor.PartitionForKey(key, 6); r.Partition != want {
			t.Errorf("%s went to %d, not %d", key, r.Partition, want)
		}
		parts[r.Partition] = append(parts[r.Partition], string(r.Value))
	}
	if !slices.Equal(slices.Sorted(maps.Keys(parts)), []int32{2, 5}) || !slices.Equal(parts[2], []string{"2:456"}) {
		t.Errorf("the keys went to %v", parts)
	}
	possible := merges(parts[5], parts[2])
	want := []string{"1:123 2:456 3:123", "1:123 3:123 2:456", "2:456 1:123 3:123"}
	if slices.Sort(possible); !slices.Equal(possible, want) {
		t.Errorf("possible are %q", possible)
	}
	seen := map[string]int{}
	for range 5 {
		got := x.read(t)
		seen[got]++
		if !slices.Contains(possible, got) {
			t.Errorf("read %s", got)
		}
	}
	t.Logf("read %v", seen)
}

// read reads the three messages from the beginning.
func (x tutorial) read(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := kafka(t)
	client, err := kgo.NewClient(append(c.Access().Options(), kgo.SeedBrokers(c.Bootstrap()...), kgo.ConsumeTopics(x.topic))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var got []string
	for len(got) < 3 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
	}
	return strings.Join(got, " ")
}

// merges are all orders of two sequences that keep the order of each.
func merges(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return []string{strings.Join(slices.Concat(a, b), " ")}
	}
	var all []string
	for _, rest := range merges(a[1:], b) {
		all = append(all, a[0]+" "+rest)
	}
	for _, rest := range merges(a, b[1:]) {
		all = append(all, b[0]+" "+rest)
	}
	return all
}
