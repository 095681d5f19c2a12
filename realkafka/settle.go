package realkafka

import (
	"fmt"

	"github.com/groundhogsim/groundhog/model"
)

// unsettled tells what keeps the group from being stable with nothing left to
// read; empty when nothing does.
func (p *play) unsettled() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	owners := map[model.TopicPartition]string{}
	for _, m := range p.machines {
		if m == nil {
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
		for part := range c.owned {
			if other, ok := owners[part]; ok {
				return fmt.Sprintf("%v is owned by %s and %s", part, other, m.name)
			}
			owners[part] = m.name
		}
	}
	for _, t := range p.trial.Spec.Topics {
		for i := range p.sizes[t.Name] {
			if part := (model.TopicPartition{Topic: t.Name, Partition: i}); owners[part] == "" {
				return fmt.Sprintf("nobody owns %v", part)
			}
		}
	}
	return ""
}
