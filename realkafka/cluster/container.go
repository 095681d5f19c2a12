package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
)

// ContainerConfig says how to run Kafka in a container: one broker that is its
// own controller.
type ContainerConfig struct {
	// Image is one that takes settings as the official image of Apache Kafka
	// does. Empty: GROUNDHOG_KAFKA_IMAGE, then apache/kafka of KafkaVersion or,
	// where that one is not here, what make kafka-image has built.
	Image string

	// Settings go into server.properties, as in ProcessConfig.
	Settings map[string]string

	// KeepLogs, if not empty, is a folder into which a failed start and Close
	// copy log and settings.
	KeepLogs string

	port func() (int, error) // a free one, but in tests
}

// The container's side: where the image looks for settings, where the broker
// keeps its data, and its listeners.
const (
	mountedConf    = "/mnt/shared/config/" + serverConf
	containerData  = "/tmp/groundhog-data"
	containerPort  = 9092
	controllerPort = 9093
	innerPort      = 9094

	// containerGrace is how long a broker may take to end: its data goes anyway.
	containerGrace = 3 * time.Second
	// containerTimeout bounds a start if the context has no deadline: longer
	// than that of a process, for storage is formatted in it.
	containerTimeout = 2 * time.Minute
	// engineTimeout bounds what asks the engine of a container that runs.
	engineTimeout = 20 * time.Second
)

// Container is one Kafka broker in a Docker container.
type Container struct {
	cfg    ContainerConfig
	engine *engine
	image  string
	broker *testcontainers.DockerContainer
	reaper *reaper
	addr   string // advertised
	conf   string // server.properties
	found  string // Version

	closing sync.Once
	closed  error // of Close

	mu       sync.Mutex
	lastLogs string // what Logs returns once the container is gone
	gone     bool
}

var _ Cluster = (*Container)(nil)

// StartContainer starts Kafka in the Docker engine that DOCKER_HOST, or the
// usual socket, leads to, and returns when its group coordinator answers. ctx
// bounds the start; without a deadline the start, but not the pulling of an
// image, may take two minutes. The container then runs until Close. If this program is
// killed, a helper process removes it, where there are a shell and the docker
// command; else the next start does.
//
// The error is an *EnvError if the machine lacks something; else it has what
// matters of the broker's log.
func StartContainer(ctx context.Context, cfg ContainerConfig) (*Container, error) {
	if err := checkOverrides(cfg.Settings); err != nil {
		return nil, err
	}
	if cfg.port == nil {
		cfg.port = func() (int, error) {
			ports, err := freePorts(1)
			if err != nil {
				return 0, err
			}
			return ports[0], nil
		}
	}
	e, err := openEngine(ctx)
	if err != nil {
		return nil, err
	}
	image, err := e.image(ctx, cfg.Image)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.sweep(ctx)
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, containerTimeout)
		defer cancel()
	}
	for range startAttempts {
		c := &Container{cfg: cfg, engine: e, image: image}
		if err = c.start(ctx); err == nil {
			return c, nil
		}
		err = errors.Join(err, c.discard())
		if !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
	return nil, &EnvError{
		What:   fmt.Sprintf("the Docker engine found the broker's port in use %d times over", startAttempts),
		Remedy: "end programs that open very many local connections, then try again",
		Err:    err,
	}
}

func (c *Container) start(ctx context.Context) error {
	port, err := c.cfg.port()
	if err != nil {
		return err
	}
	c.addr = net.JoinHostPort(c.engine.host, strconv.Itoa(port))
	node := nodeConfig{id: 1, clientPort: containerPort, controllerPort: controllerPort, innerPort: innerPort,
		dataDir: containerData, bind: "0.0.0.0:" + strconv.Itoa(containerPort), advertised: c.addr}
	c.conf = layout{nodes: []nodeConfig{node}, overrides: c.cfg.Settings}.render(node)
	clusterID, mine := newUUID(), newUUID()
	// Before there is a container: so there is no moment at which a kill would
	// leave one.
	c.reaper = startReaper(c.engine.Client().DaemonHost(), mine)
	made, err := c.engine.CreateContainer(ctx, c.request(clusterID, mine, port))
	if broker, ok := made.(*testcontainers.DockerContainer); ok {
		c.broker = broker
	}
	if err == nil {
		err = c.broker.Start(ctx)
	}
	if err != nil {
		return c.engineFailure(ctx, err)
	}
	if err := c.awaitReady(ctx, clusterID, node); err != nil {
		return startFailure(err, c.Logs(), "the Docker engine's data folder")
	}
	return c.learnVersion(ctx)
}

// request is what the engine is asked for.
func (c *Container) request(clusterID, mine string, port int) testcontainers.ContainerRequest {
	inside := network.MustParsePort(strconv.Itoa(containerPort) + "/tcp")
	return testcontainers.ContainerRequest{
		Image:  c.image,
		Env:    map[string]string{"CLUSTER_ID": clusterID, "KAFKA_HEAP_OPTS": "-Xmx512m"},
		Labels: labels(mine),
		// The port is chosen before the start, since the broker must tell it.
		ExposedPorts:       []string{inside.String()},
		HostConfigModifier: func(h *container.HostConfig) { h.PortBindings = network.PortMap{inside: {c.engine.binding(port)}} },
		Files:              []testcontainers.ContainerFile{{Reader: strings.NewReader(c.conf), ContainerFilePath: mountedConf, FileMode: 0o644}},
	}
}

