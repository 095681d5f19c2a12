// Package records reads files of records, one a line, as kafka-console-producer
// takes them with parse.key=true: a key, a separator, a value.
package records

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Record is a key and a value.
type Record struct{ Key, Value string }

// Comments says what becomes of comments: lines that begin with # or //.
type Comments string

// What becomes of comments. kafka-console-producer knows none: it takes one with
// a separator in it for a record, and stops at one without (LineMessageReader).
const (
	Reject Comments = ""     // a comment is an error
	Skip   Comments = "skip" // comments are left out, and told by line
)

// Format is how a file is written.
type Format struct {
	Separator string // ":"; it ends the key at its first place in the line: values may have it, too
	Comments  Comments
	JSON      bool // every value must be JSON
}

// Error is what is wrong with a line.
type Error struct {
	Line   int // from 1 on
	Column int // in bytes, from 1 on
	Want   string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Want)
}

// Read reads all records, and the numbers of the lines that were left out. An
// error about a line is an *Error.
func Read(from io.Reader, f Format) (records []Record, skipped []int, err error) {
	if f.Comments != Reject && f.Comments != Skip {
		return nil, nil, fmt.Errorf("comments: %q is unknown; leave it away to have them rejected, or take %q", f.Comments, Skip)
	}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longest)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Text()
		if comment(line) {
			if f.Comments == Reject {
				return nil, nil, &Error{n, 1, "this is a comment, which is no record; take it out, or set comments to skip"}
			}
			skipped = append(skipped, n)
			continue
		}
		r, at, want := f.parse(line)
		if want != "" {
			return nil, nil, &Error{n, at, want}
		}
		records = append(records, r)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, nil, &Error{n + 1, 1, fmt.Sprintf("the line is longer than %d bytes, which is more than a broker takes by default; split the value", longest)}
	}
	return records, skipped, lines.Err()
}

// longest is how many bytes a line may have: message.max.bytes.
const longest = 1048588

func comment(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//")
}

// parse splits a line; want tells what is wrong with it at column at.
func (f Format) parse(line string) (r Record, at int, want string) {
	sep := f.Separator
	if sep == "" {
		sep = ":"
	}
	key, value, ok := strings.Cut(line, sep)
	switch {
	case !ok:
		return r, 1, fmt.Sprintf("there is no %q between a key and a value", sep)
	case key == "":
		return r, 1, fmt.Sprintf("there is no key before the %q", sep)
	}
	if f.JSON {
		var any json.RawMessage
		if err := json.Unmarshal([]byte(value), &any); err != nil {
			return r, len(key) + len(sep) + offset(err), fmt.Sprintf("the value is no JSON: %v", err)
		}
	}
	return Record{key, value}, 0, ""
}

// offset is where in a value its JSON ends to be such, from 1 on.
func offset(err error) int {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return max(int(e.Offset), 1)
	}
	return 1
}
