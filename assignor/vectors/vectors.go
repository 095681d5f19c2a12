// Package vectors runs the assignors against golden vectors: what Apache
// Kafka's own classes answered to given groups. A file of vectors has one JSON
// object a line, and may be compressed with gzip. docs/assignors.md tells what
// stands in the objects.
package vectors

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Report is what came of a file.
type Report struct {
	File       string     `json:"file"`
	Rounds     int        `json:"rounds"`
	Mismatches []Mismatch `json:"mismatches"`
}

// Mismatch is one member that did not get what Kafka gives it, or one key that
// did not go where Kafka puts it.
type Mismatch struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Assignor  string `json:"assignor"`
	Case      string `json:"case"`
	Round     int    `json:"round"` // the first is 1
	Member    string `json:"member,omitempty"`
	Partition string `json:"partition"` // the first that differs
	Expected  string `json:"expected"`
	Got       string `json:"got"`
}

func (m Mismatch) String() string {
	who := ""
	if m.Member != "" {
		who = fmt.Sprintf(", member %s", m.Member)
	}
	return fmt.Sprintf("%s:%d: %s, case %s, round %d%s, partition %s: expected %s, got %s",
		m.File, m.Line, m.Assignor, m.Case, m.Round, who, m.Partition, m.Expected, m.Got)
}

// Error is a file that cannot be read as vectors, and where.
type Error struct {
	File string
	Line int // 0: not in a line
	Err  error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Check runs the assignors against all vectors that r holds. The name is for
// what it reports. It stops at the first line that is malformed, with an
// *Error.
func Check(name string, r io.Reader) (Report, error) {
	report := Report{File: name, Mismatches: []Mismatch{}}
	lines, err := unpacked(r)
	if err != nil {
		return report, &Error{File: name, Err: err}
	}
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return report, &Error{name, n, fmt.Errorf("%w; is the file cut short?", err)}
		}
		last := err != nil
		if len(bytes.TrimSpace(line)) > 0 {
			rounds, mismatches, err := checkLine(line)
			if err != nil {
				return report, &Error{name, n, err}
			}
			report.Rounds += rounds
			for _, m := range mismatches {
				m.File, m.Line = name, n
				report.Mismatches = append(report.Mismatches, m)
			}
		}
		if last {
			break
		}
	}
	if report.Rounds == 0 {
		return report, &Error{File: name, Err: errors.New("holds no vectors")}
	}
	return report, nil
}

// unpacked sees through gzip, which it knows by how it begins.
func unpacked(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReader(r)
	if magic, err := b.Peek(2); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	return bufio.NewReader(z), nil
}
