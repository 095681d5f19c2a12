package realkafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
)

// admin makes what a run needs on the cluster, and clears it away.
type admin struct {
	client *kgo.Client
	kadm   *kadm.Client
	names  *names
	made   bool // topics may exist
}

// adminTimeout bounds the making and the clearing away, each.
const adminTimeout = 20 * time.Second

// newAdmin makes the topics of a run. The caller closes the admin even if it
// fails.
func newAdmin(ctx context.Context, c cluster.Cluster, n *names) (*admin, error) {
	a := &admin{names: n}
	var err error
	if a.client, err = kgo.NewClient(append(c.Access().Options(), kgo.SeedBrokers(c.Bootstrap()...), kgo.DisableClientMetrics())...); err != nil {
		return a, err
	}
	a.kadm = kadm.NewClient(a.client)
	ctx, cancel := context.WithTimeoutCause(ctx, adminTimeout, fmt.Errorf("no answer within %v", adminTimeout))
	defer cancel()
	if err := a.create(ctx); err != nil {
		return a, fmt.Errorf("the cluster at %v cannot be used: %w", c.Bootstrap(), err)
	}
	return a, nil
}

func (a *admin) create(ctx context.Context) error {
	// The coordinator of the group must be there at the first moment: a
	// cluster's first group has to wait until Kafka has made its topic.
	if err := a.kadm.FindGroupCoordinators(ctx, a.names.groups()...).Error(); err != nil {
		return err
	}
	a.made = true
	var now []string
	for _, t := range a.names.spec.Topics {
		if t.Later {
			continue
		}
		if _, err := a.createTopic(ctx, t); err != nil {
			return err
		}
		now = append(now, t.Name)
	}
	for {
		err := a.known(ctx, a.names.topicsOf(now))
		if err == nil {
			return nil
		}
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// createTopic makes a topic, and gives its id.
func (a *admin) createTopic(ctx context.Context, t scenarios.Topic) (id [16]byte, err error) {
	r, err := a.kadm.CreateTopic(ctx, t.Partitions, 1, nil, a.names.topic(t.Name))
	if err != nil {
		return id, fmt.Errorf("topic %s: %w", t.Name, err)
	}
	a.names.learn(r.ID, t.Name)
	return r.ID, nil
}

// known is nil when every broker knows a leader for every partition. A client
// that asks a broker too early would wait for seconds before it asks again.
func (a *admin) known(ctx context.Context, topics []string) error {
	req := kmsg.NewPtrMetadataRequest()
	for _, name := range topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = &name
		req.Topics = append(req.Topics, t)
	}
	for _, b := range append(a.client.SeedBrokers(), a.client.DiscoveredBrokers()...) {
		resp, err := b.RetriableRequest(ctx, req)
		if err != nil {
			return err
		}
		for _, t := range resp.(*kmsg.MetadataResponse).Topics {
			if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
				return err
			}
			for _, p := range t.Partitions {
				if p.Leader < 0 {
					return fmt.Errorf("%s/%d has no leader", *t.Topic, p.Partition)
				}
			}
		}
	}
	return nil
}

// close clears away what the run has on the cluster. Its clients have ended;
// what is left of them in the group are members whose session still runs.
func (a *admin) close(ctx context.Context) error {
	if a == nil || a.client == nil {
		return nil
	}
	defer a.client.Close()
	if !a.made {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	var errs []error
	for _, group := range a.names.groups() {
		if err := a.removeGroup(ctx, group); err != nil {
			errs = append(errs, fmt.Errorf("group %s is left on the cluster: %w", group, err))
		}
	}
	return errors.Join(append(errs, a.removeTopics(ctx))...)
}

func (a *admin) removeTopics(ctx context.Context) error {
	removed, err := a.kadm.DeleteTopics(ctx, a.names.topics()...)
	if err != nil {
		return fmt.Errorf("topics %s… are left on the cluster: %w", a.names.prefix, err)
	}
	for _, r := range removed.Sorted() {
		if r.Err != nil && !errors.Is(r.Err, kerr.UnknownTopicOrPartition) {
			err = errors.Join(err, fmt.Errorf("topic %s is left on the cluster: %w", r.Topic, r.Err))
		}
	}
	return err
}

// removeGroup removes what members are left, then the group. A member that was
// about to join when its client ended may come in late, so it is tried again.
func (a *admin) removeGroup(ctx context.Context, group string) error {
	for {
		err := a.removeMembers(ctx, group)
		if err == nil {
			var r kadm.DeleteGroupResponse
			if r, err = a.kadm.DeleteGroup(ctx, group); err == nil {
				err = r.Err
			}
		}
		if err == nil || errors.Is(err, kerr.GroupIDNotFound) {
			return nil
		}
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return err
		}
	}
}

func (a *admin) removeMembers(ctx context.Context, group string) error {
	groups, err := a.kadm.DescribeGroups(ctx, group)
	if err != nil {
		return err
	}
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = group
	for _, m := range groups[group].Members {
		out := kmsg.NewLeaveGroupRequestMember()
		out.MemberID, out.InstanceID = m.MemberID, m.InstanceID
		req.Members = append(req.Members, out)
	}
	if len(req.Members) == 0 {
		return nil
	}
	resp, err := req.RequestWith(ctx, a.client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.ErrorCode)
}
