package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// probeGroup is the group that readiness asks about. It never has members.
	probeGroup = "groundhog-probe"
	// probeEvery is the pause after an answer of not yet.
	probeEvery = 25 * time.Millisecond
	// probeTimeout bounds one round of requests: a broker that is still
	// starting may accept a connection and not answer.
	probeTimeout = 2 * time.Second
)

// probe asks brokers whether they are ready, each by a connection of its own.
type probe struct {
	clusterID string
	ids       []int32
	clients   map[int32]*kgo.Client // by node id
}

func newProbe(clusterID string, nodes []nodeConfig, access Access) (*probe, error) {
	p := &probe{clusterID: clusterID, clients: map[int32]*kgo.Client{}}
	for _, n := range nodes {
		opts := append(access.Options(), kgo.SeedBrokers(n.clientAddr()), kgo.ClientID(probeGroup), kgo.DisableClientMetrics())
		client, err := kgo.NewClient(opts...)
		if err != nil {
			p.close()
			return nil, err
		}
		p.ids = append(p.ids, int32(n.id))
		p.clients[int32(n.id)] = client
	}
	return p, nil
}

func (p *probe) close() {
	for _, client := range p.clients {
		client.Close()
	}
}

// await asks until the cluster is ready, and returns nil; or until ctx ends or
// ended is closed, and returns an error with the last answer.
func (p *probe) await(ctx context.Context, ended <-chan struct{}) error {
	var last error
	for {
		err := p.ask(ctx)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil { // else it only says that ctx ended
			last = err
		}
		select {
		case <-ended:
			return fmt.Errorf("a broker ended while it started (before that: %w)", last)
		case <-ctx.Done():
			return fmt.Errorf("broker not ready in time (%w): %w", context.Cause(ctx), last)
		case <-time.After(probeEvery):
		}
	}
}

// ask returns nil if every broker knows all brokers of this very cluster, and
// the group coordinator has its partition of __consumer_offsets and answers.
// An open port, or even Metadata, comes some hundred milliseconds earlier.
func (p *probe) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	for _, id := range p.ids {
		if err := p.askBroker(ctx, id); err != nil {
			return fmt.Errorf("broker %d: %w", id, err)
		}
	}
	coordinator, err := p.askCoordinator(ctx)
	if err != nil {
		return fmt.Errorf("FindCoordinator: %w", err)
	}
	if err := p.askGroup(ctx, coordinator); err != nil {
		return fmt.Errorf("group coordinator on broker %d: %w", coordinator, err)
	}
	return nil
}

// request sends r to the node once: unlike Client.Request it does not retry,
// so that each answer is seen.
func request[R kmsg.Response](ctx context.Context, p *probe, id int32, r kmsg.Request) (resp R, err error) {
	client, ok := p.clients[id]
	if !ok {
		return resp, fmt.Errorf("broker %d is not one of this cluster", id)
	}
	got, err := client.SeedBrokers()[0].Request(ctx, r)
	if err != nil {
		return resp, err
	}
	return got.(R), nil
}

func (p *probe) askBroker(ctx context.Context, id int32) error {
	versions := kmsg.NewPtrApiVersionsRequest()
	versions.ClientSoftwareName, versions.ClientSoftwareVersion = "groundhog", "1"
	v, err := request[*kmsg.ApiVersionsResponse](ctx, p, id, versions)
	if err != nil {
		return err
	}
	if err := kerr.ErrorForCode(v.ErrorCode); err != nil {
		return fmt.Errorf("ApiVersions: %w", err)
	}
	metadata := kmsg.NewPtrMetadataRequest()
	metadata.Topics = []kmsg.MetadataRequestTopic{}
	m, err := request[*kmsg.MetadataResponse](ctx, p, id, metadata)
	if err != nil {
		return err
	}
	if m.ClusterID == nil || *m.ClusterID != p.clusterID {
		return fmt.Errorf("another cluster answers on its port")
	}
	if len(m.Brokers) != len(p.ids) {
		return fmt.Errorf("it knows %d of %d brokers", len(m.Brokers), len(p.ids))
	}
	return nil
}

// askCoordinator returns the node id of the probe group's coordinator. The first
// request makes Kafka create __consumer_offsets.
func (p *probe) askCoordinator(ctx context.Context) (int32, error) {
	find := kmsg.NewPtrFindCoordinatorRequest()
	find.CoordinatorKey, find.CoordinatorKeys = probeGroup, []string{probeGroup}
	r, err := request[*kmsg.FindCoordinatorResponse](ctx, p, p.ids[0], find)
	if err != nil {
		return 0, err
	}
	if len(r.Coordinators) != 1 {
		return 0, fmt.Errorf("%d coordinators for one group", len(r.Coordinators))
	}
	return r.Coordinators[0].NodeID, kerr.ErrorForCode(r.Coordinators[0].ErrorCode)
}

// askGroup describes the probe group: that it does not exist is the answer of a
// coordinator that has loaded its partition.
func (p *probe) askGroup(ctx context.Context, coordinator int32) error {
	describe := kmsg.NewPtrDescribeGroupsRequest()
	describe.Groups = []string{probeGroup}
	r, err := request[*kmsg.DescribeGroupsResponse](ctx, p, coordinator, describe)
	if err != nil {
		return err
	}
	if len(r.Groups) != 1 {
		return fmt.Errorf("%d descriptions for one group", len(r.Groups))
	}
	if err := kerr.ErrorForCode(r.Groups[0].ErrorCode); err != nil && err != kerr.GroupIDNotFound {
		return err
	}
	return nil
}
