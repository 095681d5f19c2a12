package realkafka

import (
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// frames cuts a stream of bytes into Kafka's frames: a length of four bytes,
// then so many bytes.
type frames struct{ rest []byte }

// feed takes the stream's next bytes and calls each with every frame that is
// complete by now, without its length. The frame is valid during the call.
func (f *frames) feed(b []byte, each func(frame []byte)) {
	f.rest = append(f.rest, b...)
	done := 0
	for len(f.rest)-done >= 4 {
		size := int(binary.BigEndian.Uint32(f.rest[done:]))
		if len(f.rest)-done-4 < size {
			break
		}
		each(f.rest[done+4 : done+4+size])
		done += 4 + size
	}
	f.rest = f.rest[:copy(f.rest, f.rest[done:])]
}

// header is the part of a request's header that is always the same.
type header struct {
	key, version int16
	correlation  int32
}

// readHeader reads a request's header and gives what comes after it.
func readHeader(frame []byte) (h header, rest []byte, err error) {
	r := kbin.Reader{Src: frame}
	h.key, h.version, h.correlation = r.Int16(), r.Int16(), r.Int32()
	return h, r.Src, r.Complete()
}

// readRequest reads a request of which readHeader gave h and rest.
func readRequest(h header, rest []byte) (kmsg.Request, error) {
	req := kmsg.RequestForKey(h.key)
	if req == nil {
		return nil, fmt.Errorf("a request of the unknown kind %d", h.key)
	}
	req.SetVersion(h.version)
	r := kbin.Reader{Src: rest}
	r.NullableString() // the client's id
	if req.IsFlexible() {
		skipTags(&r)
	}
	if err := r.Complete(); err != nil {
		return nil, fmt.Errorf("the header of %s: %w", kmsg.NameForKey(h.key), err)
	}
	if err := req.ReadFrom(r.Src); err != nil {
		return nil, fmt.Errorf("%s version %d: %w", kmsg.NameForKey(h.key), h.version, err)
	}
	return req, nil
}

// readCorrelation reads the number of the request that a frame answers.
func readCorrelation(frame []byte) (int32, error) {
	r := kbin.Reader{Src: frame}
	n := r.Int32()
	return n, r.Complete()
}

// readAnswer reads into resp, whose version is set, what follows the
// correlation number of an answer.
func readAnswer(resp kmsg.Response, rest []byte) error {
	r := kbin.Reader{Src: rest}
	if resp.IsFlexible() {
		skipTags(&r)
	}
	err := r.Complete()
	if err == nil {
		err = resp.ReadFrom(r.Src)
	}
	if err != nil {
		return fmt.Errorf("the answer to %s version %d: %w", kmsg.NameForKey(resp.Key()), resp.GetVersion(), err)
	}
	return nil
}

// skipTags passes over the tagged fields that end a flexible header.
func skipTags(r *kbin.Reader) {
	for n := r.Uvarint(); n > 0 && r.Ok(); n-- {
		r.Uvarint()
		r.Span(int(r.Uvarint()))
	}
}
