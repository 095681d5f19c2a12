package group

// receive is what a member does with a response.
func (m *Model) receive(s *State, c *memberState, r response) {
	switch r.kind {
	case joinOK:
		c.phase, c.generation = syncing, r.value
		c.request = newRequest(sync, r.value)
	case syncOK:
		c.phase = active
		for p := range m.partitions {
			c.position[p] = 0
			if set(r.value).has(p) {
				c.position[p] = s.committed[p] + 1
			}
		}
	case rebalanceInProgress, illegalGeneration:
		c.phase, c.generation, c.position = out, 0, [maxPartitions]uint8{}
	}
}

// commit is the request by which a member commits what it has processed of partition p.
func (m *Model) commit(c *memberState, p int) request {
	offset := c.position[p] - 1
	if m.mutant == 2 {
		offset = min(m.records, c.position[p])
	}
	return newCommit(c.generation, p, offset)
}
