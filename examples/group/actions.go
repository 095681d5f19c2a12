package group

import "fmt"

// Action is one atomic step of one member or of the coordinator on its behalf.
type Action struct {
	verb   verb
	member uint8
	object uint8 // process, commit: a partition; deliver: the kind of message
}

type verb uint8

const (
	doJoin verb = iota
	doDeliver
	doDeliverGhost
	doReceive
	doProcess
	doCommit
	doHeartbeat
	doCrash
	doRestart
	doExpire
)

// String names the action, as in "join m0", "deliver JOIN m0" or "process m1 p0".
func (a Action) String() string {
	switch a.verb {
	case doDeliver, doReceive:
		return fmt.Sprintf("deliver %v m%d", message(a.object), a.member)
	case doDeliverGhost:
		return fmt.Sprintf("deliver ghost %v m%d", message(a.object), a.member)
	case doProcess, doCommit:
		return fmt.Sprintf("%v m%d p%d", a.verb, a.member, a.object)
	}
	return fmt.Sprintf("%v m%d", a.verb, a.member)
}

// Actions appends the actions enabled in s: those of member 0 first, then of member 1, and so on.
func (m *Model) Actions(s *State, buf []Action) []Action {
	for i := range m.members {
		buf = m.memberActions(s, i, buf)
	}
	return buf
}

func (m *Model) memberActions(s *State, i int, buf []Action) []Action {
	a := &s.member[i]
	id := uint8(i)
	if a.phase == out {
		buf = append(buf, Action{doJoin, id, 0})
	}
	if kind := a.request.kind(); kind != 0 {
		buf = append(buf, Action{doDeliver, id, uint8(kind)})
	}
	if kind := a.ghost.kind(); kind != 0 {
		buf = append(buf, Action{doDeliverGhost, id, uint8(kind)})
	}
	if kind := a.response.kind; kind != 0 {
		buf = append(buf, Action{doReceive, id, uint8(kind)})
	}
	if a.phase == active {
		buf = m.activeActions(s, i, buf)
	}
	if a.phase != crashed {
		if s.crashes < m.crashes {
			buf = append(buf, Action{doCrash, id, 0})
		}
		return buf
	}
	buf = append(buf, Action{doRestart, id, 0})
	if s.members.has(i) {
		buf = append(buf, Action{doExpire, id, 0})
	}
	return buf
}

// activeActions appends what member i can do because it has an assignment.
func (m *Model) activeActions(s *State, i int, buf []Action) []Action {
	a := &s.member[i]
	id := uint8(i)
	for p := range m.partitions {
		if next := a.position[p]; next != 0 && next <= m.records {
			buf = append(buf, Action{doProcess, id, uint8(p)})
		}
	}
	if a.request.kind() != 0 || a.response.kind != 0 {
		return buf
	}
	for p := range m.partitions {
		// A commit that would change nothing is left out.
		if next := a.position[p]; next != 0 && next-1 != s.committed[p] {
			buf = append(buf, Action{doCommit, id, uint8(p)})
		}
	}
	return append(buf, Action{doHeartbeat, id, 0})
}
