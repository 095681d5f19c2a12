package realkafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// World is the name of this world.
const World = "kafka"

// Options say what a play tells on its way.
type Options struct {
	// History is told of every event, one at a time; the event is valid during
	// the call only.
	History func(*model.Event)
	// Log is told what the play and its franz-go clients do; from several
	// goroutines.
	Log func(format string, args ...any)
}

// Play plays a trial on a cluster, for as long as its Spec says, and until the
// group has settled then. Topics and the group get names that nobody else has,
// and are gone afterwards, as are all clients, also when ctx ends early.
//
// The outcome is nil if the cluster cannot be used or ctx ended: then the
// error says why. An error with an outcome says what could not be cleared away.
func Play(ctx context.Context, c cluster.Cluster, trial *scenarios.Trial, o Options) (out *scenarios.Outcome, err error) {
	p := newPlay(c, trial, o)
	watching, watched := context.WithCancel(ctx)
	defer func() {
		watched()
		p.stop()
		// What the cluster holds must go even though ctx is over.
		err = errors.Join(err, p.awaitEnd(), p.clear(context.WithoutCancel(ctx)))
	}()
	if p.admin, err = newAdmin(ctx, c, p.names); err != nil {
		return nil, errors.Join(c.Check(ctx), err)
	}
	p.spawn(func() { p.watch(watching, c) })
	if err := p.begin(); err != nil {
		return nil, err
	}
	why, err := p.conduct(ctx)
	if err != nil {
		return nil, err
	}
	return p.close(why)
}

// play is one trial under way.
type play struct {
	trial     *scenarios.Trial
	options   Options
	bootstrap []string
	access    cluster.Access
	names     *names
	admin     *admin
	began     time.Time
	shared    store
	jobs      *jobWorld  // nil without a job
	machines  []*machine // by node; nil for brokers

	mu        sync.Mutex // guards what follows, and the processes' state
	chronicle *scenarios.Chronicle
	cuts      [][2]sim.NodeID
	sizes     map[string]int32               // partitions, by topic
	ends      map[model.TopicPartition]int64 // behind the last record that is acknowledged
	skipped   int
	ops       int64 // the last number of a call
	groups    map[string]*group
	over      bool          // the history has ended
	broken    error         // why this world cannot go on
	lost      bool          // that is because there is no cluster any more
	panic     error         // of a handler
	failed    chan struct{} // closed with the first of these

	running sync.WaitGroup
	graves  sync.Mutex
	buried  []net.Conn // of machines that vanished
}

func newPlay(c cluster.Cluster, trial *scenarios.Trial, o Options) *play {
	p := &play{trial: trial, options: o, bootstrap: c.Bootstrap(), access: c.Access(), names: newNames(trial.Spec),
		groups: map[string]*group{}, sizes: map[string]int32{}, ends: map[model.TopicPartition]int64{}, failed: make(chan struct{})}
	p.chronicle = scenarios.NewChronicle(trial, o.History)
	for _, t := range trial.Spec.Topics {
		if !t.Later {
			p.sizes[t.Name] = t.Partitions
		}
	}
	for i, name := range trial.Names.Nodes {
		var m *machine
		if id := sim.NodeID(i); !trial.IsBroker(id) {
			m = &machine{id: id, name: name}
		}
		p.machines = append(p.machines, m)
	}
	return p
}

// begin begins the run's time, and its job's world.
func (p *play) begin() (err error) {
	if p.trial.Spec.Job != nil {
		if p.jobs, err = p.newJobWorld(); err != nil {
			return err
		}
	}
	p.began = time.Now()
	if p.jobs != nil {
		p.spawn(p.jobs.run)
	}
	return nil
}

// now is the time since the run began.
func (p *play) now() sim.Time { return sim.Span(time.Since(p.began)) }

// emit puts an event into the history, and does what it sets off. p.mu is held.
func (p *play) emit(e *model.Event) {
	if p.over {
		return
	}
	e.At = int64(p.now())
	p.chronicle.Emit(e)
	p.fire()
}

// fire does what the history has set off, after the job's step that is under
// way. p.mu is held.
func (p *play) fire() {
	if p.jobs != nil && p.jobs.stepping {
		return
	}
	for f, ok := p.chronicle.Fired(); ok; f, ok = p.chronicle.Fired() {
		if f.Delay == 0 {
			p.perform(f.Action)
			continue
		}
		time.AfterFunc(f.Delay, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.perform(f.Action)
		})
	}
}

// fail breaks the run off: this world cannot go on.
func (p *play) fail(err error) { p.end(err, nil) }

// panicked breaks the run off because of what a handler did.
func (p *play) panicked(err error) { p.end(nil, err) }

func (p *play) end(broken, panicked error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endNow(broken, panicked)
}

// endNow is end for who holds p.mu.
func (p *play) endNow(broken, panicked error) {
	if p.broken == nil && p.panic == nil && !p.over {
		p.broken, p.panic = broken, panicked
		close(p.failed)
	}
}

func (p *play) logf(format string, args ...any) {
	if p.options.Log != nil {
		p.options.Log(format, args...)
	}
}

// spawn runs a part of the play beside the others. A panic ends the run, not
// the program.
func (p *play) spawn(run func()) {
	p.running.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				p.fail(fmt.Errorf("the run broke: %v\n%s", r, debug.Stack()))
			}
		}()
		run()
	})
}

// bury keeps a socket of a machine that vanished, so that the broker does not
// learn of it, until the run is over.
func (p *play) bury(socket net.Conn) {
	p.graves.Lock()
	defer p.graves.Unlock()
	p.buried = append(p.buried, socket)
}

// close ends the history and judges the run.
func (p *play) close(why string) (*scenarios.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return nil, p.broken
	}
	o := p.chronicle.Close(p.now(), World, why, p.panic)
	o.Skipped = p.skipped
	p.over = true
	return o, nil
}

// stop ends all processes.
func (p *play) stop() {
	p.mu.Lock()
	p.over = true
	for _, m := range p.machines {
		if m != nil && m.runs != nil {
			p.kill(m, false)
		}
	}
	if p.jobs != nil {
		p.jobs.stop()
	}
	p.mu.Unlock()
	p.graves.Lock()
	defer p.graves.Unlock()
	for _, socket := range p.buried {
		socket.Close()
	}
}

// clear clears away what the run has on the cluster.
func (p *play) clear(ctx context.Context) error {
	p.mu.Lock()
	lost := p.lost
	p.mu.Unlock()
	if lost && p.admin != nil {
		p.admin.made = false // nobody would answer
	}
	return errors.Join(p.admin.close(ctx), p.jobs.clear())
}

// endTimeout is how long handlers and clients may take to come to their end.
const endTimeout = 15 * time.Second

// awaitEnd waits until nothing of the play runs any more.
func (p *play) awaitEnd() error {
	ended := make(chan struct{})
	go func() {
		p.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(endTimeout):
		return fmt.Errorf("a handler or client still runs %v after the end: a handler must not wait but by its Env", endTimeout)
	}
}
