package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads an action's name. The error says which word is wrong and what
// was expected in its place.
func (n *Names) Parse(s string) (Action, error) {
	p := actionParser{names: n, rest: s}
	a := p.action()
	if p.err != nil {
		return Action{}, fmt.Errorf("action %q: %w", s, p.err)
	}
	return a, nil
}

type actionParser struct {
	names *Names
	rest  string
	err   error
}

func (p *actionParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *actionParser) word(what string) string {
	w, rest, _ := strings.Cut(p.rest, " ")
	p.rest = rest
	if w == "" {
		p.fail("%s is missing", what)
	}
	return w
}

func (p *actionParser) node(name string) NodeID {
	id, ok := p.names.Node(name)
	if !ok {
		p.fail("no node is called %q", name)
	}
	return id
}

func (p *actionParser) action() Action {
	verb := p.word("the verb")
	a := Action{Kind: kindOf(verb), Peer: Nobody}
	switch {
	case a.Kind == Reset:
		a.Peer, a.Node, a.Lane = p.link(p.word("the connection"))
	case a.onLink():
		a.Label = p.word("the message's name")
		a.Peer, a.Node, a.Lane = p.link(p.word("the connection"))
	case a.Kind == Fire:
		a.Label = p.word("the timer's name")
		a.Node = p.node(p.word("the node"))
	case a.Kind == Cut || a.Kind == Heal:
		left, right, both := strings.Cut(p.word("the nodes"), "↔")
		a.Node = p.node(left)
		if both {
			a.Peer = p.node(right)
		}
	case a.Kind == Command:
		a.Label = verb
		a.Node = p.node(p.word("the node"))
	default:
		a.Node = p.node(p.word("the node"))
	}
	a.Key = p.rest
	return a
}

func (p *actionParser) link(s string) (from, to NodeID, lane Lane) {
	ends, laneName, hasLane := strings.Cut(s, "/")
	left, right, ok := strings.Cut(ends, "→")
	if !ok {
		p.fail("%q is no connection: want from→to or from→to/lane", s)
		return
	}
	from, to = p.node(left), p.node(right)
	if hasLane {
		lane = p.lane(laneName)
	}
	return from, to, lane
}

func (p *actionParser) lane(name string) Lane {
	for i, l := range p.names.Lanes {
		if l == name {
			return Lane(i)
		}
	}
	if i, err := strconv.ParseUint(name, 10, 8); err == nil {
		return Lane(i)
	}
	p.fail("no lane is called %q", name)
	return 0
}

func kindOf(verb string) Kind {
	for k, name := range kindNames {
		if name != "" && name == verb {
			return Kind(k)
		}
	}
	return Command
}
