package realkafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// directory is a JobManager's way to the cluster: kadm. Its client is made
// with the first question of the JobManager's process, and ends with that. The
// history is not told of it.
type directory struct {
	world   *jobWorld
	machine *machine
	ops     int64
	answers []client.DirectoryEvent
	last    client.DirectoryEvent
}

var _ checkpoint.Directory = (*directory)(nil)

// questioner is the process of a directory's client.
type questioner struct {
	*process
	kadm *kadm.Client
}

func (*questioner) unsettled() string { return "" }

// Step implements checkpoint.Directory.
func (d *directory) Step(in *sim.Input, _ *sim.Effects) bool {
	return in.Kind == sim.InCommand && in.Label == brought
}

// Told implements checkpoint.Directory.
func (d *directory) Told() (*client.DirectoryEvent, bool) {
	if len(d.answers) == 0 {
		return nil, false
	}
	d.last, d.answers = d.answers[0], d.answers[1:]
	return &d.last, true
}

// Crash implements checkpoint.Directory.
func (d *directory) Crash() {
	d.answers = nil
	if d.machine.runs != nil {
		d.world.play.kill(d.machine, d.world.silent)
	}
}

// Describe implements checkpoint.Directory.
func (d *directory) Describe(topics []string, _ *sim.Effects) int64 {
	return d.ask(client.DirectoryTopics, func(ctx context.Context, q *questioner, ev *client.DirectoryEvent) error {
		found, err := q.kadm.ListTopics(ctx, q.play.names.topicsOf(topics)...)
		if err != nil {
			return err
		}
		for _, t := range topics {
			switch x := found[q.play.names.topic(t)]; {
			case x.Err == nil && len(x.Partitions) > 0:
				ev.Topics = append(ev.Topics, client.TopicSize{Name: t, Partitions: int32(len(x.Partitions))})
			case x.Err != nil && !errors.Is(x.Err, kerr.UnknownTopicOrPartition):
				return x.Err
			}
		}
		return nil
	})
}

// Ends implements checkpoint.Directory.
func (d *directory) Ends(of []model.TopicPartition, which client.Reset, _ *sim.Effects) int64 {
	return d.ask(client.DirectoryEnds, func(ctx context.Context, q *questioner, ev *client.DirectoryEvent) error {
		list := q.kadm.ListEndOffsets
		if which == client.Earliest {
			list = q.kadm.ListStartOffsets
		}
		found, err := list(ctx, q.play.names.topicsOf(topicsIn(of))...)
		if err != nil {
			return err
		}
		for _, p := range of {
			at, ok := found.Lookup(q.play.names.topic(p.Topic), p.Partition)
			switch {
			case !ok:
				return kerr.UnknownTopicOrPartition
			case at.Err != nil:
				return at.Err
			}
			ev.Offsets = append(ev.Offsets, model.PartitionOffset{TopicPartition: p, Offset: at.Offset})
		}
		return nil
	})
}

// Committed implements checkpoint.Directory.
func (d *directory) Committed(group string, of []model.TopicPartition, _ *sim.Effects) int64 {
	return d.ask(client.DirectoryCommitted, func(ctx context.Context, q *questioner, ev *client.DirectoryEvent) (err error) {
		ev.Offsets, err = committedOffsets(ctx, q.process.client, q.play.names, group, of)
		return err
	})
}

func topicsIn(of []model.TopicPartition) []string {
	seen := map[string]bool{}
	for _, p := range of {
		seen[p.Topic] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// ask asks beside the world, and has the answer brought. play.mu is held.
func (d *directory) ask(kind client.DirectoryEventKind, question func(context.Context, *questioner, *client.DirectoryEvent) error) int64 {
	d.ops++
	ev := client.DirectoryEvent{Op: d.ops, Kind: kind}
	q, err := d.client()
	p := d.world.play
	if err != nil {
		p.endNow(fmt.Errorf("%s has no client: %w", d.machine.name, err), nil)
		return ev.Op
	}
	p.spawn(func() {
		err := question(q.ctx, q, &ev)
		p.mu.Lock()
		defer p.mu.Unlock()
		if q.dead {
			return
		}
		if err != nil {
			p.logf("%s asks the cluster: %v", d.machine.name, err)
			ev.Topics, ev.Offsets, ev.Err = nil, nil, codeOf(err)
		}
		d.answers = append(d.answers, ev)
		d.world.told(d.machine.id)
	})
	return ev.Op
}

// client is that of the present process.
func (d *directory) client() (*questioner, error) {
	if q, ok := d.machine.runs.(*questioner); ok {
		return q, nil
	}
	q := &questioner{process: d.world.play.newProcess(d.machine)}
	close(q.loop)
	var err error
	if q.process.client, err = kgo.NewClient(q.common()...); err != nil {
		q.cancel()
		return nil, err
	}
	q.kadm = kadm.NewClient(q.process.client)
	d.machine.runs = q
	return q, nil
}

// codeOf is the error of a call as the model's clients tell it. One that is
// not Kafka's means that nobody answered in time.
func codeOf(err error) api.ErrorCode {
	var e *kerr.Error
	switch {
	case err == nil:
		return api.None
	case errors.As(err, &e):
		return api.ErrorCode(e.Code)
	}
	return api.RequestTimedOut
}
