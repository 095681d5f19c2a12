package conform

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// player plays one script on a live broker.
type player struct {
	live    *Live
	ctx     context.Context
	script  *Script
	plan    *Plan
	names   names
	control *conn
	conns   map[string]*conn
	topics  map[string]int // how many partitions of each there are, by real name
	begun   time.Time
	wake    chan struct{} // an answer came

	mu        sync.Mutex
	recording *Recording
	cast      cast
	step      int // that runs
}

func (p *player) close() {
	for _, c := range p.conns {
		c.Close()
	}
}

func (p *player) connect(s Step) (*conn, error) {
	name := laneName(s)
	if c := p.conns[name]; c != nil && !c.isGone() {
		return c, nil
	}
	c, err := dial(p.ctx, p.live.at)
	if err != nil {
		return nil, err
	}
	// A broker takes its time until it reads from a new connection.
	if _, err := ask[*kmsg.ApiVersionsResponse](p.ctx, c, &kmsg.ApiVersionsRequest{}); err != nil {
		c.Close()
		return nil, err
	}
	p.conns[name] = c
	return c, nil
}

// How long to wait for answers.
const (
	expectedIn = 500 * time.Millisecond // that the plan has
	surpriseIn = 3 * time.Millisecond   // that it has not
)

// play makes one step happen: a request goes out, and the next step begins
// when the broker must have seen it.
func (p *player) play(i int) error {
	step := p.script.Steps[i]
	if step.Verb == verbWait {
		p.begin(i)
		if err := p.sleep(step.span(0).Duration()); err != nil {
			return err
		}
		p.mark(&p.recording.Sent)
		return p.probe(i)
	}
	if i > 0 {
		if err := p.sleep((p.recording.Sent[i-1] + pace - p.now()).Duration()); err != nil {
			return err
		}
	}
	if err := p.send(i, step); err != nil {
		return err
	}
	if p.expects(i, i) {
		p.await(expectedIn, func() bool { return p.answered(i) })
	} else {
		p.await(surpriseIn, func() bool { return p.answered(i) })
	}
	if err := p.probe(i); err != nil {
		return err
	}
	if !p.answered(i) {
		// The broker may have taken the probe before the request; the next one
		// it cannot have.
		if err := p.probe(i); err != nil {
			return err
		}
	}
	missing := func() bool {
		return !slices.ContainsFunc(p.expected(i), func(request int) bool { return !p.answered(request) })
	}
	if missing() {
		p.await(surpriseIn, func() bool { return false })
	} else {
		p.await(expectedIn, missing)
	}
	if strings.HasPrefix(step.Verb, "create-") && i+1 < len(p.script.Steps) {
		// The controller has answered; the broker learns of it in its own time.
		p.grown(i, step)
		return p.live.settled(p.ctx, p.control, p.topics)
	}
	return p.ctx.Err()
}

// grown notes what topics there are after a step that made or grew some.
func (p *player) grown(i int, step Step) {
	if step.has("validate") {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.recording.Answers {
		if g.Request != i {
			continue
		}
		for _, t := range list(step.get("topics", "")) {
			name, count, _ := strings.Cut(t, ":")
			if g.Answer.Get("Topics["+p.names.real(name)+"].ErrorCode") == api.None.String() {
				n, _ := strconv.Atoi(count)
				p.topics[p.names.real(name)] = max(n, 1)
			}
		}
	}
}

func (p *player) expected(i int) []int {
	if p.plan == nil || i >= len(p.plan.Expected) {
		return nil
	}
	return p.plan.Expected[i]
}

func (p *player) expects(i, request int) bool { return slices.Contains(p.expected(i), request) }

func (p *player) begin(i int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = i
}

func (p *player) mark(times *[]sim.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*times = append(*times, p.now())
}

func (p *player) send(i int, step Step) error {
	c, err := p.connect(step)
	if err != nil {
		return err
	}
	p.mu.Lock()
	request, err := build(step, p.cast, p.names, i)
	p.step = i
	p.mu.Unlock()
	if err != nil {
		return err
	}
	k, err := wireRequest(request)
	if err != nil {
		return err
	}
	answer := func(k kmsg.Response, err error) {
		trim(k, request)
		p.take(i, step.Who, k, err)
	}
	p.mark(&p.recording.Sent)
	c.send(k, clientID(step, i), answer)
	return nil
}

// take keeps an answer.
func (p *player) take(request int, who string, k kmsg.Response, err error) {
	g := Given{Request: request, Answer: Answer{Name: closedName}}
	if err == nil {
		g.Answer = answerOf(k, p.names)
	}
	p.mu.Lock()
	g.Step, g.At = p.step, p.now()
	p.recording.Answers = append(p.recording.Answers, g)
	p.cast.learn(who, g.Answer)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *player) answered(request int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.recording.Answers, func(g Given) bool { return g.Request == request })
}

// await waits until something is so, which answers alone can bring about, or
// for a span.
func (p *player) await(d time.Duration, is func() bool) {
	over := time.NewTimer(d)
	defer over.Stop()
	for !is() {
		select {
		case <-p.wake:
		case <-over.C:
			return
		case <-p.ctx.Done():
			return
		}
	}
}

func (p *player) sleep(d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

// probe asks what the group looks like. The coordinator answers in the order
// in which it is asked: so it also tells that it has seen what was sent before.
func (p *player) probe(i int) error {
	k, err := ask[*kmsg.DescribeGroupsResponse](p.ctx, p.control, &kmsg.DescribeGroupsRequest{
		Version: probeVersion, Groups: []string{p.names.real(theGroup)},
	})
	if err != nil {
		return err
	}
	a := answerOf(k, p.names)
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.recording
	if len(r.Probes) > i {
		r.Probes, r.Done = r.Probes[:i], r.Done[:i]
	}
	r.Probes, r.Done = append(r.Probes, a), append(r.Done, p.now())
	return nil
}

// end gives the recording, with what the broker wrote.
func (p *player) end() (*Recording, error) {
	if o := p.live.offsets; o != nil {
		records, err := o.of(p.ctx, p.control, p.names.tag)
		if err != nil {
			return nil, err
		}
		p.recording.Records, p.recording.HasRecords = records, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := *p.recording // later answers come to nobody
	r.Answers = slices.Clone(r.Answers)
	return &r, nil
}
