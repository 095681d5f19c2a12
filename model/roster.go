package model

import "slices"

// standing is what a member has been told about a partition.
type standing uint8

const (
	never    standing = iota // it was never assigned to this process
	owned                    // assigned, and nothing said since
	revoking                 // to be given up; the application's callback may still be running
	revoked                  // given up in good order, the callback is over
	lost                     // it was gone already when the member learned of it
)

// hold is a membership's standing with one partition.
type hold struct {
	TopicPartition
	Standing   standing
	Generation int32 // in which it was last assigned, or kept
}

// membership is one client's place in one group, as the client knows it.
type membership struct {
	Member     string
	Generation int32
	Out        bool   // the coordinator removed it; it may not know
	Rejoining  bool   // it asked to be in the next generation
	Holds      []hold // by partition
}

func (m *membership) hold(p TopicPartition) *hold {
	if m == nil {
		return nil
	}
	if i, ok := slices.BinarySearchFunc(m.Holds, p, compareHold); ok {
		return &m.Holds[i]
	}
	return nil
}

func (m *membership) set(p TopicPartition, s standing) {
	i, ok := slices.BinarySearchFunc(m.Holds, p, compareHold)
	if !ok {
		m.Holds = slices.Insert(m.Holds, i, hold{TopicPartition: p})
	}
	m.Holds[i].Standing = s
	m.Holds[i].Generation = m.Generation
}

func compareHold(h hold, p TopicPartition) int { return h.TopicPartition.Compare(p) }

// roster follows who holds what in the members' own eyes. An assignment adds
// to what a member holds, as in the callback of a Kafka consumer: what it has
// neither given up nor lost before, it keeps in the new generation.
type roster struct {
	Members map[clientGroup]*membership
	// Gone are the member ids that the coordinator removed last, by group: an
	// answer under way may still assign them something.
	Gone map[string][]string
}

// goneKept is how many ids of a group are remembered.
const goneKept = 16

// gone takes note of a member id that is out.
func (r *roster) gone(e *Event) {
	ids := append(slices.DeleteFunc(r.Gone[e.Group], func(id string) bool { return id == e.Member }), e.Member)
	if r.Gone == nil {
		r.Gone = map[string][]string{}
	}
	r.Gone[e.Group] = ids[max(0, len(ids)-goneKept):]
}

func (r *roster) membership(e *Event) *membership {
	return r.Members[clientGroup{e.Client, e.Group}]
}

// standing tells how e's client stands with p in e's group.
func (r *roster) standing(e *Event, p TopicPartition) standing {
	if h := r.membership(e).hold(p); h != nil {
		return h.Standing
	}
	return never
}

// rosterKinds are the events that a roster takes in.
var rosterKinds = []Kind{Started, Stopped, Joining, Assigned, Revoked, Lost, RevokeDone, Removed, Admitted}

// apply takes an event in.
func (r *roster) apply(e *Event) {
	switch e.Kind {
	case Started, Stopped:
		for _, k := range sortedKeys(r.Members) {
			if k.Client == e.Client {
				delete(r.Members, k)
			}
		}
	case Assigned:
		m := entry(&r.Members, clientGroup{e.Client, e.Group})
		m.Member, m.Generation, m.Rejoining = e.Member, e.Generation, false
		m.Out = e.Member != "" && slices.Contains(r.Gone[e.Group], e.Member)
		for i := range m.Holds {
			if m.Holds[i].Standing == owned {
				m.Holds[i].Generation = e.Generation
			}
		}
		for _, p := range e.Partitions {
			m.set(p.TopicPartition, owned)
		}
	case Revoked, Lost:
		m := entry(&r.Members, clientGroup{e.Client, e.Group})
		s := revoking
		if e.Kind == Lost {
			s = lost
		}
		for _, p := range e.Partitions {
			m.set(p.TopicPartition, s)
		}
	case RevokeDone:
		r.revokeDone(e)
	case Joining:
		if m := r.membership(e); m != nil {
			m.Rejoining = true
		}
	case Admitted: // again: what put another in its place was not written
		if ids := r.Gone[e.Group]; len(ids) > 0 {
			r.Gone[e.Group] = slices.DeleteFunc(ids, func(id string) bool { return id == e.Member })
		}
	case Removed:
		r.gone(e)
		for _, k := range sortedKeys(r.Members) {
			if m := r.Members[k]; k.Group == e.Group && m.Member == e.Member {
				m.Out = true
			}
		}
	}
}

// revokeDone ends the callback for the partitions named, or for all that the
// client is giving up when none is named.
func (r *roster) revokeDone(e *Event) {
	m := r.membership(e)
	if m == nil {
		return
	}
	for i := range m.Holds {
		h := &m.Holds[i]
		if h.Standing == revoking && (len(e.Partitions) == 0 || mentions(e.Partitions, h.TopicPartition)) {
			h.Standing = revoked
		}
	}
}

func mentions(list []PartitionOffset, p TopicPartition) bool {
	return slices.ContainsFunc(list, func(o PartitionOffset) bool { return o.TopicPartition == p })
}
