package realkafka

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// machine is where one process at a time runs: a member's, or the producer's.
// What it has outlives the process.
type machine struct {
	id      sim.NodeID
	name    string
	network gate    // shut while it is cut from the brokers
	runs    program // nil while its process is down; guarded by play.mu
	next    int     // a producer's next record; guarded by play.mu
	starts  int     // how often its process was started; guarded by play.mu
}

// program is what runs in a process: a consumer or a producer.
type program interface {
	base() *process
	// unsettled tells what keeps it from being at rest; empty when it is.
	// play.mu is held.
	unsettled() string
}

// process is one run of a program, from its start to its end.
type process struct {
	play    *play
	machine *machine
	taps    map[kmsg.Key]tap // fixed from the start
	client  *kgo.Client
	gate    gate // shut while the process stands still

	ctx    context.Context // the client's; ends with the process
	cancel context.CancelFunc
	gone   chan struct{} // closed when the process ends
	dead   bool          // guarded by play.mu
	loop   chan struct{} // closed when its program has returned

	mu     sync.Mutex
	conns  map[*conn]bool
	silent bool // its machine vanished: connections are not closed
}

func (p *play) newProcess(m *machine) *process {
	x := &process{play: p, machine: m, gone: make(chan struct{}), loop: make(chan struct{}), conns: map[*conn]bool{}}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	return x
}

func (p *process) base() *process { return p }

func (p *process) name() string { return p.machine.name }

// pass waits while the process stands still; it is false when the process has
// ended.
func (p *process) pass() bool {
	for {
		if isClosed(p.gone) {
			return false
		}
		wait := p.gate.waiting()
		if wait == nil {
			return true
		}
		select {
		case <-wait:
		case <-p.gone:
			return false
		}
	}
}

// sleep lets time pass; it is false when the process has ended.
func (p *process) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return p.pass()
	case <-p.gone:
		return false
	}
}

// tell puts an event of this process into the history. What a process does
// that has ended is nobody's business any more. play.mu is held.
func (p *process) tell(e model.Event) {
	if p.dead {
		return
	}
	e.Client = p.name()
	p.play.emit(&e)
}

// dialTimeout is how long a connection may take to be made, as in franz-go.
const dialTimeout = 10 * time.Second

// dial opens a connection for the process's client.
func (p *process) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if !p.pass() {
		return nil, net.ErrClosed
	}
	if wait := p.machine.network.waiting(); wait != nil {
		select {
		case <-wait:
		case <-p.gone:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	socket, err := p.play.access.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := newConn(p, socket)
	p.mu.Lock()
	defer p.mu.Unlock()
	if isClosed(p.gone) {
		socket.Close()
		return nil, net.ErrClosed
	}
	p.conns[c] = true
	return c, nil
}

// closed ends what a connection has with its socket.
func (p *process) closed(c *conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	if p.silent {
		p.play.bury(c.Conn)
		return nil
	}
	return c.Conn.Close()
}

// lane gives the connections of a lane.
func (p *process) lane(lane sim.Lane) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*conn
	for c := range p.conns {
		if c.onLane(lane) {
			out = append(out, c)
		}
	}
	return out
}

// kill ends a process at once: its client's connections go, with a word to the
// broker or, if silent, without, and its program is unwound. play.mu is held.
func (p *play) kill(m *machine, silent bool) {
	x := m.runs.base()
	m.runs, x.dead = nil, true
	x.end(silent)
}

// end cuts a process's client off and closes it, once its program has returned.
func (x *process) end(silent bool) {
	close(x.gone)
	x.mu.Lock()
	x.silent = silent
	conns := make([]*conn, 0, len(x.conns))
	for c := range x.conns {
		conns = append(conns, c)
	}
	x.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
	x.cancel()
	x.play.spawn(func() {
		// A poll that ends with its context holds rebalances back, and so must
		// be over before the client can be closed.
		<-x.loop
		x.client.CloseAllowingRebalance()
	})
}
