package realkafka

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim"
)

// tap is told of a request just before it is sent, and gives what is to be
// told of its answer just before the client gets it; nil for nothing. An
// answer that is lost is told to nobody.
type tap func(kmsg.Request) func(kmsg.Response)

// conn is a connection of a process to a broker. It holds back what it sends
// and receives while the process stands still or its network is cut, and lets
// the process's taps read along.
type conn struct {
	net.Conn // the socket, or TLS on it
	p        *process
	closed   chan struct{}
	closing  sync.Once
	broken   atomic.Bool // by a reset

	reading, writing *deadline
	sent, received   frames

	mu      sync.Mutex
	lane    sim.Lane
	used    bool               // lane is known
	pending map[int32]exchange // by correlation number
}

// exchange is a request whose answer a tap waits for.
type exchange struct {
	resp kmsg.Response
	tell func(kmsg.Response)
}

func newConn(p *process, socket net.Conn) *conn {
	return &conn{Conn: socket, p: p, closed: make(chan struct{}), pending: map[int32]exchange{},
		reading: newDeadline(), writing: newDeadline()}
}

// Write implements net.Conn. The taps hear of a request while it can still be
// kept from being sent: what they tell may be what a fault waited for.
func (c *conn) Write(b []byte) (int, error) {
	if err := c.hold(c.writing); err != nil {
		return 0, err
	}
	c.sent.feed(b, c.asked)
	if err := c.hold(c.writing); err != nil {
		return 0, err
	}
	if isClosed(c.writing.passed()) {
		// It has passed while the process stood still: nothing was slow.
		c.Conn.SetWriteDeadline(time.Time{})
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		err = c.end(err)
	}
	return n, err
}

// Read implements net.Conn. An answer is told before it is handed over, so
// that whatever the client does upon it comes later in the history.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 {
		c.p.pass()
		return n, c.end(err)
	}
	if err := c.hold(c.reading); err != nil {
		return 0, err
	}
	c.received.feed(b[:n], c.answered)
	if err := c.hold(c.reading); err != nil {
		return 0, err
	}
	return n, err
}

// hold waits until the process goes on and its network is whole. Deadlines
// pass while the network is cut, as they do on a real machine, but not while
// the process stands still.
func (c *conn) hold(d *deadline) error {
	for {
		if isClosed(c.closed) {
			return c.end(net.ErrClosed)
		}
		if wait := c.p.gate.waiting(); wait != nil {
			select {
			case <-wait:
			case <-c.closed:
			}
			continue
		}
		wait := c.p.machine.network.waiting()
		if wait == nil {
			return nil
		}
		select {
		case <-wait:
		case <-c.closed:
		case <-d.passed():
			return os.ErrDeadlineExceeded
		}
	}
}

// end is the error with which a connection's use ends.
func (c *conn) end(err error) error {
	if c.broken.Load() {
		return syscall.ECONNRESET
	}
	return err
}

// asked takes note of a request that is about to be sent.
func (c *conn) asked(frame []byte) {
	h, rest, err := readHeader(frame)
	if err != nil {
		c.p.play.logf("%s sends what is no request: %v", c.p.name(), err)
		return
	}
	c.note(h.key)
	t := c.p.taps[kmsg.Key(h.key)]
	if t == nil {
		return
	}
	req, err := readRequest(h, rest)
	if err != nil {
		c.p.play.fail(err) // a history with holes would be judged wrongly
		return
	}
	if tell := t(req); tell != nil {
		resp := req.ResponseKind()
		resp.SetVersion(h.version)
		c.mu.Lock()
		c.pending[h.correlation] = exchange{resp, tell}
		c.mu.Unlock()
	}
}

// answered takes note of an answer that the client is about to get.
func (c *conn) answered(frame []byte) {
	h, err := readCorrelation(frame)
	if err != nil {
		return // the client will say so
	}
	c.mu.Lock()
	x, ok := c.pending[h]
	delete(c.pending, h)
	c.mu.Unlock()
	if !ok {
		return
	}
	if err := readAnswer(x.resp, frame[4:]); err != nil {
		c.p.play.fail(err)
		return
	}
	x.tell(x.resp)
}

// note learns from a connection's first request of its own which lane it is.
func (c *conn) note(key int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch kmsg.Key(key) {
	case kmsg.ApiVersions, kmsg.SASLHandshake, kmsg.SASLAuthenticate: // on every connection
		return
	}
	if c.used {
		return
	}
	c.used = true
	switch kmsg.Key(key) {
	case kmsg.Produce:
		c.lane = client.LaneProduce
	case kmsg.Fetch:
		c.lane = client.LaneFetch
	case kmsg.JoinGroup, kmsg.SyncGroup:
		c.lane = client.LaneGroup
	default:
		c.lane = client.LaneMain
	}
}

func (c *conn) onLane(lane sim.Lane) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used && c.lane == lane
}

// Close implements net.Conn. The connection of a process whose machine
// vanished stays as it is for the broker.
func (c *conn) Close() error {
	var err error
	c.closing.Do(func() {
		close(c.closed)
		err = c.p.closed(c)
	})
	return err
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	c.reading.set(t)
	c.writing.set(t)
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.reading.set(t)
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writing.set(t)
	return c.Conn.SetWriteDeadline(t)
}
