package realkafka

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
)

// unsettled tells what keeps the groups from being stable with nothing left to
// read; empty when nothing does.
func (p *play) unsettled() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	owners := map[string]map[model.TopicPartition]string{} // by group
	topics := map[string][]string{}
	for _, m := range p.machines {
		if m == nil || p.jobs.has(m.id) || slices.Contains(p.trial.Retired, m.id) {
			continue
		}
		if m.runs == nil {
			return m.name + " is down"
		}
		if why := m.runs.unsettled(); why != "" {
			return m.name + " " + why
		}
		c, ok := m.runs.(*consumer)
		if !ok {
			continue
		}
		group := c.crowd.Group.Name
		if owners[group] == nil {
			owners[group] = map[model.TopicPartition]string{}
		}
		topics[group] = append(topics[group], p.trial.Spec.Subscribes(c.number)...)
		for part := range c.owned {
			if other, ok := owners[group][part]; ok {
				return fmt.Sprintf("%v is owned by %s and %s", part, other, m.name)
			}
			owners[group][part] = m.name
		}
	}
	if p.jobs != nil {
		if why := p.jobs.unsettled(); why != "" {
			return why
		}
	}
	return p.unowned(owners, topics)
}

// unowned tells of a partition that nobody has of those that a group reads.
func (p *play) unowned(owners map[string]map[model.TopicPartition]string, topics map[string][]string) string {
	for _, crowd := range p.trial.Spec.Crowds() {
		group := crowd.Group.Name
		for _, t := range topics[group] {
			for i := range p.sizes[t] {
				if part := (model.TopicPartition{Topic: t, Partition: i}); owners[group][part] == "" {
					return fmt.Sprintf("nobody owns %v", part)
				}
			}
		}
	}
	return ""
}
