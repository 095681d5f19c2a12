package cluster

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
)

// composeEnvironment reads the environment of the service in a compose file, a
// variable a line.
func composeEnvironment(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "    environment:\n")
	env := map[string]string{}
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, ": ")
		if ok && !strings.HasPrefix(line, "#") {
			env[key] = strings.Trim(value, `"`)
		}
	}
	return env
}

// TestComposeFile starts the broker of examples/compose with another port.
func TestComposeFile(t *testing.T) {
	e := needEngine(t)
	env := composeEnvironment(t, "../../examples/compose/compose.yaml")
	image, err := e.image(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(ports[0])
	const told = "KAFKA_ADVERTISED_LISTENERS"
	if !strings.Contains(env[told], "localhost:9092") {
		t.Fatalf("%s is %q", told, env[told])
	}
	env[told] = strings.Replace(env[told], "localhost:9092", e.host+":"+port, 1)
	unique := newUUID()
	reaper := startReaper(e.Client().DaemonHost(), unique)
	defer reaper.stop()
	inside := network.MustParsePort("9092/tcp")
	made, err := e.CreateContainer(t.Context(), testcontainers.ContainerRequest{Image: image, Env: env, Labels: labels(unique),
		ExposedPorts: []string{inside.String()},
		HostConfigModifier: func(h *container.HostConfig) {
			h.PortBindings = network.PortMap{inside: {e.binding(ports[0])}}
		}})
	if err != nil {
		t.Fatal(err)
	}
	c := &Container{engine: e, broker: made.(*testcontainers.DockerContainer)}
	defer c.discard()
	if err := c.broker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var a *Address
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if a, err = OpenAddress(t.Context(), []string{e.host + ":" + port}, Access{}); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v\n%s", err, trouble(c.Logs()))
		}
	}
	produceAndConsume(t, a, 1)
	consumeShared(t, a)
}
