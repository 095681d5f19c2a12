package realkafka

import (
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
)

// common are the options of every client of a run. What they leave out is as
// franz-go has it, which the franz profile of package client follows.
func (p *process) common() []kgo.Opt {
	opts := append(p.play.access.Options(),
		kgo.SeedBrokers(p.play.bootstrap...),
		// Kafka begins a member's id with the client's, so the ids sort as the
		// members' names do: the range assignor goes by them.
		kgo.ClientID(p.name()),
		kgo.WithContext(p.ctx),
		kgo.Dialer(p.dial),
		kgo.DisableClientMetrics(),
	)
	if p.play.options.Log != nil {
		opts = append(opts, kgo.WithLogger(logger{p.name(), p.play.options.Log}))
	}
	return opts
}

var errJava = errors.New("the Java profile cannot run here: the clients are franz-go's; give the scenario's OnKafka another")

// connect makes the client of a member that subscribes to topics.
func (c *consumer) connect(topics []string) (*kgo.Client, error) {
	set := c.set
	if set.Profile == client.Java {
		return nil, errJava
	}
	balancers, err := balancersOf(c.crowd.Group.AssignorsAt(c.number, c.start))
	if err != nil {
		return nil, err
	}
	opts := append(c.common(),
		kgo.ConsumerGroup(c.play.names.group(c.crowd.Group.Name)),
		kgo.ConsumeTopics(c.play.names.topicsOf(topics)...),
		kgo.Balancers(balancers...),
		kgo.SessionTimeout(set.SessionTimeout),
		kgo.HeartbeatInterval(set.HeartbeatInterval),
		kgo.RebalanceTimeout(set.RebalanceTimeout),
		kgo.MetadataMaxAge(set.MetadataMaxAge),
		kgo.MetadataMinAge(min(5*time.Second, set.MetadataMaxAge)),
		kgo.FetchMaxWait(set.FetchMaxWait),
		kgo.ConsumeResetOffset(resetOf(set)),
		kgo.OnPartitionsAssigned(c.onAssigned),
		kgo.OnPartitionsRevoked(c.onRevoked),
		kgo.OnPartitionsLost(c.onLost),
		kgo.AdjustFetchOffsetsFn(c.positions),
		kgo.WithHooks(c),
	)
	if set.BlockRebalanceOnPoll {
		opts = append(opts, kgo.BlockRebalanceOnPoll())
	}
	if id := c.crowd.Group.InstanceID(c.number); id != "" {
		opts = append(opts, kgo.InstanceID(id))
	}
	if set.AutoCommit {
		if set.AutoCommitInterval > 0 {
			opts = append(opts, kgo.AutoCommitInterval(set.AutoCommitInterval))
		}
	} else {
		opts = append(opts, kgo.DisableAutoCommit())
	}
	return kgo.NewClient(opts...)
}

// balancersOf are franz-go's own assignors by their protocols' names.
func balancersOf(names []string) ([]kgo.GroupBalancer, error) {
	known := []kgo.GroupBalancer{kgo.RangeBalancer(), kgo.RoundRobinBalancer(), kgo.StickyBalancer(), kgo.CooperativeStickyBalancer()}
	var out []kgo.GroupBalancer
next:
	for _, name := range names {
		for _, b := range known {
			if b.ProtocolName() == name {
				out = append(out, b)
				continue next
			}
		}
		return nil, fmt.Errorf("franz-go has no assignor %q", name)
	}
	return out, nil
}

// resetOf is where to begin where nothing is committed.
func resetOf(c scenarios.ClientConfig) kgo.Offset {
	switch c.Reset {
	case client.Latest:
		return kgo.NewOffset().AtEnd()
	case client.None:
		return kgo.NoResetOffset()
	case client.ByDuration:
		return kgo.NewOffset().AfterMilli(time.Now().Add(-c.ResetDuration).UnixMilli())
	}
	return kgo.NewOffset().AtStart()
}

// logger passes a client's log on.
type logger struct {
	name string
	log  func(format string, args ...any)
}

// Level implements kgo.Logger.
func (l logger) Level() kgo.LogLevel { return kgo.LogLevelInfo }

// Log implements kgo.Logger.
func (l logger) Log(level kgo.LogLevel, text string, pairs ...any) {
	format, args := "%s [%v] %s", []any{l.name, level, text}
	for i := 0; i+1 < len(pairs); i += 2 {
		format += " %v=%v"
		args = append(args, pairs[i], pairs[i+1])
	}
	l.log(format, args...)
}
