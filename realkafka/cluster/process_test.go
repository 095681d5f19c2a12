package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// start starts Kafka for t, which then ends only by its own Close.
func start(t *testing.T, cfg ProcessConfig) *Process {
	t.Helper()
	needKafka(t)
	began := time.Now()
	p, err := StartProcess(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the log:\n%s", lastLines(p.Logs(), 30))
		}
		p.Close()
	})
	return p
}

func TestRecordsGoThrough(t *testing.T) {
	dir, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	p := start(t, ProcessConfig{
		RunDir: dir, KeepLogs: kept,
		Settings: map[string]string{"group.initial.rebalance.delay.ms": "0"},
	})
	produceAndConsume(t, p, 1)

	saved := filepath.Join(t.TempDir(), "saved")
	if err := p.SaveLogs(saved); err != nil {
		t.Error(err)
	}
	began := time.Now()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
	nothingLeft(t, dir)
	if err := p.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	for _, text := range []string{p.Logs(), read(t, saved, serverLog), read(t, kept, serverLog)} {
		if !strings.Contains(text, "Kafka Server started") {
			t.Errorf("a log of %d bytes lacks the start", len(text))
		}
	}
	if !strings.Contains(read(t, kept, serverConf), "group.initial.rebalance.delay.ms=0\n") {
		t.Error("the override is not in the kept settings")
	}
	if err := p.SaveLogs(saved); err == nil {
		t.Error("SaveLogs after Close copied nothing and did not say so")
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "broker-1", name))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// produceAndConsume writes 10 records to a new topic with so many replicas and
// reads them as a classic group.
func produceAndConsume(t *testing.T, c Cluster, replicas int16) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client, err := kgo.NewClient(append(c.Access().Options(),
		kgo.SeedBrokers(c.Bootstrap()...), kgo.DefaultProduceTopic("orders"), kgo.ConsumeTopics("orders"),
		kgo.ConsumerGroup("readers"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 2, replicas, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		record := kgo.StringRecord(fmt.Sprint(i))
		record.Key = record.Value
		if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for n := 0; n < 10; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)]++; n++ })
	}
	if len(seen) != 10 {
		t.Errorf("read %v", seen)
	}
	// DescribeGroups knows classic groups only.
	groups, err := kadm.NewClient(client).DescribeGroups(ctx, "readers")
	if err != nil {
		t.Fatal(err)
	}
	if g := groups["readers"]; g.Err != nil || g.State != "Stable" || len(g.Members) != 1 {
		t.Errorf("the group is %+v", g)
	}
}

func TestThreeBrokers(t *testing.T) {
	dir := t.TempDir()
	p := start(t, ProcessConfig{Brokers: 3, RunDir: dir, Settings: map[string]string{"group.initial.rebalance.delay.ms": "0"}})
	if n := len(p.Bootstrap()); n != 3 {
		t.Fatalf("%d addresses", n)
	}
	produceAndConsume(t, p, 3)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	nothingLeft(t, dir)
}

// TestPortTaken also has the broker die, to see that Close tells of it.
func TestPortTaken(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tries := 0
	dir := t.TempDir()
	p := start(t, ProcessConfig{RunDir: dir, ports: func(n int) ([]int, error) {
		ports, err := freePorts(n)
		if tries++; tries == 1 && err == nil {
			ports[0] = other.Addr().(*net.TCPAddr).Port
		}
		return ports, err
	}})
	if tries != 2 {
		t.Errorf("%d tries", tries)
	}
	p.nodes[0].jvm.kill()
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "ended on its own") {
		t.Errorf("Close after the broker died: %v", err)
	}
	nothingLeft(t, dir)
}

func TestFailedStartTellsWhy(t *testing.T) {
	needKafka(t)
	dir, kept := t.TempDir(), t.TempDir()
	_, err := StartProcess(t.Context(), ProcessConfig{
		RunDir: dir, KeepLogs: kept,
		Settings: map[string]string{"group.min.session.timeout.ms": "abc"},
	})
	if err == nil || !strings.Contains(err.Error(), "Invalid value abc") {
		t.Errorf("got %v", err)
	}
	var env *EnvError
	if errors.As(err, &env) {
		t.Error("a wrong setting is not the machine's fault")
	}
	if !strings.Contains(read(t, kept, serverLog), "Invalid value abc") {
		t.Error("the log was not kept")
	}
	nothingLeft(t, dir)
}

func TestCancelledWhileStarting(t *testing.T) {
	needKafka(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := StartProcess(ctx, ProcessConfig{RunDir: dir, ports: func(n int) ([]int, error) {
		time.AfterFunc(300*time.Millisecond, cancel) // the JVM runs by then, Kafka does not
		return freePorts(n)
	}})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "from its log:") {
		t.Errorf("got %v", err)
	}
	nothingLeft(t, dir)
}
