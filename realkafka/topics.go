package realkafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// administration is what does to topics what an action on a broker asks for;
// nil where it asks for nothing that can be done. p.mu is held, also when it
// is called.
func (p *play) administration(a sim.Action) func() {
	if a.Kind != sim.Command {
		return nil
	}
	words := strings.Fields(a.Key)
	if len(words) < 2 {
		return nil
	}
	if a.Label == broker.CommandDeleteOffsets {
		return p.deleteOffsets(a, words[0], words[1])
	}
	n, err := strconv.ParseInt(words[1], 10, 32)
	if err != nil {
		return nil
	}
	topic, total := words[0], int32(n)
	size, known := p.sizes[topic]
	switch {
	case a.Label == broker.CommandAddPartitions && known && total > size:
		return p.administer(a, topic, total, func(ctx context.Context) error {
			r, err := p.admin.kadm.UpdatePartitions(ctx, int(total), p.names.topic(topic))
			if err == nil {
				err = r.Error()
			}
			return err
		})
	case a.Label == broker.CommandCreateTopic && !known:
		return p.administer(a, topic, total, func(ctx context.Context) error {
			_, err := p.admin.createTopic(ctx, scenarios.Topic{Name: topic, Partitions: total})
			return err
		})
	}
	return nil
}

// administer asks for something beside the run; a topic has so many partitions
// from now on.
func (p *play) administer(a sim.Action, topic string, total int32, do func(context.Context) error) func() {
	return func() {
		p.sizes[topic] = total
		p.ask(a, do)
	}
}

// ask asks the cluster beside the run. p.mu is held.
func (p *play) ask(a sim.Action, do func(context.Context) error) {
	p.spawn(func() {
		ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
		defer cancel()
		if err := do(ctx); err != nil {
			p.fail(fmt.Errorf("%s: %w", p.trial.Names.Print(a), err))
		}
	})
}

// deleteOffsets deletes what a group has committed for a topic, which the
// history is told when the cluster has answered; nil for a topic or a group
// that is none of the run's.
func (p *play) deleteOffsets(a sim.Action, group, topic string) func() {
	if p.sizes[topic] == 0 || !slices.Contains(p.names.groups(), p.names.group(group)) {
		return nil
	}
	return func() {
		e := model.Event{Kind: model.OffsetsDeleted, Node: p.trial.Names.Name(a.Node), Group: group, Cause: "admin"}
		list := kadm.TopicsSet{}
		for i := range p.sizes[topic] {
			list.Add(p.names.topic(topic), i)
			e.Partitions = append(e.Partitions, model.PartitionOffset{TopicPartition: model.TopicPartition{Topic: topic, Partition: i}, Offset: -1})
		}
		p.ask(a, func(ctx context.Context) error {
			r, err := p.admin.kadm.DeleteOffsets(ctx, p.names.group(group), list)
			if err == nil {
				err = r.Error()
			}
			if err != nil {
				return err
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.emit(&e)
			return nil
		})
	}
}
