package model

// Report is the judgement on one history.
type Report struct {
	// Violations are assumptions that do not hold: the history, not the group,
	// is at fault. What hangs on them is in NotChecked.
	Violations     []Violation
	ViolationCount int
	// Anomalies are the first of each name in full, in the order of events.
	Anomalies []Anomaly
	// Counts has the number of anomalies by name; no name stands with 0.
	Counts map[string]int
	// NotChecked says what was not, or not fully, checked, and why.
	NotChecked []NotChecked

	Summary    Summary
	Partitions []PartitionSummary // by group, topic and partition
	Takeovers  []Takeover
	Rebalances []Rebalance
	// Rewinds and Skips are every place where a group went back or forth in a
	// partition, with what was legal of it.
	Rewinds []Rewind
	Skips   []Skip
}

// Summary counts records and times over all groups.
type Summary struct {
	Events int
	LossNumbers
	Repeats
	ZombiePolled    int64 // records read by a member that had been replaced and could not know
	ZombieProcessed int64 // records processed so
	Rebalances      int   // that led to a generation
	Job             JobNumbers
	Share           ShareNumbers
	// The longest of each, µs; 0 without any that came to an end.
	LongestTakeover  int64
	LongestRebalance int64
}

// PartitionSummary counts one group's records of one partition.
type PartitionSummary struct {
	Group string
	TopicPartition
	Repeats
}

// OK tells whether the history could be judged and shows no anomaly.
func (r *Report) OK() bool { return len(r.Violations) == 0 && len(r.Counts) == 0 }

// Names are the names of the anomalies found, in the order of the alphabet.
func (r *Report) Names() []string { return sortedNames(r.Counts) }

func (j *Judge) summarise(r *Report) {
	s := &r.Summary
	s.Events = j.events
	for _, m := range j.monitors {
		switch m := m.(type) {
		case *Ownership:
			s.ZombiePolled, s.ZombieProcessed = m.ZombiePolled, m.ZombieProcessed
		case *Loss:
			s.LossNumbers, r.Skips = m.Sum, m.Skips
		case *Duplicates:
			r.Rewinds = m.Rewinds
			for _, g := range sortedKeys(m.Parts) {
				n := m.Parts[g].Numbers
				r.Partitions = append(r.Partitions, PartitionSummary{g.Group, g.TopicPartition, n})
				s.Repeats.add(n)
			}
		case *State:
			s.Job.add(m.Sum)
		case *Checkpoints:
			s.Job.add(m.Sum)
		case *Sinks:
			s.Job.add(m.Sum)
		case *Shares:
			s.Share.add(m.Sum)
		case *Latency:
			r.Takeovers, r.Rebalances = m.Takeovers, m.Rebalances
		}
	}
	for _, t := range r.Takeovers {
		if t.End >= 0 && !t.Recovered {
			s.LongestTakeover = max(s.LongestTakeover, t.End-t.Begin)
		}
	}
	for _, b := range r.Rebalances {
		if b.Generation > 0 {
			s.Rebalances++
		}
		if b.End >= 0 {
			s.LongestRebalance = max(s.LongestRebalance, b.End-b.Begin)
		}
	}
}
