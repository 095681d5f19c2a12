package conform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
)

// names turns the names of a script into those that go out: groups and topics
// get a tag of their own, so that scripts do not meet on one broker.
type names struct{ tag string }

// nameless leaves names as they are.
var nameless = names{}

func (n names) real(name string) string {
	if name == "" || n.tag == "" {
		return name
	}
	return name + "-" + n.tag
}

// owns tells whether a real name is one of this script's.
func (n names) owns(real string) bool { return n.tag == "" || strings.HasSuffix(real, "-"+n.tag) }

// cast is what the members of a script have learned: requests that do not say
// otherwise speak with that.
type cast map[string]*role

type role struct {
	id         string
	old        string // the id before
	generation int32
	protocol   string
}

func newCast() cast { return cast{} }

func (c cast) role(who string) *role {
	if c[who] == nil {
		c[who] = &role{generation: api.NoGeneration}
	}
	return c[who]
}

// learn takes what an answer to a JoinGroup tells its sender.
func (c cast) learn(who string, a Answer) {
	if a.Name != "JoinGroup" {
		return
	}
	r := c.role(who)
	id, generation, protocol := a.joined()
	switch a.errorCode() {
	case api.None:
		r.generation, r.protocol = generation, protocol
	case api.MemberIDRequired:
		r.generation = api.NoGeneration
	default:
		return
	}
	if id != r.id {
		r.old, r.id = r.id, id
	}
}

// memberID gives the id that an operand stands for: @m2 for the one that m2
// has, @m2.old for the one before, anything else for itself.
func (c cast) memberID(operand string) string {
	name, ok := strings.CutPrefix(operand, "@")
	if !ok {
		return operand
	}
	if name, old := strings.CutSuffix(name, ".old"); old {
		return c.role(name).old
	}
	return c.role(name).id
}

// generation gives the generation that an operand stands for: next and last
// are those beside the member's own.
func (c cast) generation(who, operand string) (int32, error) {
	own := c.role(who).generation
	switch operand {
	case "":
		return own, nil
	case "next":
		return own + 1, nil
	case "last":
		return own - 1, nil
	}
	n, err := strconv.ParseInt(operand, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("gen=%s: want a number, next or last", operand)
	}
	return int32(n), nil
}
