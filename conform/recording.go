package conform

import (
	"context"

	"github.com/groundhogsim/groundhog/sim"
)

// Subject is something that plays scripts: a broker to compare the model with.
type Subject interface {
	// Play plays a script. The error tells that it could not be played, not
	// that something came out wrong.
	Play(ctx context.Context, s *Script, p *Plan) (*Recording, error)
}

// Recording is what came of a script on a subject. Times are since its start.
type Recording struct {
	Tag string // the names' own; see names
	// NoInitialDelay tells that the subject does not let a new group wait for
	// more members, and has no such setting. (No recording of Kafka has it.)
	NoInitialDelay bool

	// Of each step: when its request went out (or a wait was over), and when it
	// was sure that the broker had seen it.
	Sent, Done []sim.Time
	// Probes are what DescribeGroups told of the group after each step; without
	// fields where nobody asked.
	Probes []Answer

	Answers []Given // in the order in which they came

	// Records are those of the group in __consumer_offsets, in order, if the
	// subject has such a topic.
	Records    []Answer
	HasRecords bool
}

// Given is one answer: to the request of a step, while another step ran. A
// closed connection is an answer with the name closed, and no fields.
type Given struct {
	Request, Step int
	At            sim.Time
	Answer        Answer
}

const closedName = "closed"

// Plan is what the model, with ids of its own, makes of a script: a hint to a
// subject what to wait for, and nothing that is compared.
type Plan struct {
	Expected [][]int // by step: the requests that are answered while it runs
}

// pace is the time from one request to the next.
const pace = 20 * sim.Millisecond

// planned plays a script on the model alone.
func planned(s *Script) (*Plan, error) {
	p := &Plan{Expected: make([][]int, len(s.Steps))}
	w, err := newWorld(s, nameless, Settings(), nil)
	if err != nil {
		return nil, err
	}
	r, err := playModel(s, w)
	if err != nil {
		return nil, err
	}
	for _, a := range r.Answers {
		p.Expected[a.Step] = append(p.Expected[a.Step], a.Request)
	}
	return p, nil
}

// Model is the model as a subject, with an error planted perhaps: so that what
// compares can be tested.
type Model struct {
	Spoil func(sim.Message) sim.Message
}

// Play implements Subject.
func (m Model) Play(_ context.Context, s *Script, _ *Plan) (*Recording, error) {
	w, err := newWorld(s, nameless, Settings(), m.Spoil)
	if err != nil {
		return nil, err
	}
	return playModel(s, w)
}

func playModel(s *Script, w *world) (*Recording, error) {
	r := &Recording{HasRecords: true}
	c := newCast()
	now := sim.Time(0)
	for i, step := range s.Steps {
		now += step.span(pace)
		if err := playStep(w, c, i, step, now); err != nil {
			return nil, err
		}
		r.Sent, r.Done = append(r.Sent, now), append(r.Done, now)
		probe, err := w.describe()
		if err != nil {
			return nil, err
		}
		r.Probes = append(r.Probes, probe)
		for _, a := range w.given[len(r.Answers):] {
			g, err := w.taken(a)
			if err != nil {
				return nil, err
			}
			r.Answers = append(r.Answers, g)
			c.learn(s.Steps[g.Request].Who, g.Answer)
		}
	}
	r.Records = w.records()
	return r, nil
}

// playStep makes a step happen at a time. A wait runs from its beginning, a
// request from when it goes out.
func playStep(w *world, c cast, i int, step Step, at sim.Time) error {
	if step.Verb == verbWait {
		w.step = i
		return w.advance(at)
	}
	if err := w.advance(at); err != nil {
		return err
	}
	w.step = i
	request, err := build(step, c, w.names, i)
	if err != nil {
		return err
	}
	return w.send(i, step.Who, step.lane(), request)
}
