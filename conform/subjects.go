package conform

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// StartKafka starts an Apache Kafka of its own. The function ends it.
func StartKafka(ctx context.Context) (*Live, func() error, error) {
	p, err := cluster.StartProcess(ctx, cluster.ProcessConfig{Settings: ServerSettings()})
	if err != nil {
		return nil, nil, err
	}
	l, err := Dial(ctx, p.Bootstrap()[0], true)
	if err != nil {
		p.Close()
		return nil, nil, err
	}
	l.own = true
	return l, func() error { l.Close(); return p.Close() }, nil
}

// DialKafka finds a broker that somebody else has started, which must be set up
// as scripts want it. The error is an EnvError with what to change if it is not.
func DialKafka(ctx context.Context, addr string) (*Live, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return nil, &cluster.EnvError{What: "no broker answers at " + addr, Remedy: "want HOST:PORT of a Kafka that runs", Err: err}
	}
	defer c.Close()
	wrong, err := wrongSettings(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, &cluster.EnvError{
			What:   "the broker at " + addr + " is not set up for conform",
			Remedy: "put these into its server.properties and start it again: " + strings.Join(wrong, " "),
		}
	}
	l, err := Dial(ctx, addr, true)
	if err != nil {
		return nil, &cluster.EnvError{What: "the broker at " + addr + " cannot be used", Remedy: "let conform start its own, or use a fresh one", Err: err}
	}
	return l, nil
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
