package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/twmb/franz-go/pkg/kgo"
)

// needEngine skips t, in the engine's own words, where no Docker engine answers
// or the image is missing, unless GROUNDHOG_REQUIRE_CONTAINER is 1.
func needEngine(t *testing.T) *engine {
	t.Helper()
	e, err := openEngine(t.Context())
	if err == nil {
		t.Cleanup(func() { e.Close() })
		_, err = e.image(t.Context(), "")
	}
	var lacking *EnvError
	if errors.As(err, &lacking) && os.Getenv("GROUNDHOG_REQUIRE_CONTAINER") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// containersOf are the containers that carry a label of ours with this value.
func containersOf(t *testing.T, e *engine, label, value string) []string {
	t.Helper()
	found, err := e.Client().ContainerList(context.Background(), client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", label+"="+value)})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range found.Items {
		ids = append(ids, c.ID)
	}
	return ids
}

// TestContainer also has the port taken once, and the broker die.
func TestContainer(t *testing.T) {
	e := needEngine(t)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tries, kept := 0, t.TempDir()
	began := time.Now()
	c, err := StartContainer(t.Context(), ContainerConfig{
		Settings: map[string]string{"group.initial.rebalance.delay.ms": "0"}, KeepLogs: kept,
		port: func() (int, error) {
			if tries++; tries == 1 {
				return other.Addr().(*net.TCPAddr).Port, nil
			}
			ports, err := freePorts(1)
			return ports[0], err
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	t.Logf("%s, Kafka %s, started in %v", c.Image(), c.Version(), time.Since(began).Round(time.Millisecond))
	if tries != 2 {
		t.Errorf("%d tries", tries)
	}
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
	produceAndConsume(t, c, 1)
	consumeShared(t, c)

	if _, err := e.Client().ContainerKill(t.Context(), c.broker.GetContainerID(), client.ContainerKillOptions{Signal: "KILL"}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); c.Check(t.Context()) == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is told of a broker that died")
		}
	}
	wantEnvError(t, c.Check(t.Context()), "ended on its own", "137")
	wantEnvError(t, c.Close(), "ended on its own")
	if !isGone(e, c.broker.GetContainerID()) {
		t.Error("the container is left")
	}
	for _, text := range []string{c.Logs(), read(t, kept, serverLog)} {
		if !strings.Contains(text, "Kafka Server started") {
			t.Errorf("a log of %d bytes lacks the start", len(text))
		}
	}
	if !strings.Contains(read(t, kept, serverConf), "group.initial.rebalance.delay.ms=0\n") {
		t.Error("the override is not in the kept settings")
	}
}

// consumeShared reads what produceAndConsume wrote as a share group, for which
// the broker must reach itself.
func consumeShared(t *testing.T, c Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client, err := kgo.NewClient(append(c.Access().Options(), kgo.SeedBrokers(c.Bootstrap()...),
		kgo.ShareGroup("sharers"), kgo.ConsumeTopics("orders"), kgo.DefaultProduceTopic("orders"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	// A share group begins at the end: so write until it reads.
	go func() {
		for ctx.Err() == nil {
			client.ProduceSync(ctx, kgo.StringRecord("shared"))
			time.Sleep(50 * time.Millisecond)
		}
	}()
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatal("a share group reads nothing: ", fetches.Err())
		}
		if fetches.NumRecords() > 0 {
			return
		}
	}
}

// orphanContainerEnv makes this test program start a container with a certain
// image, name it, and wait to be killed.
const orphanContainerEnv = "GROUNDHOG_TEST_ORPHAN_CONTAINER"

func containAndWait() {
	c, err := StartContainer(context.Background(), ContainerConfig{})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	if os.Getenv(orphanContainerEnv) == "swept" {
		c.reaper.stop()
	}
	fmt.Println("started", c.broker.GetContainerID())
	select {}
}

// TestContainerGoesWithAKilledProgram kills a program that has a container:
// once with its reaper, once with nothing but the next start to clear it away.
func TestContainerGoesWithAKilledProgram(t *testing.T) {
	e := needEngine(t)
	for _, how := range []string{"reaped", "swept"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath("docker"); err != nil && how == "reaped" {
				t.Skip(err)
			}
			id := orphanContainer(t, how)
			for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				if how == "swept" {
					e.sweep(t.Context())
				}
				if isGone(e, id) {
					return
				}
				if time.Now().After(deadline) {
					e.Client().ContainerRemove(t.Context(), id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
					t.Fatal("the container outlives the program that started it")
				}
			}
		})
	}
}

func isGone(e *engine, id string) bool {
	_, err := e.Client().ContainerInspect(context.Background(), id, client.ContainerInspectOptions{})
	return errdefs.IsNotFound(err)
}

// orphanContainer starts a program that starts a container, kills it, and
// returns the container's id.
func orphanContainer(t *testing.T, how string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanContainerEnv+"="+how)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := startChild(cmd)
	if err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	p.kill() // its whole group: the reaper is in none of ours
	id, ok := strings.CutPrefix(strings.TrimSpace(line), "started ")
	if !ok {
		t.Fatal(line)
	}
	return id
}

func TestSweepSparesTheLivingAndStrangers(t *testing.T) {
	us := thisProgram()
	if !us.lives() {
		t.Error("this program is taken for dead")
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		if other := (owner{us.host, us.pid, us.begun + "0"}); other.lives() {
			t.Error("a program is taken for an earlier one with its number")
		}
		if dead := (owner{us.host, "4194305", "1"}); dead.lives() { // above the kernel's greatest
			t.Error("a program that is not there is taken for alive")
		}
	}
	if o, ok := parseOwner(us.String()); !ok || o != us {
		t.Errorf("%q is read as %+v", us, o)
	}
	for _, text := range []string{"", "x", " 1 2", "host 1", "host 1 2 3"} {
		if _, ok := parseOwner(text); ok {
			t.Errorf("%q was taken for an owner", text)
		}
	}
}

func TestNoEngine(t *testing.T) {
	// In a program of its own: testcontainers looks for the engine once.
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoEngineHere$", "-test.v")
	cmd.Env = append(os.Environ(), "DOCKER_HOST=unix://"+filepath.Join(t.TempDir(), "none.sock"))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestNoEngineHere") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNoEngineHere is a part of TestNoEngine.
func TestNoEngineHere(t *testing.T) {
	if !strings.HasSuffix(os.Getenv("DOCKER_HOST"), "none.sock") {
		t.Skip("run by TestNoEngine")
	}
	_, err := StartContainer(t.Context(), ContainerConfig{})
	wantEnvError(t, err, "no Docker engine answers", "none.sock", "dockerd")
}

func TestImageMissing(t *testing.T) {
	needEngine(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	// A registry that refuses connections: no name is asked of anybody.
	_, err := StartContainer(ctx, ContainerConfig{Image: "127.0.0.1:1/kafka:0"})
	wantEnvError(t, err, "127.0.0.1:1/kafka:0", "cannot be pulled", "make kafka-image", imageSetting)
}

func TestContainerFailedStart(t *testing.T) {
	e := needEngine(t)
	_, err := StartContainer(t.Context(), ContainerConfig{Settings: map[string]string{"group.min.session.timeout.ms": "abc"}})
	var env *EnvError
	if err == nil || errors.As(err, &env) || !strings.Contains(err.Error(), "Invalid value abc") {
		t.Errorf("got %v", err)
	}
	if left := containersOf(t, e, ownerLabel, thisProgram().String()); len(left) > 0 {
		t.Errorf("containers are left: %v", left)
	}
}
