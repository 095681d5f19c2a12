package realkafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
)

// TestPartitionerIsKafkas: the producer puts keys where the simulated one does.
func TestPartitionerIsKafkas(t *testing.T) {
	p := kgo.StickyKeyPartitioner(nil).ForTopic("orders")
	for i := range 1000 {
		key := fmt.Sprintf("customer-%d", i*i)
		for _, n := range []int{1, 3, 4, 7, 100} {
			got, want := p.Partition(&kgo.Record{Key: []byte(key)}, n), assignor.PartitionForKey(key, int32(n))
			if int32(got) != want {
				t.Fatalf("%s of %d: %d, want %d", key, n, got, want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	spec := &scenarios.Spec{Group: scenarios.Classic("g"), Topics: []scenarios.Topic{{Name: "a", Partitions: 1}, {Name: "a-b", Partitions: 1}, {Name: "a.b", Partitions: 1}}}
	n, other := newNames(spec), newNames(spec)
	if n.group("g") == other.group("g") || !strings.HasPrefix(n.group("g"), Prefix) {
		t.Errorf("%s, %s", n.group("g"), other.group("g"))
	}
	// The range assignor goes by the order of names.
	if !slices.IsSorted(n.topics()) {
		t.Errorf("%q are not in the Spec's order", n.topics())
	}
	n.ids[[16]byte{1}] = "a"
	for _, p := range []model.TopicPartition{n.partition(n.topic("a"), [16]byte{}, 2), n.partition("", [16]byte{1}, 2)} {
		if p != (model.TopicPartition{Topic: "a", Partition: 2}) {
			t.Errorf("got %v", p)
		}
	}
}

func TestRanges(t *testing.T) {
	var records []scenarios.Record
	for _, r := range [][2]int64{{0, 5}, {0, 6}, {1, 7}, {1, 9}, {0, 7}} {
		records = append(records, scenarios.Record{Partition: scenarios.Partition{Topic: "t", Partition: int32(r[0])}, Offset: r[1]})
	}
	var got []string
	ranges(records, func(p scenarios.Partition, from, to int64) { got = append(got, fmt.Sprint(p, from, to)) })
	if want := []string{"t/0 5 7", "t/1 7 8", "t/1 9 10", "t/0 7 8"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBalancers(t *testing.T) {
	names := []string{"cooperative-sticky", "range", "sticky", "roundrobin"}
	list, err := balancersOf(names)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range list {
		if b.ProtocolName() != names[i] {
			t.Errorf("%d is %s", i, b.ProtocolName())
		}
	}
	if _, err := balancersOf([]string{"uniform"}); err == nil {
		t.Error("an assignor of nobody's was found")
	}
}

func TestErrorNames(t *testing.T) {
	if errorName(0) != "" || errorName(kerr.UnknownMemberID.Code) != "UNKNOWN_MEMBER_ID" || errorName(kerr.IllegalGeneration.Code) != "ILLEGAL_GENERATION" {
		t.Error(errorName(0), errorName(kerr.UnknownMemberID.Code), errorName(kerr.IllegalGeneration.Code))
	}
}

func TestAnswersByError(t *testing.T) {
	part := func(i int32) model.PartitionOffset {
		return model.PartitionOffset{TopicPartition: model.TopicPartition{Topic: "t", Partition: i}}
	}
	var a answers
	a.add(0, part(0))
	a.add(25, part(1))
	a.add(0, part(2))
	if len(a) != 2 || len(a[0].parts) != 2 || len(a[1].parts) != 1 || a[1].code != 25 {
		t.Errorf("got %+v", a)
	}
}

func TestTable(t *testing.T) {
	hold := &scenarios.Scenario{Name: "a", Expect: scenarios.Hold}
	fail := &scenarios.Scenario{Name: "b", Expect: scenarios.Fail, Anomaly: model.LostRecord}
	spec := baseSpec()
	o := &scenarios.Outcome{Trial: &scenarios.Trial{Spec: &spec}}
	o.Report.Summary.LongestTakeover = 6_124_000
	o.Report.Summary.ProcessedDuplicates = 3
	rows := []Row{Compare(hold, o, o), Compare(fail, o, nil)}
	if !rows[0].Agree() || rows[1].Agree() || rows[0].Kafka.Takeover != 6124*time.Millisecond {
		t.Errorf("%+v", rows)
	}
	want := `scenario  verdict sim | kafka  rebalances  lost   duplicates  takeover       anomalies
a         pass | pass          0 | 0       0 | 0  3 | 3       6.12s | 6.12s  – | –
b         fail | –  ←          0 | 0       0 | 0  3 | 0       6.12s | 0s     – | –
`
	if got := Table(rows); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestSharedIsTheEnvironments(t *testing.T) {
	t.Setenv("GROUNDHOG_KAFKA", "127.0.0.1:1,127.0.0.1:2")
	_, err := Shared(t.Context(), time.Hour) // of which no test has a cluster
	var lacking *cluster.EnvError
	if !errors.As(err, &lacking) || !strings.Contains(err.Error(), "127.0.0.1:2") {
		t.Errorf("got %v", err)
	}
	if _, err := Play(t.Context(), &nowhere{}, &scenarios.Trial{Spec: &scenarios.Spec{}}, Options{}); !errors.As(err, &lacking) {
		t.Errorf("a cluster that is not there was played on: %v", err)
	}
}

// nowhere is a cluster that has gone.
type nowhere struct{ cluster.Address }

func (*nowhere) Bootstrap() []string { return []string{"127.0.0.1:1"} }

func (*nowhere) Check(context.Context) error { return &cluster.EnvError{What: "it is gone"} }

func TestCannotRun(t *testing.T) {
	results := PlayAll(t.Context(), &nowhere{}, []*scenarios.Scenario{{Name: "x"}}, AllOptions{})
	var spec *scenarios.SpecError
	if len(results) != 1 || results[0].Outcome != nil || !errors.As(results[0].Err, &spec) {
		t.Errorf("got %+v", results)
	}
	if _, err := Simulated(results[0].Scenario, 1); !errors.As(err, &spec) {
		t.Errorf("got %v", err)
	}
}
