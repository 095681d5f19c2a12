package realkafka

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// shop is a topic with orders, and the Java services that ship them.
type shop struct {
	t         *testing.T
	dir       string
	bootstrap string
	topic     string
	command   []string // the launcher and its options
	orders    int      // over three partitions
	services  map[string]*shopService
}

type shopService struct {
	stop io.Closer // its standard input
	err  chan error
	said bytes.Buffer
}

// compiled compiles examples/history-java and gives the command that runs it.
// It takes a Java with a compiler.
func compiled(t *testing.T) []string {
	t.Helper()
	launcher, classPath, err := cluster.ClassPath(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob(filepath.Join("..", "examples", "history-java", "*.java"))
	if err != nil || len(sources) < 2 {
		t.Fatalf("%v, %v", sources, err)
	}
	dir := t.TempDir()
	args := append([]string{"--module", "jdk.compiler/com.sun.tools.javac.Main", "-Xlint:all,-path", "-Werror", "-cp", classPath, "-d", dir}, sources...)
	if out, err := exec.CommandContext(t.Context(), launcher, args...).CombinedOutput(); err != nil {
		if strings.Contains(string(out), "jdk.compiler not found") && os.Getenv("GROUNDHOG_REQUIRE_KAFKA") != "1" {
			t.Skip("this Java has no compiler: install a JDK")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	return []string{launcher, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", dir + string(os.PathListSeparator) + classPath, "OrderService"}
}

func newShop(t *testing.T, c cluster.Cluster, command []string, name string, orders int) *shop {
	s := &shop{t: t, dir: t.TempDir(), bootstrap: strings.Join(c.Bootstrap(), ","), topic: Prefix + "java-" + name,
		command: command, orders: orders, services: map[string]*shopService{}}
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	admin := kadm.NewClient(cl)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		defer cl.Close()
		if _, err := admin.DeleteGroup(ctx, s.topic); err != nil {
			t.Log(err)
		}
		if _, err := admin.DeleteTopic(ctx, s.topic); err != nil {
			t.Error(err)
		}
	})
	if _, err := admin.CreateTopic(t.Context(), 3, 1, nil, s.topic); err != nil {
		t.Fatal(err)
	}
	var records []*kgo.Record
	for i := range orders {
		records = append(records, &kgo.Record{Topic: s.topic, Partition: int32(i % 3), Value: fmt.Append(nil, i)})
	}
	if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) file(name string) string { return filepath.Join(s.dir, name+".jsonl") }

func (s *shop) start(name, how string) {
	s.t.Helper()
	args := append(slices.Clone(s.command[1:]), s.topic, name, s.file(name), how, "bootstrap.servers="+s.bootstrap, "group.id="+s.topic,
		"heartbeat.interval.ms=100", "session.timeout.ms=6000")
	p := &shopService{err: make(chan error, 1)}
	cmd := exec.CommandContext(s.t.Context(), s.command[0], args...)
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	in, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	p.stop = in
	go func() { p.err <- cmd.Wait() }()
	s.services[name] = p
}

// stopped ends a service in good order.
func (s *shop) stopped(name string) {
	s.t.Helper()
	s.services[name].stop.Close()
	if err := s.gone(name); err != nil {
		s.t.Errorf("%s: %v\n%s", name, err, &s.services[name].said)
	}
}

// gone waits for the end of a service.
func (s *shop) gone(name string) error {
	s.t.Helper()
	p := s.services[name]
	select {
	case err := <-p.err:
		return err
	case <-time.After(30 * time.Second):
		s.t.Fatalf("%s does not end", name)
		return nil
	}
}

// count is how many orders a service has processed by now.
func (s *shop) count(name string) int {
	text, err := os.ReadFile(s.file(name))
	if err != nil {
		return 0 // it has not come so far
	}
	return bytes.Count(text, []byte(`"processed"`))
}

// processed waits until a service has processed so many orders.
func (s *shop) processed(name string, least int) {
	s.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		n := s.count(name)
		if n >= least {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s has processed %d orders, not %d\n%s", name, n, least, &s.services[name].said)
		}
	}
}

// judge merges what the services have logged, and judges it as a history that
// is told to its end.
func (s *shop) judge() model.Report {
	s.t.Helper()
	if dir := os.Getenv("GROUNDHOG_KEEP_HISTORIES"); dir != "" {
		if err := os.CopyFS(filepath.Join(dir, s.topic), os.DirFS(s.dir)); err != nil {
			s.t.Error(err)
		}
	}
	var merge model.Merge
	var first model.Header
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range s.services {
			if !yield(name) {
				return
			}
		}
	}) {
		text, err := os.ReadFile(s.file(name))
		if err != nil {
			s.t.Fatal(err)
		}
		r, err := model.NewReader(bytes.NewReader(text))
		if err != nil {
			s.t.Fatalf("%s: %v", name, err)
		}
		if first.Began == 0 {
			first = r.Header
		}
		merge.Add(r, r.Header.Began-first.Began)
	}
	judge := model.NewJudge(first.Options())
	var e model.Event
	for {
		if err := merge.Next(&e); err == io.EOF {
			break
		} else if err != nil {
			s.t.Fatal(err)
		}
		judge.Observe(&e)
	}
	judge.Observe(&model.Event{At: e.At, Kind: model.End})
	r := judge.Finish()
	for _, v := range r.Violations {
		s.t.Errorf("event %d: %s", v.Event, v.Text)
	}
	return r
}

// TestHistoryOfJava lets services on Kafka's own Java client log histories,
// right ones and wrong ones, and judges them.
func TestHistoryOfJava(t *testing.T) {
	c := kafka(t)
	command := compiled(t)
	t.Run("right", func(t *testing.T) {
		s := newShop(t, c, command, "right", 4000)
		s.start("pod-1", "right")
		s.processed("pod-1", 20)
		s.start("pod-2", "right")
		s.processed("pod-2", 20)
		s.stopped("pod-2")
		s.processed("pod-1", s.orders-s.count("pod-2"))
		s.stopped("pod-1")
		if r := s.judge(); !r.OK() || r.Summary.Distinct != int64(s.orders) {
			t.Errorf("%d of %d orders processed; %+v", r.Summary.Distinct, s.orders, r.Anomalies)
		}
	})
	t.Run("commit-first", func(t *testing.T) {
		s := newShop(t, c, command, "commit-first", 300)
		s.start("pod-1", "commit-first") // killed in the midst of a batch
		if err := s.gone("pod-1"); err == nil {
			t.Fatal("it was not killed")
		}
		s.start("pod-2", "right")
		s.processed("pod-2", s.orders-30)
		time.Sleep(500 * time.Millisecond)
		s.stopped("pod-2")
		r := s.judge()
		if !slices.Equal(r.Names(), []string{model.CommitAheadOfProcessing}) || r.Summary.Lost == 0 || r.Summary.Distinct+r.Summary.Lost != int64(s.orders) {
			t.Errorf("%d processed, %d lost: %+v", r.Summary.Distinct, r.Summary.Lost, r.Anomalies)
		}
	})
	t.Run("buffered", func(t *testing.T) {
		s := newShop(t, c, command, "buffered", 4000)
		s.start("pod-1", "buffered")
		s.processed("pod-1", 20)
		s.start("pod-2", "right")
		s.processed("pod-2", 20)
		s.stopped("pod-1")
		s.stopped("pod-2")
		if r := s.judge(); !slices.Contains(r.Names(), model.ProcessingAfterRevoke) {
			t.Errorf("%+v", r.Anomalies)
		}
	})
}
