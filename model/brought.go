package model

import "slices"

// broughtPart is a partition that a member had when it joined a generation,
// and had not given up when that was formed.
type broughtPart struct {
	TopicPartition
	Generation int32
	Client     string
	Node       string   // the coordinator that formed the generation
	Members    []string // with these
}

// formed takes note of what the members of a new generation bring into it:
// those that asked to join with what they had in the one before. Should two
// coordinators form the same generation, nobody can tell whose it is.
func (o *Ownership) formed(e *Event) {
	list := o.Brought[e.Group]
	rival := slices.ContainsFunc(list, func(b broughtPart) bool { return b.Generation == e.Generation && b.Node != e.Node })
	list = list[:0]
	for _, k := range sortedKeys(o.Roster.Members) {
		m := o.Roster.Members[k]
		if rival || k.Group != e.Group || m.Out || !m.Rejoining || m.Generation != e.Generation-1 || !slices.Contains(e.Members, m.Member) {
			continue
		}
		for _, h := range m.Holds {
			if h.Standing == owned {
				list = append(list, broughtPart{h.TopicPartition, e.Generation, k.Client, e.Node, e.Members})
			}
		}
	}
	if o.Brought == nil {
		o.Brought = map[string][]broughtPart{}
	}
	o.Brought[e.Group] = list
}

// brought reports that e's client is assigned what another brought into the
// same generation.
func (o *Ownership) brought(i int, e *Event, p TopicPartition, report func(Anomaly)) {
	for _, b := range o.Brought[e.Group] {
		if b.TopicPartition == p && b.Generation == e.Generation && b.Client != e.Client && slices.Contains(b.Members, e.Member) {
			report(found(DualEntitlement, i, e, p).describe("assigned to " + e.Client + " in " + generation(e.Generation) +
				", into which " + b.Client + " brought it"))
		}
	}
}

// deleted forgets a group: one of the same name begins anew.
func (o *Ownership) deleted(e *Event) {
	delete(o.Brought, e.Group)
	for _, k := range sortedKeys(o.Claims) {
		if k.Group == e.Group {
			delete(o.Claims, k)
		}
	}
}
