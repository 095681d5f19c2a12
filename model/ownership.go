package model

import "slices"

// Ownership watches who is entitled to what: dual-entitlement. It also counts
// what zombies read and process, which is legal as long as they cannot know.
//
// An entitlement ends without a further generation only with its holder: when
// its process stops or the coordinator removes it. A static member's successor
// then has the same partition in the same generation rightly.
//
// Under a cooperative protocol members bring what they have into the next
// generation; there it is theirs, or nobody's until they have given it up and
// another generation has begun (KIP-429).
type Ownership struct {
	Roster  roster
	Claims  map[groupPart][]claim    // of the newest generations, oldest first
	Brought map[string][]broughtPart // by group: into the newest generation

	ZombiePolled    int64 `canon:"-"` // records
	ZombieProcessed int64 `canon:"-"` // records
}

// claim is that a client had a partition in a generation.
type claim struct {
	Generation int32
	Client     string
	Instance   string // of a static member
	Over       bool   // its process stopped, or the coordinator removed it
}

// claimsKept is how many generations of claims are remembered for a partition:
// a slow member may learn of its assignment when the group has moved on.
const claimsKept = 4

// Describe implements Monitor.
func (o *Ownership) Describe() Description {
	return Description{"ownership", Finite, []string{DualEntitlement},
		"assigned events carry the generation"}
}

// Observe implements Monitor.
func (o *Ownership) Observe(i int, e *Event, report func(Anomaly)) {
	switch e.Kind {
	case Polled, Processed:
		o.records(i, e, report)
		return
	case Started, Stopped, Removed: // a process that is started again was killed
		o.release(e)
	case Formed:
		o.formed(e)
	case GroupDeleted:
		o.deleted(e)
	}
	o.Roster.apply(e)
	if e.Kind != Assigned {
		return
	}
	// What a member keeps it has in the new generation too (I-C2).
	for _, h := range o.Roster.membership(e).Holds {
		if h.Standing == owned {
			if o.claim(i, e, h.TopicPartition, report) {
				o.brought(i, e, h.TopicPartition, report)
			}
		}
	}
}

// watched lists the kinds of events that concern this monitor.
func (o *Ownership) watched() []Kind {
	return append([]Kind{Polled, Processed, Formed, GroupDeleted}, rosterKinds...)
}

// Finish implements Monitor.
func (o *Ownership) Finish(func(Anomaly)) {}

// claim enters that e's client has p in e's generation; clean says that this
// is news, and that nobody else has.
func (o *Ownership) claim(i int, e *Event, p TopicPartition, report func(Anomaly)) (clean bool) {
	k := groupPart{e.Group, p}
	claims := o.Claims[k]
	out := o.Roster.membership(e).Out // it does not know: an answer was under way
	at := len(claims)
	clean = true
	for j, c := range claims {
		if c.Generation == e.Generation {
			if c.Client == e.Client {
				claims[j].Over = out
				return false
			}
			heir := e.Instance != "" && c.Instance == e.Instance // whose predecessor nobody saw end; Instances judges that
			if !c.Over && !out && !heir {
				clean = false
				report(found(DualEntitlement, i, e, p).describe(
					"belongs to " + e.Client + " and to " + c.Client + " in " + generation(e.Generation)))
			}
		}
		if c.Generation > e.Generation && at == len(claims) {
			at = j
		}
	}
	claims = slices.Insert(claims, at, claim{e.Generation, e.Client, e.Instance, out})
	newest := claims[len(claims)-1].Generation
	claims = slices.DeleteFunc(claims, func(c claim) bool { return c.Generation <= newest-claimsKept })
	if o.Claims == nil {
		o.Claims = map[groupPart][]claim{}
	}
	o.Claims[k] = claims
	return clean
}

// release ends the claims of a client that stopped, or whose member is out.
func (o *Ownership) release(e *Event) {
	client := e.Client
	if e.Kind == Removed {
		client = ""
		for _, k := range sortedKeys(o.Roster.Members) {
			if k.Group == e.Group && o.Roster.Members[k].Member == e.Member {
				client = k.Client
			}
		}
	}
	if client == "" {
		return
	}
	for _, k := range sortedKeys(o.Claims) {
		for j, c := range o.Claims[k] {
			if c.Client == client && (e.Kind != Removed || k.Group == e.Group) {
				o.Claims[k][j].Over = true
			}
		}
	}
}

// records looks at records read or processed: in which generation, and
// whether by a member that has been replaced without knowing.
func (o *Ownership) records(i int, e *Event, report func(Anomaly)) {
	m := o.Roster.membership(e)
	h := m.hold(e.TopicPartition)
	if h == nil || h.Standing != owned && h.Standing != revoking {
		return
	}
	// A cooperative member that joins goes on with what it had, in a generation
	// of which it knows the number, and not yet what it is given there.
	if h.Standing == owned && e.Generation > h.Generation && !m.Rejoining {
		h.Generation = e.Generation // kept, though no assignment told so
		o.claim(i, e, e.TopicPartition, report)
	}
	claims := o.Claims[groupPart{e.Group, e.TopicPartition}]
	if len(claims) == 0 {
		return
	}
	newest := claims[len(claims)-1]
	if m.Out || newest.Client != e.Client && newest.Generation > h.Generation {
		if e.Kind == Polled {
			o.ZombiePolled += e.To - e.From
		} else {
			o.ZombieProcessed += e.To - e.From
		}
	}
}
