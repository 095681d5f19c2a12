package realkafka

import (
	"context"
	"time"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

const (
	// watchEvery is the pause between two looks at the cluster.
	watchEvery = time.Second
	// watchStrikes is how often in a row a cluster is found unusable before a
	// run gives it up.
	watchStrikes = 2
)

// watch ends the run when the cluster can no longer be used: clients would go on
// trying, and the history would be judged as if the group never came to rest.
func (p *play) watch(ctx context.Context, c cluster.Cluster) {
	for strikes := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchEvery):
		}
		err := c.Check(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			strikes = 0
			continue
		}
		if strikes++; strikes < watchStrikes {
			continue
		}
		p.mu.Lock()
		p.lost = true
		p.mu.Unlock()
		p.fail(err)
		return
	}
}
