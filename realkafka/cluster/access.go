package cluster

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
)

// Access is what a connection to a cluster's clients' listener takes. The zero
// value is a plain TCP connection without credentials.
type Access struct {
	TLS  *tls.Config    // nil for none; its ServerName may be empty: the host of each address
	SASL sasl.Mechanism // nil for none
}

// dialTimeout is how long a connection may take to be made, as in franz-go.
const dialTimeout = 10 * time.Second

// Dial opens a connection and, if the listener wants it, makes TLS of it. It is
// what kgo.Dialer takes: franz-go presents the credentials itself.
func (a Access) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	socket, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil || a.TLS == nil {
		return socket, err
	}
	config := a.TLS
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			socket.Close()
			return nil, err
		}
		config = config.Clone()
		config.ServerName = host
	}
	c := tls.Client(socket, config)
	if err := c.HandshakeContext(ctx); err != nil {
		socket.Close()
		return nil, &handshakeError{err}
	}
	return c, nil
}

// handshakeError says that a socket was open, and did not become a TLS one.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

// Connect opens a connection on which requests can be sent at once: TLS is made
// and the credentials are presented.
func (a Access) Connect(ctx context.Context, addr string) (net.Conn, error) {
	c, err := a.Dial(ctx, "tcp", addr)
	if err != nil || a.SASL == nil {
		return c, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := authenticate(ctx, c, addr, a.SASL); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Options are what a franz-go client needs to get in. Where a client has a
// dialer of its own, that one must open its connections by Dial, and its option
// come after these.
func (a Access) Options() []kgo.Opt {
	opts := []kgo.Opt{kgo.Dialer(a.Dial)}
	if a.SASL != nil {
		opts = append(opts, kgo.SASL(a.SASL))
	}
	return opts
}
