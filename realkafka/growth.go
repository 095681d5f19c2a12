package realkafka

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker"
	"github.com/groundhogsim/groundhog/sim"
)

// growth is what gives a topic more partitions, if that is what an action on a
// broker asks for; else nil. p.mu is held, also when it is called.
func (p *play) growth(a sim.Action) func() {
	if a.Kind != sim.Command || a.Label != broker.CommandAddPartitions {
		return nil
	}
	topic, text, _ := strings.Cut(a.Key, " ")
	total, err := strconv.ParseInt(text, 10, 32)
	size, ok := p.sizes[topic]
	if err != nil || !ok || int32(total) <= size {
		return nil
	}
	return func() {
		p.sizes[topic] = int32(total)
		p.spawn(func() {
			ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
			defer cancel()
			r, err := p.admin.kadm.UpdatePartitions(ctx, int(total), p.names.topic(topic))
			if err == nil {
				err = r.Error()
			}
			if err != nil {
				p.fail(fmt.Errorf("%s: %w", p.trial.Names.Print(a), err))
			}
		})
	}
}
