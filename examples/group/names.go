package group

import (
	"fmt"
	"strings"
)

var (
	verbNames = [...]string{
		"join", "deliver", "deliver ghost", "deliver", "process", "commit", "heartbeat", "crash",
		"restart", "expire",
	}
	messageNames = [...]string{
		"-", "JOIN", "SYNC", "HEARTBEAT", "COMMIT", "JOIN_OK", "SYNC_OK", "OK",
		"REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION",
	}
	groupPhaseNames  = [...]string{"Empty", "Preparing", "Completing", "Stable"}
	memberPhaseNames = [...]string{"Out", "Joining", "Syncing", "Member", "Crashed"}
)

func (v verb) String() string        { return verbNames[v] }
func (m message) String() string     { return messageNames[m] }
func (p groupPhase) String() string  { return groupPhaseNames[p] }
func (p memberPhase) String() string { return memberPhaseNames[p] }

// DescribeState prints s in one line: the group, then the members, each with what is in flight.
func (m *Model) DescribeState(s *State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v g%d", s.phase, s.generation)
	for p := range m.partitions {
		fmt.Fprintf(&b, " p%d[", p)
		if s.owner[p] != 0 {
			fmt.Fprintf(&b, "m%d ", s.owner[p]-1)
		}
		fmt.Fprintf(&b, "committed %d processed ", s.committed[p])
		for r := range int(m.records) {
			fmt.Fprintf(&b, "%d", s.processed[p].of(r))
		}
		b.WriteByte(']')
	}
	for i := range m.members {
		m.describeMember(&b, s, i)
	}
	return b.String()
}

func (m *Model) describeMember(b *strings.Builder, s *State, i int) {
	c := &s.member[i]
	fmt.Fprintf(b, " | m%d %v", i, c.phase)
	if c.generation != 0 {
		fmt.Fprintf(b, " g%d", c.generation)
	}
	for p := range m.partitions {
		if c.position[p] != 0 {
			fmt.Fprintf(b, " p%d@%d", p, c.position[p]-1)
		}
	}
	if c.request.kind() != 0 {
		fmt.Fprintf(b, " → %v", c.request)
	}
	if c.ghost.kind() != 0 {
		fmt.Fprintf(b, " ghost → %v", c.ghost)
	}
	if c.response.kind != 0 {
		fmt.Fprintf(b, " ← %v", c.response)
	}
}

// String prints a request, as in "COMMIT(g1 p0@2)".
func (r request) String() string {
	switch r.kind() {
	case join:
		return r.kind().String()
	case commit:
		return fmt.Sprintf("%v(g%d p%d@%d)", r.kind(), r.generation, r.partition(), r.offset())
	}
	return fmt.Sprintf("%v(g%d)", r.kind(), r.generation)
}

// String prints a response, as in "SYNC_OK(p0 p1)".
func (r response) String() string {
	switch r.kind {
	case joinOK:
		return fmt.Sprintf("%v(g%d)", r.kind, r.value)
	case syncOK:
		var list []string
		for p := range maxPartitions {
			if set(r.value).has(p) {
				list = append(list, fmt.Sprintf("p%d", p))
			}
		}
		return fmt.Sprintf("%v(%s)", r.kind, strings.Join(list, " "))
	}
	return r.kind.String()
}
