package realkafka

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// clusters are those that runs share which do not bring their own: the one of
// the user's choice or, where that is one to start, those that have been
// started when they were first needed. How long a new group waits for members
// is a fixed setting of a broker, so there is a cluster for each such delay.
var clusters struct {
	mu      sync.Mutex
	choice  *cluster.Choice // nil: the environment's
	started map[time.Duration]cluster.Cluster
}

// somebodys stands for the delay of a cluster that somebody else runs.
const somebodys time.Duration = -1

// Use says which cluster Shared gives from now on; without it, what the
// environment says (see cluster.FromEnvironment).
func Use(c cluster.Choice) {
	clusters.mu.Lock()
	defer clusters.mu.Unlock()
	clusters.choice = &c
}

// Shared gives the cluster for runs whose Spec wants a certain initial
// rebalance delay; one that somebody else runs is as it is.
func Shared(ctx context.Context, delay time.Duration) (cluster.Cluster, error) {
	clusters.mu.Lock()
	defer clusters.mu.Unlock()
	choice := cluster.FromEnvironment()
	if clusters.choice != nil {
		choice = *clusters.choice
	}
	if choice.IsAddress() {
		delay = somebodys // there is only one
	}
	if c, ok := clusters.started[delay]; ok {
		return c, nil
	}
	c, err := cluster.Open(ctx, choice, map[string]string{
		"group.initial.rebalance.delay.ms": strconv.FormatInt(delay.Milliseconds(), 10)})
	if err != nil {
		return nil, err
	}
	if clusters.started == nil {
		clusters.started = map[time.Duration]cluster.Cluster{}
	}
	clusters.started[delay] = c
	return c, nil
}

// Shutdown stops what Shared has started. Without it processes end with this
// program, and containers soon after, but the processes' folder stays until the
// next start.
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
