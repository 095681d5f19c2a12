package conform

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// conn is one connection to a broker. Requests go out as they come; answers
// come in their order.
type conn struct {
	net.Conn
	mu    sync.Mutex
	waits []sent
	// silent is told if the connection goes after a request that wants no
	// answer, and before another one.
	silent func(kmsg.Response, error)
	count  int32
	gone   error
}

// sent is a request that waits for its answer.
type sent struct {
	correlation int32
	request     kmsg.Request
	answer      func(kmsg.Response, error)
}

const dialTimeout = 10 * time.Second

// place is a broker's listener, and what it takes to get in.
type place struct {
	addr   string
	access cluster.Access
}

func dial(ctx context.Context, at place) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	socket, err := at.access.Connect(ctx, at.addr)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: socket}
	go c.read()
	return c, nil
}

// send writes a request. answer is called once, with the answer or with why
// there is none.
func (c *conn) send(r kmsg.Request, clientID string, answer func(kmsg.Response, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone != nil {
		go answer(nil, c.gone)
		return
	}
	c.count++
	c.silent = nil
	if p, ok := r.(*kmsg.ProduceRequest); ok && p.Acks == 0 {
		c.silent = answer
	} else {
		c.waits = append(c.waits, sent{c.count, r, answer})
	}
	b := kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID)).AppendRequest(nil, r, c.count)
	if _, err := c.Write(b); err != nil {
		c.Close() // the reader tells everybody
	}
}

func (c *conn) isGone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone != nil
}

// ask sends a request and waits for its answer.
func ask[R kmsg.Response](ctx context.Context, c *conn, r kmsg.Request) (R, error) {
	type result struct {
		k   kmsg.Response
		err error
	}
	var none R
	done := make(chan result, 1)
	c.send(r, "conform", func(k kmsg.Response, err error) { done <- result{k, err} })
	select {
	case x := <-done:
		if x.err != nil {
			return none, x.err
		}
		return x.k.(R), nil
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

func (c *conn) read() {
	for {
		k, w, err := c.readAnswer()
		if err != nil {
			c.Close()
			c.mu.Lock()
			c.gone = err
			waits, silent := c.waits, c.silent
			c.waits, c.silent = nil, nil
			c.mu.Unlock()
			for _, w := range waits {
				w.answer(nil, err)
			}
			if silent != nil {
				silent(nil, err)
			}
			return
		}
		w.answer(k, nil)
	}
}

func (c *conn) readAnswer() (kmsg.Response, sent, error) {
	var head [8]byte
	if _, err := io.ReadFull(c.Conn, head[:]); err != nil {
		return nil, sent{}, err
	}
	size := int32(binary.BigEndian.Uint32(head[:]))
	if size < 4 || size > 64<<20 {
		return nil, sent{}, fmt.Errorf("an answer of %d bytes", size)
	}
	body := make([]byte, size-4)
	if _, err := io.ReadFull(c.Conn, body); err != nil {
		return nil, sent{}, err
	}
	c.mu.Lock()
	if len(c.waits) == 0 {
		c.mu.Unlock()
		return nil, sent{}, errors.New("an answer that nobody waits for")
	}
	w := c.waits[0]
	c.waits = c.waits[1:]
	c.mu.Unlock()
	k := w.request.ResponseKind()
	err := decode(k, body, w.correlation, int32(binary.BigEndian.Uint32(head[4:])))
	if err != nil {
		w.answer(nil, err)
	}
	return k, w, err
}

func decode(k kmsg.Response, body []byte, want, got int32) error {
	if want != got {
		return fmt.Errorf("answer %d, waiting for %d", got, want)
	}
	const apiVersions = 18 // whose header is always the old one
	if k.IsFlexible() && k.Key() != apiVersions {
		if len(body) == 0 || body[0] != 0 {
			return errors.New("tags in an answer's header")
		}
		body = body[1:]
	}
	return k.ReadFrom(body)
}
