package scenarios

import (
	"fmt"
	"slices"
)

// unsettled tells what keeps the groups from being stable with nothing left to
// read, or the job from being at rest; empty when nothing does.
func (s *simulation) unsettled() string {
	if s.job != nil && s.job.Failed() { // nothing else will come
		return s.job.Unsettled(JobLogs{})
	}
	for i, w := range s.writers {
		if !w.Done() {
			return fmt.Sprintf("p%d has records that are not acknowledged", 1+i)
		}
	}
	first := 1
	for i, c := range s.run.Spec.Crowds() {
		if i == 0 && s.job != nil {
			if why := s.job.Unsettled(JobLogs{s.kafka.partitions, s.kafka.end, s.chronicle.Stirred()}); why != "" {
				return why
			}
			first += c.Members
			continue
		}
		if why := s.unsettledCrowd(&c, first); why != "" {
			if len(s.run.Spec.Beside) > 0 {
				why = c.Group.Name + ": " + why
			}
			return why
		}
		first += c.Members
	}
	return ""
}

// unsettledCrowd is unsettled for one group, whose members count from first on.
func (s *simulation) unsettledCrowd(c *Crowd, first int) string {
	owners := map[Partition]string{}
	var topics []string
	for i := first; i < first+c.Members; i++ {
		id := s.run.member(i - 1)
		if slices.Contains(s.run.Retired, id) {
			continue
		}
		name, m := s.run.Names.Name(id), s.members[i-1]
		if why := m.Consumer.Unsettled(); why != "" {
			return name + " " + why
		}
		for _, t := range m.Consumer.Config().Topics {
			if !slices.Contains(topics, t) {
				topics = append(topics, t)
			}
		}
		for _, p := range m.Consumer.Owned {
			if other, ok := owners[p]; ok {
				return fmt.Sprintf("%v is owned by %s and %s", p, other, name)
			}
			owners[p] = name
			end, at := s.kafka.end(p), m.Consumer.PositionOf(p)
			if at < end {
				return fmt.Sprintf("%s has read %v up to %d of %d", name, p, at, end)
			}
		}
	}
	for _, t := range topics {
		for i := range s.kafka.partitions(t) {
			if p := (Partition{Topic: t, Partition: i}); owners[p] == "" {
				return fmt.Sprintf("nobody owns %v", p)
			}
		}
	}
	return ""
}
