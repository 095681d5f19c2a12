package scenarios

import (
	"fmt"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/checkpoint"
)

// Crowd is a group and its members. A Spec has one of its own, and further
// ones Beside it, which read the same topics: each gets every record. Members
// are numbered on: with two of the Spec's own, the next group's first is m3.
// Beside a job that assigns partitions itself it may be the very group that the
// job commits to: those are its only members, and while there are some the
// coordinator refuses the job's commits.
type Crowd struct {
	Group   Group
	Members int
	Handler func(Env) Handler // the Spec's own
	Client  *ClientConfig     // the Spec's own
	Topics  []string          // all

	given *ClientConfig // Client before defaults were filled in
}

// Crowds are the groups of a Spec, its own first.
func (s *Spec) Crowds() []Crowd {
	own := Crowd{Group: s.Group, Members: s.Members, Handler: s.Handler, Client: &s.Client, given: s.given}
	return append([]Crowd{own}, s.Beside...)
}

// allMembers is how many members there are in all groups.
func (s *Spec) allMembers() int {
	n := s.Members
	for i := range s.Beside {
		n += s.Beside[i].Members
	}
	return n
}

// CrowdOf is the group that a member belongs to; members count from 1.
func (s *Spec) CrowdOf(member int) *Crowd {
	crowds := s.Crowds()
	for i := range crowds {
		if member -= crowds[i].Members; member <= 0 {
			return &crowds[i]
		}
	}
	return nil
}

// Subscribes are the topics that a member reads; members count from 1 over all
// groups.
func (s *Spec) Subscribes(member int) []string {
	var topics []string
	if s.Subscribe != nil {
		topics = s.Subscribe(member)
	}
	if topics == nil {
		topics = s.CrowdOf(member).Topics
	}
	if topics == nil {
		for _, t := range s.Topics {
			topics = append(topics, t.Name)
		}
	}
	return topics
}

// MemberConfig is what a member is set to at the start-th start of its process;
// both count from 1.
func (s *Spec) MemberConfig(member, start int) ClientConfig {
	of := s.CrowdOf(member)
	c := *of.Client
	if s.ClientOf != nil {
		if of.given != nil {
			c = *of.given // another profile has other defaults
		}
		c = s.ClientOf(member, start, c)
	}
	return c.WithDefaults()
}

// assignorsOf are what a member can use at the start-th start of its process.
func (g Group) assignorsOf(member, start int) []assignor.Assignor {
	if g.AssignorsOf != nil {
		if a := g.AssignorsOf(member, start); len(a) > 0 {
			return a
		}
	}
	return g.assignors
}

// AssignorsAt are the protocol names of what a member can use at the start-th
// start of its process; both count from 1.
func (g Group) AssignorsAt(member, start int) []string {
	var names []string
	for _, a := range g.assignorsOf(member, start) {
		names = append(names, a.Name())
	}
	return names
}

// eachConfig calls f with what members are set to at their first starts; where
// they do not differ, with the first of each group only.
func (s *Spec) eachConfig(f func(member int, c ClientConfig)) {
	first := 1
	for _, crowd := range s.Crowds() {
		members, starts := crowd.Members, firstStarts
		if s.ClientOf == nil {
			members, starts = min(members, 1), 1
		}
		for m := range members {
			for start := range starts {
				f(first+m, s.MemberConfig(first+m, 1+start))
			}
		}
		first += crowd.Members
	}
}

// firstStarts is how many starts of a process are looked at to find out how
// long its timeouts may be: an upgrade in two bounces has three.
const firstStarts = 3

func (g Group) withDefaults() Group {
	if len(g.assignors) == 0 {
		g.assignors = []assignor.Assignor{assignor.Range}
	}
	return g
}

func (s *Spec) crowdsWithDefaults() []Crowd {
	var out []Crowd
	for _, c := range s.Beside {
		c.Group = c.Group.withDefaults()
		if c.Handler == nil {
			c.Handler = s.Handler
		}
		switch {
		case c.Client == nil:
			c.Client, c.given = &s.Client, s.given
		case c.given == nil:
			c.given = c.Client
			fallthrough
		default:
			set := c.Client.WithDefaults()
			c.Client = &set
		}
		out = append(out, c)
	}
	return out
}

// check tells what is wrong with a group beside the Spec's own.
func (c *Crowd) check(field string, s *Spec) error {
	switch {
	case c.Group.Name == "":
		return &SpecError{field + ".Group", "there is none; for instance Classic(\"audit\", assignor.Range)"}
	case c.Group.Name == s.Group.Name && (s.Job == nil || s.Job.Assignment == checkpoint.ByGroup):
		return &SpecError{field + ".Group", fmt.Sprintf("%q is the name of the Spec's own group", c.Group.Name)}
	case c.Members < 1:
		return &SpecError{field + ".Members", "at least one is needed"}
	}
	for i := range s.Beside {
		if &s.Beside[i] == c {
			break
		}
		if s.Beside[i].Group.Name == c.Group.Name {
			return &SpecError{field + ".Group", fmt.Sprintf("%q is there twice", c.Group.Name)}
		}
	}
	for _, t := range c.Topics {
		if s.topic(t) == nil {
			return &SpecError{field + ".Topics", fmt.Sprintf("%q is none of the Spec's topics", t)}
		}
	}
	return nil
}
