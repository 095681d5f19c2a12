package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

const (
	// imageSetting is how a user chooses the image.
	imageSetting = "GROUNDHOG_KAFKA_IMAGE"
	// officialImage is that of the Apache Kafka project.
	officialImage = "apache/kafka:" + KafkaVersion
	// builtImage is the one that make kafka-image builds.
	builtImage = "groundhog/kafka:" + KafkaVersion

	ryukSetting = "TESTCONTAINERS_RYUK_DISABLED"
	hostSetting = "TESTCONTAINERS_HOST_OVERRIDE"
)

// engine is a Docker engine that answers.
type engine struct {
	*testcontainers.DockerProvider
	host string // where published ports are reached
}

// CheckEngine tells, as an *EnvError with the engine's own words, that no Docker
// engine answers here.
func CheckEngine(ctx context.Context) error {
	e, err := openEngine(ctx)
	if err != nil {
		return err
	}
	return e.Close()
}

func openEngine(ctx context.Context) (*engine, error) {
	// Testcontainers would start a container of its own, from an image that
	// would have to be pulled, to clear away what is left: the reaper and sweep
	// of this package do that. It has no other switch than this variable.
	if _, ok := os.LookupEnv(ryukSetting); !ok {
		if err := os.Setenv(ryukSetting, "true"); err != nil {
			return nil, err
		}
	}
	quiet.Do(func() { log.SetDefault(silent{}) })
	err := wantedSocket()
	var p *testcontainers.DockerProvider
	if err == nil {
		p, err = testcontainers.NewDockerProvider(testcontainers.WithLogger(silent{}))
	}
	if err == nil {
		_, err = p.Client().Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, &EnvError{
			What:   "no Docker engine answers",
			Remedy: "start one (dockerd, or .ci/docker start) and let DOCKER_HOST name it if it is not the usual one, or use --kafka process",
			Err:    err,
		}
	}
	e := &engine{DockerProvider: p}
	if e.host, err = e.published(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// wantedSocket fails if DOCKER_HOST names a socket that is not there:
// testcontainers would go on to another engine.
func wantedSocket() error {
	path, ok := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://")
	if !ok {
		return nil
	}
	_, err := os.Stat(path)
	return err
}

// silent is a logger that drops what testcontainers would print. Some of that
// goes to the default one, whatever logger its provider has.
type silent struct{}

var quiet sync.Once

func (silent) Printf(string, ...any) {}

// published is the host by which the engine's published ports are reached from
// here. Testcontainers takes an engine for one outside as soon as this program
// is itself in a container; but where the gateway of the engine's network is
// one of our own addresses, the engine is beside us.
func (e *engine) published(ctx context.Context) (string, error) {
	if host := os.Getenv(hostSetting); host != "" {
		return host, nil
	}
	if e.isBeside(ctx) {
		return loopback, nil
	}
	host, err := e.DaemonHost(ctx)
	if err != nil {
		return "", &EnvError{What: "it is not known how the Docker engine's ports are reached", Remedy: "set " + hostSetting + " to its host", Err: err}
	}
	if host == "localhost" { // which may stand for IPv6 to one side
		host = loopback
	}
	return host, nil
}

// isBeside tells whether the engine is in our own network namespace.
func (e *engine) isBeside(ctx context.Context) bool {
	bridge, err := e.Client().NetworkInspect(ctx, "bridge", client.NetworkInspectOptions{})
	if err != nil {
		return false
	}
	ours, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, c := range bridge.Network.IPAM.Config {
		gateway := c.Gateway
		if !gateway.IsValid() { // engines take the first address, and some do not say so
			gateway = c.Subnet.Masked().Addr().Next()
		}
		if slices.ContainsFunc(ours, func(a net.Addr) bool { return strings.HasPrefix(a.String(), gateway.String()+"/") }) {
			return true
		}
	}
	return false
}

// binding publishes a container's port as this one.
func (e *engine) binding(port int) network.PortBinding {
	b := network.PortBinding{HostPort: strconv.Itoa(port)}
	if host, err := netip.ParseAddr(e.host); err == nil && host.IsLoopback() {
		b.HostIP = host // nobody else is to reach a broker without credentials
	}
	return b
}

// image makes sure that the image of a container is there, and returns its name:
// the one asked for, the one of the environment, else the official one or, where
// that is not here, the one that make kafka-image has built.
func (e *engine) image(ctx context.Context, asked string) (string, error) {
	if asked == "" {
		asked = os.Getenv(imageSetting)
	}
	candidates := []string{asked}
	if asked == "" {
		candidates = []string{officialImage, builtImage}
	}
	for _, name := range candidates {
		_, err := e.Client().ImageInspect(ctx, name)
		if err == nil {
			return name, nil
		}
		if !errdefs.IsNotFound(err) {
			return "", &EnvError{What: "the Docker engine does not tell of the image " + name, Remedy: "see the engine's log", Err: err}
		}
	}
	if err := e.pull(ctx, candidates[0]); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", &EnvError{
			What: fmt.Sprintf("the image %s is not here and cannot be pulled", candidates[0]),
			Remedy: "make kafka-image builds " + builtImage + " from the jars; " + imageSetting +
				" chooses another image; for a registry that wants a login, docker pull it first",
			Err: err,
		}
	}
	return candidates[0], nil
}

func (e *engine) pull(ctx context.Context, name string) error {
	r, err := e.Client().ImagePull(ctx, name, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	return errors.Join(r.Wait(ctx), r.Close())
}
