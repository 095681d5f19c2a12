package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// OpenKafka gives the Apache Kafka of a user's choice: one that is started for
// this, or one that somebody else runs, which must be set up as scripts want
// it. The function ends what was started. The error is a cluster.EnvError with
// what to change if the choice cannot be used.
func OpenKafka(ctx context.Context, choice cluster.Choice) (*Live, func() error, error) {
	c, err := cluster.Open(ctx, choice, ServerSettings())
	if err != nil {
		return nil, nil, err
	}
	l, err := open(ctx, c, !choice.IsAddress())
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return l, func() error { l.Close(); return c.Close() }, nil
}

func open(ctx context.Context, k cluster.Cluster, own bool) (*Live, error) {
	at := place{k.Bootstrap()[0], k.Access()}
	if !own {
		if err := checkSettings(ctx, at); err != nil {
			return nil, err
		}
	}
	l, err := Dial(ctx, at.addr, at.access, true)
	switch {
	case err != nil && own:
		return nil, err
	case err != nil:
		return nil, &cluster.EnvError{What: "the broker at " + at.addr + " cannot be used", Remedy: "let conform start its own, or use a fresh one", Err: err}
	}
	l.own, l.broker = own, k
	return l, nil
}

// checkSettings returns an EnvError with what to change if a broker is not set up
// as scripts want it.
func checkSettings(ctx context.Context, at place) error {
	c, err := dial(ctx, at)
	if err != nil {
		return err
	}
	defer c.Close()
	wrong, err := wrongSettings(ctx, c)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return &cluster.EnvError{
			What:   "the broker at " + at.addr + " is not set up for conform",
			Remedy: "put these into its server.properties and start it again: " + strings.Join(wrong, " "),
		}
	}
	return nil
}

// wrongSettings lists what a broker's configuration should say, and does not.
func wrongSettings(ctx context.Context, c *conn) ([]string, error) {
	want := ServerSettings()
	r := &kmsg.DescribeConfigsRequest{Version: 4, Resources: []kmsg.DescribeConfigsRequestResource{{
		ResourceType: kmsg.ConfigResourceTypeBroker, ResourceName: strconv.Itoa(int(brokerID)), ConfigNames: slices.Sorted(maps.Keys(want)),
	}}}
	k, err := ask[*kmsg.DescribeConfigsResponse](ctx, c, r)
	if err != nil {
		return nil, err
	}
	if len(k.Resources) != 1 || k.Resources[0].ErrorCode != 0 {
		return nil, &cluster.EnvError{What: "the broker does not tell its settings", Remedy: fmt.Sprintf("want a cluster of one broker with node.id=%d", brokerID)}
	}
	for _, s := range k.Resources[0].Configs {
		if s.Value != nil && *s.Value == want[s.Name] {
			delete(want, s.Name)
		}
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		wrong = append(wrong, name+"="+want[name])
	}
	return wrong, nil
}
