package group

import "math/bits"

// handle is what the coordinator does with request q of member i. It answers only if the member
// that sent it is still there.
func (m *Model) handle(s *State, i int, q request, live bool) {
	if q.kind() == join {
		m.handleJoin(s, i)
		return
	}
	fault := message(0)
	checked := q.kind() != commit || m.mutant != 1
	if !s.members.has(i) || checked && q.generation != s.generation {
		fault = illegalGeneration
	}
	var answer response
	switch q.kind() {
	case sync:
		answer = m.handleSync(s, i, fault)
	case heartbeat:
		if fault == 0 && s.phase == preparing {
			fault = rebalanceInProgress
		}
		answer = answerTo(fault)
	case commit:
		if fault == 0 && s.phase == completing {
			fault = rebalanceInProgress
		}
		if fault == 0 {
			storeCommit(s, q)
		}
		answer = answerTo(fault)
	}
	if live && answer.kind != 0 {
		s.member[i].response = answer
	}
}

func answerTo(fault message) response {
	if fault != 0 {
		return response{kind: fault}
	}
	return response{kind: ok}
}

// handleJoin needs no answer: completing the join answers all who wait.
func (m *Model) handleJoin(s *State, i int) {
	switch s.phase {
	case empty:
		s.phase = preparing
	case completing, stable:
		m.prepare(s)
	}
	s.members |= 1 << i
	s.joined |= 1 << i
	m.completeJoin(s)
}

// handleSync returns no answer if the member has to wait for the leader, which is the member with
// the least id. The leader's own request makes the group stable and answers all who wait, its
// sender among them.
func (m *Model) handleSync(s *State, i int, fault message) response {
	if fault == 0 && s.phase == preparing {
		fault = rebalanceInProgress
	}
	switch {
	case fault != 0:
		return response{kind: fault}
	case s.phase != completing:
		return response{syncOK, uint8(m.assignment(s, i))}
	case bits.TrailingZeros8(uint8(s.members)) != i:
		return response{}
	}
	s.phase = stable
	for k := range m.members {
		if c := &s.member[k]; c.waits(syncing) {
			c.response = response{syncOK, uint8(m.assignment(s, k))}
		}
	}
	return response{}
}

func storeCommit(s *State, q request) {
	p := q.partition()
	if q.generation != s.generation && s.committed[p] != q.offset() {
		s.overwrote = true
	}
	s.committed[p] = q.offset()
}

// expire takes the crashed member i out of the group.
func (m *Model) expire(s *State, i int) {
	s.members &^= 1 << i
	s.joined &^= 1 << i
	if s.members == 0 {
		s.phase, s.joined, s.owner = empty, 0, [maxPartitions]uint8{}
		return
	}
	if s.phase >= completing {
		m.prepare(s)
	}
	m.completeJoin(s)
}

// prepare begins a rebalance: everybody has to join again.
func (m *Model) prepare(s *State) {
	if s.phase == completing {
		m.answerAll(s, syncing, response{kind: rebalanceInProgress})
	}
	s.phase, s.joined = preparing, 0
}

// completeJoin begins a new generation, if everybody has joined.
func (m *Model) completeJoin(s *State) {
	if s.phase != preparing || s.members == 0 || s.joined != s.members {
		return
	}
	s.generation++
	s.phase, s.joined = completing, 0
	s.owner = m.ranges[s.members]
	m.answerAll(s, joining, response{joinOK, s.generation})
}

// answerAll answers the members that wait in a phase.
func (m *Model) answerAll(s *State, phase memberPhase, r response) {
	for k := range m.members {
		if c := &s.member[k]; c.waits(phase) {
			c.response = r
		}
	}
}

// waits reports whether the member waits for an answer that the coordinator holds back.
func (c *memberState) waits(phase memberPhase) bool {
	return c.phase == phase && c.request.kind() == 0 && c.response.kind == 0
}

// assignment returns the partitions of member i.
func (m *Model) assignment(s *State, i int) set {
	var mine set
	for p := range m.partitions {
		if s.owner[p] == uint8(i+1) {
			mine |= 1 << p
		}
	}
	if m.mutant == 3 {
		mine |= 1
	}
	return mine
}

// rangeAssign gives each of the members, in order of their ids, as many neighbouring partitions as
// the others; what is left over goes to the first, one each.
func rangeAssign(members set, partitions int) (owner [maxPartitions]uint8) {
	n := bits.OnesCount8(uint8(members))
	p := 0
	for rank := 0; members != 0; rank++ {
		share := partitions / n
		if rank < partitions%n {
			share++
		}
		id := bits.TrailingZeros8(uint8(members))
		for range share {
			owner[p] = uint8(id + 1)
			p++
		}
		members &= members - 1
	}
	return owner
}
