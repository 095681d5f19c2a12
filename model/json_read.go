package model

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// HistoryError is something in a history that cannot be read.
type HistoryError struct {
	Line   int // from 1
	Column int // in bytes, from 1; 0 where the line as a whole is meant
	Text   string
	// Cut says that the line is the last one and has no end, as when its writer
	// was killed: what stands before it is whole.
	Cut bool
}

func (e *HistoryError) Error() string {
	s := "line " + strconv.Itoa(e.Line)
	if e.Column > 0 {
		s += ", column " + strconv.Itoa(e.Column)
	}
	return s + ": " + e.Text
}

// Reader reads a history line by line.
type Reader struct {
	Header Header
	r      *bufio.Reader
	line   int
	long   []byte // a line that does not fit the buffer
	scan   scanner
	last   int64
}

// NewReader reads the header of a history. Its errors, and those of Next, are
// *HistoryError, or those of r.
func NewReader(r io.Reader) (*Reader, error) {
	hr := &Reader{r: bufio.NewReaderSize(r, 1<<16), scan: scanner{names: map[string]string{}}}
	line, err := hr.next()
	if err == io.EOF {
		return nil, &HistoryError{Line: 1, Text: "the file is empty; expected a header: " + anyHeader}
	}
	if err != nil {
		return nil, err
	}
	if hr.Header, err = hr.scan.header(line); err != nil {
		return nil, hr.placed(err)
	}
	hr.scan.version = hr.Header.Version
	return hr, nil
}

// Next reads the next event into e. After the last one it gives io.EOF. The
// slices of e are new each time.
func (r *Reader) Next(e *Event) error {
	line, err := r.next()
	if err != nil {
		return err
	}
	if err := r.scan.event(line, e); err != nil {
		return r.placed(err)
	}
	if e.At < r.last {
		return r.placed(r.scan.fail(r.scan.at[0], "time goes back: "+itoa(e.At)+" µs, after "+itoa(r.last)+
			" on a line before; expected lines in the order of us (read the clock under the lock that writes the line)"))
	}
	r.last = e.At
	return nil
}

// ReadHistory reads a history and gives each event to each. The event is used
// again for the next line; its slices are not. It stops at the first error,
// its own or one that each gives.
func ReadHistory(r io.Reader, each func(*Event) error) error {
	hr, err := NewReader(r)
	if err != nil {
		return err
	}
	var e Event
	for {
		switch err := hr.Next(&e); err {
		case nil:
			if err := each(&e); err != nil {
				return err
			}
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// next gives the next line without its end; it holds until the next call.
func (r *Reader) next() ([]byte, error) {
	r.line++
	line, err := r.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		r.long = append(r.long[:0], line...)
		for err == bufio.ErrBufferFull {
			line, err = r.r.ReadSlice('\n')
			r.long = append(r.long, line...)
		}
		line = r.long
	}
	switch {
	case err == io.EOF && len(line) > 0:
		r.scan.cut = true // the last line has no end: it may be cut off
	case err != nil:
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// placed gives an error its line.
func (r *Reader) placed(err error) error {
	var at *columnError
	if !errors.As(err, &at) {
		return &HistoryError{Line: r.line, Text: err.Error()}
	}
	if at.end && r.scan.cut {
		return &HistoryError{r.line, at.column, "the last line is cut off: " + at.text, true}
	}
	return &HistoryError{r.line, at.column, at.text, false}
}
