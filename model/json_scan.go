package model

import (
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the lines of a history: JSON objects of the one shape that
// the schema has. It is strict, and knows the column of each fault.
type scanner struct {
	b     []byte
	i     int
	text  []byte            // of a string with escapes
	names map[string]string // strings seen before, so that they need no memory
	cut   bool              // the line has no end

	// Where in the line fields and the first faulty partitions stand; -1: none.
	at            [len(fieldNames)]int
	bare, noTopic int // without an offset; with an empty topic

	version int // of the history; 0 where none was said
}

// namesKept bounds the strings that a scanner remembers.
const namesKept = 1 << 14

// columnError is a fault at a column. end says that it is the line's end.
type columnError struct {
	column int
	end    bool
	text   string
}

func (e *columnError) Error() string { return e.text }

func (s *scanner) fail(at int, text string) error {
	return &columnError{at + 1, at >= len(s.b), text}
}

// found describes what stands where something else was expected.
func (s *scanner) found() string {
	if s.i >= len(s.b) {
		return "the end of the line"
	}
	r, _ := utf8.DecodeRune(s.b[s.i:])
	return strconv.QuoteRune(r)
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t') {
		s.i++
	}
}

// take reads the character c.
func (s *scanner) take(c byte) error {
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != c {
		return s.fail(s.i, "expected '"+string(c)+"', found "+s.found())
	}
	s.i++
	return nil
}

// list reads what open and close enclose, item by item.
func (s *scanner) list(open, close byte, item func() error) error {
	if err := s.take(open); err != nil {
		return err
	}
	if s.space(); s.i < len(s.b) && s.b[s.i] == close {
		s.i++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		s.space()
		if s.i < len(s.b) && s.b[s.i] == ',' {
			s.i++
			continue
		}
		if s.i < len(s.b) && s.b[s.i] == close {
			s.i++
			return nil
		}
		return s.fail(s.i, "expected ',' or '"+string(close)+"', found "+s.found())
	}
}

// object reads an object; value is called for each field with the place where
// its name begins.
func (s *scanner) object(value func(name string, at int) error) error {
	return s.list('{', '}', func() error {
		s.space()
		at := s.i
		name, err := s.string()
		if err != nil {
			return err
		}
		if err := s.take(':'); err != nil {
			return err
		}
		return value(name, at)
	})
}

// whole reads a line that is one object.
func (s *scanner) whole(line []byte, value func(name string, at int) error) error {
	s.b, s.i = line, 0
	if err := s.object(value); err != nil {
		return err
	}
	if s.space(); s.i < len(s.b) {
		return s.fail(s.i, "expected the end of the line after the object, found "+s.found())
	}
	return nil
}

func (s *scanner) int32() (int32, error) {
	n, err := s.integer(math.MaxInt32)
	return int32(n), err
}

func (s *scanner) natural() (int64, error) {
	s.space()
	at := s.i
	n, err := s.integer(math.MaxInt64)
	if err == nil && n < 0 {
		err = s.fail(at, "expected a number not below 0, found "+itoa(n))
	}
	return n, err
}

// integer reads an integer between -most-1 and most.
func (s *scanner) integer(most int64) (int64, error) {
	s.space()
	at := s.i
	if s.i < len(s.b) && s.b[s.i] == '-' {
		s.i++
	}
	first := s.i
	for s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9' {
		s.i++
	}
	digits := s.b[first:s.i]
	switch {
	case len(digits) == 0:
		return 0, s.fail(s.i, "expected an integer, found "+s.found())
	case len(digits) > 1 && digits[0] == '0':
		return 0, s.fail(first, "expected an integer without leading zeros")
	case s.i < len(s.b) && (s.b[s.i] == '.' || s.b[s.i] == 'e' || s.b[s.i] == 'E'):
		return 0, s.fail(s.i, "expected an integer, found a fraction or an exponent")
	}
	n, err := strconv.ParseInt(string(s.b[at:s.i]), 10, 64)
	if err != nil || n > most || n < -most-1 {
		return 0, s.fail(at, "the number "+string(s.b[at:s.i])+" is out of range")
	}
	return n, nil
}

func (s *scanner) boolean() (bool, error) {
	s.space()
	for _, word := range []string{"true", "false"} {
		if end := s.i + len(word); end <= len(s.b) && string(s.b[s.i:end]) == word {
			s.i = end
			return word == "true", nil
		}
	}
	return false, s.fail(s.i, "expected true or false, found "+s.found())
}

// string reads a string.
func (s *scanner) string() (string, error) {
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return "", s.fail(s.i, "expected a string, found "+s.found())
	}
	s.i++
	first := s.i
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.name(s.b[first : s.i-1]), nil
		case c == '\\':
			return s.escaped(first)
		case c < 0x20:
			return "", s.fail(s.i, "a control character in a string; write it as an escape")
		case c < utf8.RuneSelf:
			s.i++
		default:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && n == 1 {
				return "", s.fail(s.i, "a string that is not UTF-8")
			}
			s.i += n
		}
	}
	return "", s.fail(s.i, "the line ends inside a string")
}

// name gives b as a string, one that it has already if it can.
func (s *scanner) name(b []byte) string {
	if known, ok := s.names[string(b)]; ok {
		return known
	}
	text := string(b)
	if len(s.names) < namesKept {
		s.names[text] = text
	}
	return text
}

// escaped goes on with a string that has escapes.
func (s *scanner) escaped(first int) (string, error) {
	s.text = append(s.text[:0], s.b[first:s.i]...)
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.name(s.text), nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return "", err
			}
		case c < 0x20:
			return "", s.fail(s.i, "a control character in a string; write it as an escape")
		default:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && n == 1 {
				return "", s.fail(s.i, "a string that is not UTF-8")
			}
			s.text = append(s.text, s.b[s.i:s.i+n]...)
			s.i += n
		}
	}
	return "", s.fail(s.i, "the line ends inside a string")
}

const (
	escapes = `"\/bfnrt`
	escaped = "\"\\/\b\f\n\r\t"
)

func (s *scanner) escape() error {
	at := s.i
	if s.i++; s.i >= len(s.b) {
		return s.fail(s.i, "the line ends inside a string")
	}
	c := s.b[s.i]
	for i := range escapes {
		if escapes[i] == c {
			s.i++
			s.text = append(s.text, escaped[i])
			return nil
		}
	}
	if c != 'u' {
		return s.fail(at, `unknown escape \`+string(rune(c)))
	}
	s.i++
	r, err := s.hex()
	if err == nil && utf16.IsSurrogate(r) {
		if s.i+1 >= len(s.b) || s.b[s.i] != '\\' || s.b[s.i+1] != 'u' {
			return s.fail(at, "half a surrogate pair")
		}
		s.i += 2
		var low rune
		low, err = s.hex()
		if r = utf16.DecodeRune(r, low); err == nil && r == utf8.RuneError {
			return s.fail(at, "half a surrogate pair")
		}
	}
	if err != nil {
		return err
	}
	s.text = utf8.AppendRune(s.text, r)
	return nil
}

// hex reads four hexadecimal digits.
func (s *scanner) hex() (rune, error) {
	if s.i+4 > len(s.b) {
		return 0, s.fail(len(s.b), "the line ends inside a string")
	}
	n, err := strconv.ParseUint(string(s.b[s.i:s.i+4]), 16, 16)
	if err != nil {
		return 0, s.fail(s.i, "expected four hexadecimal digits")
	}
	s.i += 4
	return rune(n), nil
}

func quote(s string) string { return strconv.Quote(s) }