// engineFailure explains why a container could not be made or started.
func (c *Container) engineFailure(ctx context.Context, err error) error {
	text := err.Error()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	case strings.Contains(text, "port is already allocated"), strings.Contains(text, "address already in use"):
		return fmt.Errorf("%w: %w", errPortTaken, err)
	case strings.Contains(text, "no space left on device"):
		return &EnvError{What: "the Docker engine's disk is full", Remedy: "free about 500 MB there (docker system df tells what is in use)", Err: err}
	}
	return &EnvError{What: "the Docker engine cannot start " + c.image, Remedy: "see the engine's log, or use --kafka process", Err: err}
}

// awaitReady waits until the broker is ready, or ends, or ctx ends.
func (c *Container) awaitReady(ctx context.Context, clusterID string, node nodeConfig) error {
	probe, err := newProbe(clusterID, []nodeConfig{node}, Access{})
	if err != nil {
		return err
	}
	defer probe.close()
	watch, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for c.running(watch) {
			select {
			case <-watch.Done():
			case <-time.After(10 * probeEvery):
			}
		}
		if watch.Err() == nil {
			close(ended)
		}
	})
	defer watching.Wait()
	defer stop()
	return probe.await(ctx, ended)
}

// running tells whether the container has not ended, as far as is known.
func (c *Container) running(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	state, err := c.broker.State(ctx)
	return err != nil || state.Running
}

// learnVersion makes sure that the image's Kafka is not too old.
func (c *Container) learnVersion(ctx context.Context) error {
	found, err := meet(ctx, c.addr, Access{})
	if err != nil {
		return err
	}
	c.found = found.version
	// The protocol tells two of the version's three parts, a tag may tell all.
	if _, tag, ok := strings.Cut(c.image, ":"); ok && strings.HasPrefix(tag, c.found+".") {
		c.found = tag
	}
	return nil
}

// Bootstrap returns the broker's address.
func (c *Container) Bootstrap() []string { return []string{c.addr} }

// Access returns the zero value: the listener is a plain one.
func (c *Container) Access() Access { return Access{} }

// Version returns the version of the image's Kafka.
func (c *Container) Version() string { return c.found }

// Image returns the name of the image.
func (c *Container) Image() string { return c.image }

// Check implements Cluster: it asks the engine.
func (c *Container) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	state, err := c.broker.State(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		return &EnvError{What: "the broker's container is gone, or its Docker engine is", Remedy: "see the engine's log, and run it again", Err: err}
	case err != nil || state.Running:
		return nil // an engine that is slow says nothing of the broker
	}
	err = fmt.Errorf("the broker's container had ended on its own (exit code %d)", state.ExitCode)
	return endedAlone(err, c.Logs(), "the Docker engine's data folder")
}

// Logs returns the end of the container's output.
func (c *Container) Logs() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return c.lastLogs
	}
	return c.readLogs()
}

func (c *Container) readLogs() string {
	if c.broker == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	r, err := c.broker.Logs(ctx)
	if err != nil {
		return ""
	}
	defer r.Close()
	text, _ := io.ReadAll(r) // what there is, is of use
	return string(text[max(0, len(text)-maxLog):])
}

// SaveLogs writes server.log and server.properties into the folder dir/broker-1.
func (c *Container) SaveLogs(dir string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return errors.New("the cluster is closed and its logs are gone")
	}
	dir = filepath.Join(dir, "broker-1")
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, serverLog), []byte(c.readLogs()), 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, serverConf), []byte(c.conf), 0o644)
	}
	return folderError(err, dir, "another folder for logs")
}

// Close stops the broker and removes the container and its data. It fails if
// the broker had ended before, or if something cannot be removed.
func (c *Container) Close() error {
	c.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
		defer cancel()
		c.closed = errors.Join(c.Check(ctx), c.discard(), c.engine.Close())
	})
	return c.closed
}

// discard keeps the logs as KeepLogs says and removes the container.
func (c *Container) discard() error {
	var kept error
	if c.cfg.KeepLogs != "" && c.broker != nil {
		kept = c.SaveLogs(c.cfg.KeepLogs)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastLogs, c.gone = c.readLogs(), true
	if c.broker != nil {
		// The caller's context may be over; the container must go all the same.
		ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
		defer cancel()
		if err := c.broker.Terminate(ctx, testcontainers.StopTimeout(containerGrace)); err != nil {
			// The reaper stays, and goes on trying when this program ends.
			return errors.Join(kept, fmt.Errorf("the container %s is left: %w", c.broker.GetContainerID(), err))
		}
	}
	c.reaper.stop()
	return kept
}
