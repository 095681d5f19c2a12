package model

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// HistoryVersion is the version of the format that this package writes, and
// the newest it reads.
//
// Version 2 brought the fields instance and values, and the kinds of which the
// schema says so; version 3 began_us and settings in the header; version 4 the
// kinds of checkpointing jobs and of registers; version 5 those of share groups,
// the field deliveries, and the settings of share groups. What was written in an older
// version means the same in a newer one.
const HistoryVersion = 5

// Header is the first line of a history.
type Header struct {
	Version int    // 0 stands for HistoryVersion
	Source  string // what was watched: sim, kafka, the name of a service
	Note    string // for people
	// Fresh says that the history begins with its group: nothing was committed
	// before, and all members are told of from their start.
	Fresh bool
	// Began is the time at which the events' times begin, in µs since 1970
	// (UTC). Histories of several processes are merged by it; 0: not said.
	Began    int64
	Settings Settings
}

// Writer writes a history as JSON lines. What it writes, ReadHistory reads.
type Writer struct {
	w    *bufio.Writer
	buf  []byte
	last int64
	err  error
}

// NewWriter begins a history. Errors show at Write and Flush.
func NewWriter(w io.Writer, h Header) *Writer {
	hw := &Writer{w: bufio.NewWriter(w)}
	hw.line(appendHeader(hw.buf, h))
	return hw
}

// Write adds an event. It refuses what a reader would: an event that lacks
// fields of its kind, and one that goes back in time.
func (w *Writer) Write(e *Event) error {
	if w.err != nil {
		return w.err
	}
	if err := e.Check(); err != nil {
		return err
	}
	if e.At < w.last {
		return errors.New("time goes back from " + itoa(w.last) + " to " + itoa(e.At) + " µs")
	}
	w.last = e.At
	w.line(AppendEvent(w.buf[:0], e))
	return w.err
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.err
}

func (w *Writer) line(b []byte) {
	w.buf = append(b, '\n')
	if w.err == nil {
		_, w.err = w.w.Write(w.buf)
	}
}

func appendHeader(b []byte, h Header) []byte {
	v := h.Version
	if v == 0 {
		v = HistoryVersion
	}
	b = append(b, `{"groundhog-history":`...)
	b = strconv.AppendInt(b, int64(v), 10)
	if h.Source != "" {
		b = appendText(b, "source", h.Source)
	}
	if h.Note != "" {
		b = appendText(b, "note", h.Note)
	}
	if h.Fresh {
		b = append(b, `,"fresh":true`...)
	}
	if h.Began != 0 {
		b = appendNumber(b, "began_us", h.Began)
	}
	if h.Settings != (Settings{}) {
		b = appendSettings(appendName(b, "settings"), h.Settings)
	}
	return append(b, '}')
}

// AppendEvent appends e as one JSON object, without a line end: the fields
// that its kind must have, and all others that are not empty, in a fixed
// order. Equal events give equal bytes.
func AppendEvent(b []byte, e *Event) []byte {
	var must field
	offsets := true
	if spec := specOf(e.Kind); spec != nil {
		must, offsets = spec.must(e), spec.Offsets
	}
	b = append(b, `{"us":`...)
	b = strconv.AppendInt(b, e.At, 10)
	b = appendText(b, "event", string(e.Kind))
	text := func(f field, name, s string) {
		if s != "" || must&f != 0 {
			b = appendText(b, name, s)
		}
	}
	number := func(f field, name string, n int64) {
		if n != 0 || must&f != 0 {
			b = appendNumber(b, name, n)
		}
	}
	text(fieldNode, "node", e.Node)
	text(fieldClient, "client", e.Client)
	text(fieldGroup, "group", e.Group)
	text(fieldMember, "member", e.Member)
	text(fieldInstance, "instance", e.Instance)
	number(fieldGeneration, "generation", int64(e.Generation))
	text(fieldTopic, "topic", e.Topic)
	number(fieldPartition, "partition", int64(e.Partition))
	number(fieldFrom, "from", e.From)
	number(fieldTo, "to", e.To)
	number(fieldDeliveries, "deliveries", int64(e.Deliveries))
	if len(e.Partitions) > 0 || must&fieldPartitions != 0 {
		b = appendPartitions(b, e.Partitions, offsets)
	}
	if len(e.Keys) > 0 || must&fieldKeys != 0 {
		b = appendTexts(b, "keys", e.Keys)
	}
	if len(e.Values) > 0 || must&fieldValues != 0 {
		b = appendTexts(b, "values", e.Values)
	}
	if len(e.Members) > 0 || must&fieldMembers != 0 {
		b = appendTexts(b, "members", e.Members)
	}
	number(fieldOp, "op", e.Op)
	text(fieldError, "error", e.Error)
	text(fieldCause, "cause", e.Cause)
	return append(b, '}')
}

func appendName(b []byte, name string) []byte {
	return append(append(append(b, `,"`...), name...), `":`...)
}

func appendNumber(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(appendName(b, name), n, 10)
}

func appendText(b []byte, name, s string) []byte {
	return appendString(appendName(b, name), s)
}

func appendTexts(b []byte, name string, list []string) []byte {
	b = append(appendName(b, name), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

func appendPartitions(b []byte, list []PartitionOffset, offsets bool) []byte {
	b = append(appendName(b, "partitions"), '[')
	for i, p := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"topic":`...)
		b = appendString(b, p.Topic)
		b = appendNumber(b, "partition", int64(p.Partition))
		if offsets || p.Offset != 0 {
			b = appendNumber(b, "offset", p.Offset)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendString appends s as a JSON string. What is not UTF-8 becomes the
// replacement character.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}
