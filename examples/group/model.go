package group

import "github.com/groundhogsim/groundhog/sim/explore"

// Model is GROUP(M, P, R, C) as a transition system.
type Model struct {
	explore.Flat[State]
	members, partitions int
	records, crashes    uint8
	mutant              int
	ranges              [1 << maxMembers][maxPartitions]uint8 // owners, for every set of members
}

// New returns the model with parameters p, or an error that says which of them is out of range.
func New(p Params) (*Model, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	m := &Model{
		members: p.M, partitions: p.P, records: uint8(p.R), crashes: uint8(p.C), mutant: p.Mutant,
	}
	for s := range m.ranges {
		m.ranges[s] = rangeAssign(set(s), m.partitions)
	}
	return m, nil
}

// Init returns the initial state: nobody is in the group and nothing has happened.
func (m *Model) Init() []State { return []State{{}} }

// Describe names an action.
func (m *Model) Describe(a Action) string { return a.String() }

// Apply makes *dst the state after a in *src.
func (m *Model) Apply(dst, src *State, a Action) {
	*dst = *src
	i := int(a.member)
	c := &dst.member[i]
	switch a.verb {
	case doJoin:
		c.phase, c.request = joining, newRequest(join, 0)
	case doDeliver:
		c.request = request{}
		m.handle(dst, i, src.member[i].request, true)
	case doDeliverGhost:
		c.ghost = request{}
		m.handle(dst, i, src.member[i].ghost, false)
	case doReceive:
		c.response = response{}
		m.receive(dst, c, src.member[i].response)
	case doProcess:
		p := a.object
		dst.processed[p] = dst.processed[p].add(int(c.position[p]) - 1)
		c.position[p]++
	case doCommit:
		c.request = m.commit(c, int(a.object))
	case doHeartbeat:
		c.request = newRequest(heartbeat, c.generation)
	case doCrash:
		dst.crashes++
		ghost := c.ghost
		if ghost.kind() == 0 {
			ghost = c.request
		}
		*c = memberState{phase: crashed, ghost: ghost}
	case doRestart:
		c.phase = out
	case doExpire:
		m.expire(dst, i)
	}
}
