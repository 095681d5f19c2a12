package realkafka

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// clusterSetting names the environment variable with the addresses,
// HOST:PORT[,HOST:PORT…], of a running cluster that is to be used.
const clusterSetting = "GROUNDHOG_KAFKA"

// clusters are those that runs share which do not bring their own: the one of
// the environment, or local processes, started when they are first needed. How
// long a new group waits for members is a fixed setting of a broker, so there
// is a process for each such delay.
var clusters struct {
	mu      sync.Mutex
	started map[time.Duration]cluster.Cluster
}

// Shared gives the cluster for runs whose Spec wants a certain initial
// rebalance delay; one that the environment names is as it is.
func Shared(ctx context.Context, delay time.Duration) (cluster.Cluster, error) {
	if list := os.Getenv(clusterSetting); list != "" {
		return remote(strings.Split(list, ",")), nil
	}
	clusters.mu.Lock()
	defer clusters.mu.Unlock()
	if c, ok := clusters.started[delay]; ok {
		return c, nil
	}
	c, err := cluster.StartProcess(ctx, cluster.ProcessConfig{Settings: map[string]string{
		"group.initial.rebalance.delay.ms": strconv.FormatInt(delay.Milliseconds(), 10)}})
	if err != nil {
		return nil, err
	}
	if clusters.started == nil {
		clusters.started = map[time.Duration]cluster.Cluster{}
	}
	clusters.started[delay] = c
	return c, nil
}

// Shutdown stops what Shared has started. Without it the processes end with
// this program, but their folder stays until the next start.
func Shutdown() error {
	clusters.mu.Lock()
	defer clusters.mu.Unlock()
	var errs []error
	for _, c := range clusters.started {
		errs = append(errs, c.Close())
	}
	clusters.started = nil
	return errors.Join(errs...)
}

// remote is a running cluster of which only the addresses are known.
type remote []string

var _ cluster.Cluster = remote(nil)

// Bootstrap implements cluster.Cluster.
func (r remote) Bootstrap() []string { return slices.Clone(r) }

// Version implements cluster.Cluster.
func (remote) Version() string { return "" }

// Logs implements cluster.Cluster.
func (remote) Logs() string { return "" }

// SaveLogs implements cluster.Cluster.
func (remote) SaveLogs(string) error {
	return errors.New("the logs of a cluster that is only known by its address cannot be had")
}

// Close implements cluster.Cluster.
func (remote) Close() error { return nil }
