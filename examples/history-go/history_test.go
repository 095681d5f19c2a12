package history

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// record keeps the histories of a run in a folder.
var record = flag.String("record", "", "write the histories of the tests to this folder")

// town is a broker with orders, and the services that ship them.
type town struct {
	t         *testing.T
	brokers   []string
	produced  atomic.Int64
	failed    atomic.Bool
	histories map[string]*bytes.Buffer
}

// pod is a process with a service.
type pod struct {
	shipped atomic.Int64
	stop    context.CancelFunc
	ended   chan error
}

// start starts a service; the first time that it comes to the order at the
// offset unshippable, that cannot be shipped.
func (o *town) start(name string, change func(*Service), unshippable int64) *pod {
	out := &bytes.Buffer{}
	o.histories[name] = out
	ctx, stop := context.WithCancel(o.t.Context())
	p := &pod{stop: stop, ended: make(chan error, 1)}
	s := &Service{Client: []kgo.Opt{kgo.HeartbeatInterval(100 * time.Millisecond)}, // learns of rebalances sooner
		Brokers: o.brokers, Group: "order-service", Topic: "orders", Log: NewLog(out, name, "order-service"),
		Ship: func(r *kgo.Record) error {
			time.Sleep(5 * time.Millisecond)
			if r.Offset == unshippable && o.failed.CompareAndSwap(false, true) {
				return errors.New("the carrier is closed")
			}
			p.shipped.Add(1)
			return nil
		}}
	change(s)
	go func() { p.ended <- s.Run(ctx) }()
	return p
}

// end waits for the end of a process.
func (o *town) end(p *pod) error {
	select {
	case err := <-p.ended:
		return err
	case <-time.After(30 * time.Second):
		o.t.Fatal("a service does not end")
		return nil
	}
}

// produce brings n orders, over three partitions.
func (o *town) produce(cl *kgo.Client, n int) {
	ctx, cancel := context.WithTimeout(o.t.Context(), 30*time.Second)
	defer cancel()
	for range n {
		i := o.produced.Add(1)
		if err := cl.ProduceSync(ctx, &kgo.Record{Topic: "orders", Partition: int32(i % 3), Value: fmt.Append(nil, i)}).FirstErr(); err != nil {
			o.t.Fatal(err)
		}
	}
}

// run lets two services work; the second comes a little later and goes again.
// Where an order cannot be shipped, its service is started anew. It gives how
// many orders there were, and what each process logged.
func run(t *testing.T, change func(*Service), unshippable int64) (orders int64, histories map[string]*bytes.Buffer) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	o := &town{t: t, brokers: fake.ListenAddrs(), histories: map[string]*bytes.Buffer{}}
	cl, err := kgo.NewClient(kgo.SeedBrokers(o.brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	o.produce(cl, 90)
	first, before := o.start("pod-1", change, unshippable), int64(0)
	if unshippable >= 0 {
		if o.end(first) == nil {
			t.Fatal("all could be shipped")
		}
		before = first.shipped.Load()
		first = o.start("pod-3", change, -1)
	}
	await(t, "the first order", func() bool { return first.shipped.Load() > 0 })
	second := o.start("pod-2", change, -1)
	await(t, "the second service's orders", func() bool {
		o.produce(cl, 3)
		return second.shipped.Load() >= 10
	})
	second.stop()
	if err := o.end(second); err != nil {
		t.Error(err)
	}
	await(t, "all orders, but for a batch", func() bool { // which is lost if something is wrong
		return before+first.shipped.Load()+second.shipped.Load() >= o.produced.Load()-10
	})
	time.Sleep(500 * time.Millisecond)
	first.stop()
	if err := o.end(first); err != nil {
		t.Error(err)
	}
	return o.produced.Load(), o.histories
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// judge merges the histories and judges them, as groundhog verify --ended does.
func judge(t *testing.T, histories map[string]*bytes.Buffer) model.Report {
	if *record != "" {
		keep(t, histories)
	}
	var merge model.Merge
	began := int64(0)
	var options model.Options
	for _, name := range []string{"pod-1", "pod-2", "pod-3"} {
		if histories[name] == nil {
			continue
		}
		r, err := model.NewReader(bytes.NewReader(histories[name].Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if began == 0 {
			began, options = r.Header.Began, r.Header.Options()
		}
		merge.Add(r, r.Header.Began-began)
	}
	j := model.NewJudge(options)
	var e model.Event
	for {
		err := merge.Next(&e)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		j.Observe(&e)
	}
	j.Observe(&model.Event{At: e.At, Kind: model.End})
	report := j.Finish()
	for _, v := range report.Violations {
		t.Errorf("event %d: %s", v.Event, v.Text)
	}
	return report
}

func keep(t *testing.T, histories map[string]*bytes.Buffer) {
	dir := filepath.Join(*record, t.Name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, h := range histories {
		if err := os.WriteFile(filepath.Join(dir, name+".jsonl"), h.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestService(t *testing.T) {
	orders, h := run(t, func(*Service) {}, -1)
	r := judge(t, h)
	if !r.OK() || r.Summary.Distinct != orders {
		t.Errorf("%d of %d processed; %+v", r.Summary.Distinct, orders, r.Anomalies)
	}
	if n := shares(t, h); len(n) != 2 {
		t.Errorf("orders by process: %v; both should have some", n)
	}
}

// shares counts the orders that each process shipped.
func shares(t *testing.T, histories map[string]*bytes.Buffer) map[string]int64 {
	n := map[string]int64{}
	for name, h := range histories {
		if err := model.ReadHistory(bytes.NewReader(h.Bytes()), func(e *model.Event) error {
			if e.Kind == model.Processed {
				n[name] += e.To - e.From
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	return n
}

// TestServiceStartsAgain: an order that could not be shipped comes again.
func TestServiceStartsAgain(t *testing.T) {
	orders, h := run(t, func(*Service) {}, 4)
	r := judge(t, h)
	if !r.OK() || r.Summary.Distinct != orders {
		t.Errorf("%d of %d processed; %+v", r.Summary.Distinct, orders, r.Anomalies)
	}
}

func TestCommitFirst(t *testing.T) {
	orders, h := run(t, func(s *Service) { s.CommitFirst = true }, 4)
	r := judge(t, h)
	if names := r.Names(); !slices.Equal(names, []string{model.CommitAheadOfProcessing}) {
		t.Errorf("found %v: %+v", names, r.Anomalies)
	}
	if r.Summary.Distinct+r.Summary.Lost != orders || r.Summary.Lost == 0 {
		t.Errorf("%d of %d processed, %d lost", r.Summary.Distinct, orders, r.Summary.Lost)
	}
}

func TestBackground(t *testing.T) {
	_, h := run(t, func(s *Service) {
		s.Background = true
		ship := s.Ship
		s.Ship = func(r *kgo.Record) error {
			time.Sleep(20 * time.Millisecond)
			return ship(r)
		}
	}, -1)
	r := judge(t, h)
	if !slices.Contains(r.Names(), model.ProcessingAfterRevoke) {
		t.Errorf("found %v: %+v", r.Names(), r.Anomalies)
	}
}
