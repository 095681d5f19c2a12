package cluster

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
)

// maxAnswer is the most bytes that an answer to a request of this package has.
const maxAnswer = 1 << 20

// exchange sends one request on a connection that nobody else uses, and reads
// its answer, within the time of ctx.
func exchange[R kmsg.Response](ctx context.Context, c net.Conn, r kmsg.Request) (answer R, err error) {
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	const correlation = 1
	if _, err := c.Write(kmsg.NewRequestFormatter(kmsg.FormatterClientID(probeGroup)).AppendRequest(nil, r, correlation)); err != nil {
		return answer, because(ctx, err)
	}
	var head [8]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return answer, because(ctx, err)
	}
	if head[0] == tlsAlert && head[1] == tlsMajor {
		return answer, errTLSAnswer
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < 4 || size > maxAnswer || binary.BigEndian.Uint32(head[4:]) != correlation {
		return answer, fmt.Errorf("%w: %q", errNoKafka, head)
	}
	body := make([]byte, size-4)
	if _, err := io.ReadFull(c, body); err != nil {
		return answer, because(ctx, err)
	}
	k := r.ResponseKind()
	k.SetVersion(r.GetVersion())
	if k.IsFlexible() && k.Key() != int16(kmsg.ApiVersions) { // whose header has no tags
		if len(body) == 0 || body[0] != 0 {
			return answer, fmt.Errorf("%w: tags in an answer's header", errNoKafka)
		}
		body = body[1:]
	}
	if err := k.ReadFrom(body); err != nil {
		return answer, fmt.Errorf("%w: %w", errNoKafka, err)
	}
	return k.(R), nil
}

// A TLS record begins with its type, here alert, and the protocol's major
// version (RFC 8446, 5.1).
const (
	tlsAlert = 0x15
	tlsMajor = 0x03
)

var (
	errTLSAnswer = errors.New("the answer is a TLS alert")
	errNoKafka   = errors.New("the answer is none of Kafka's")
)

// because is err, or that ctx ended if that was why.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// authenticate presents credentials on a new connection (KIP-43, KIP-152).
func authenticate(ctx context.Context, c net.Conn, addr string, m sasl.Mechanism) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	hello, err := exchange[*kmsg.SASLHandshakeResponse](ctx, c, &kmsg.SASLHandshakeRequest{Version: 1, Mechanism: m.Name()})
	if err != nil {
		return err
	}
	if err := kerr.ErrorForCode(hello.ErrorCode); err != nil {
		return &saslError{err, "the listener knows " + cmp.Or(strings.Join(hello.SupportedMechanisms, ", "), "none")}
	}
	session, out, err := m.Authenticate(ctx, host)
	if err != nil {
		return err
	}
	for done := false; !done || len(out) > 0; {
		answer, err := exchange[*kmsg.SASLAuthenticateResponse](ctx, c, &kmsg.SASLAuthenticateRequest{Version: 1, SASLAuthBytes: out})
		if err != nil {
			return err
		}
		if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
			text := ""
			if answer.ErrorMessage != nil {
				text = *answer.ErrorMessage
			}
			return &saslError{err, text}
		}
		if done {
			return nil
		}
		if done, out, err = session.Challenge(answer.SASLAuthBytes); err != nil {
			return &saslError{err, "the broker's proof of its own knowledge does not fit"}
		}
	}
	return nil
}

// saslError is a refusal, and what the broker said of it.
type saslError struct {
	err  error
	text string
}

func (e *saslError) Error() string { return e.err.Error() + ": " + e.text }

func (e *saslError) Unwrap() error { return e.err }
