package sim

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// LogVersion is the format that this release writes. It reads this one and
// all before it.
const LogVersion = 1

// Follow says how a log's lines bind a replay.
type Follow string

const (
	// Exactly: the lines are all that happens.
	Exactly Follow = "exactly"
	// Timed: the lines are what the environment does; each happens at its
	// time, and between them the earliest action goes next, with luck by seed.
	Timed Follow = "timed"
	// Then: the lines happen one after the other, those that no longer fit
	// are passed over; after them the earliest action goes next.
	Then Follow = "then"
)

// Entry is one line of a log: an action, when it happened, how many had
// happened at that very time, and the values drawn for it.
type Entry struct {
	At     Time
	Ord    int
	Action Action
	Draws  []Draw
	Line   int // where it was read; 0 when it was not
}

// Meta is a named line of a log's header that the engine does not read itself.
type Meta struct{ Key, Value string }

// Log is the artefact of a run: a text file that says what was decided.
type Log struct {
	Seed    uint64
	Follow  Follow
	Names   Names
	Meta    []Meta
	Entries []Entry
	Hash    uint64 // of the trace; 0 when not known
	Steps   uint64
}

// Get is the value of a header line, empty when there is none.
func (l *Log) Get(key string) string {
	for _, m := range l.Meta {
		if m.Key == key {
			return m.Value
		}
	}
	return ""
}

// Set adds or replaces a header line. A value holds no line break.
func (l *Log) Set(key, value string) {
	for i := range l.Meta {
		if l.Meta[i].Key == key {
			l.Meta[i].Value = value
			return
		}
	}
	l.Meta = append(l.Meta, Meta{key, value})
}

// WriteTo writes the log as text.
func (l *Log) WriteTo(out io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "groundhog-log %d\nseed %#x\nfollow %s\n", LogVersion, l.Seed, l.Follow)
	fmt.Fprintf(&b, "nodes %s\nlanes %s\n", strings.Join(l.Names.Nodes, " "), strings.Join(l.Names.Lanes, " "))
	for _, m := range l.Meta {
		fmt.Fprintf(&b, "%s %s\n", m.Key, m.Value)
	}
	b.WriteString("---\n")
	for i := range l.Entries {
		b.WriteString(l.line(&l.Entries[i]))
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "end %d %#x\n", l.Steps, l.Hash)
	n, err := io.WriteString(out, b.String())
	return int64(n), err
}

// line is one entry as text: "1.204s+2 crash m1 ; latency=812".
func (l *Log) line(e *Entry) string {
	s := e.At.String()
	if e.Ord > 0 && l.Follow == Timed {
		s += "+" + strconv.Itoa(e.Ord)
	}
	s += " " + l.Names.Print(e.Action)
	for i, d := range e.Draws {
		if i == 0 {
			s += " ;"
		}
		s += fmt.Sprintf(" %s=%d", d.Purpose, d.Value)
	}
	return s
}

// LogError is what is wrong with a log's text, and where.
type LogError struct {
	Line int
	Text string
	Want string
}

func (e *LogError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Want)
	}
	return fmt.Sprintf("line %d: %q: %s", e.Line, e.Text, e.Want)
}

// ReadLog reads what WriteTo writes. Comments begin with #; blank lines count
// for nothing. The error is a *LogError, or what the reader says.
func ReadLog(in io.Reader) (*Log, error) {
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 0, 64<<10), 16<<20)
	r := logReader{log: &Log{}}
	for sc.Scan() {
		r.line++
		text := strings.TrimSpace(sc.Text())
		if r.line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if text == "" || text[0] == '#' {
			continue
		}
		if err := r.read(text); err != nil {
			return nil, err
		}
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if !r.ended {
		return nil, &LogError{Line: r.line + 1, Want: "the file ends here, but its last line must be: end STEPS HASH (is it cut short?)"}
	}
	return r.log, nil
}

type logReader struct {
	log    *Log
	line   int
	inBody bool
	ended  bool
	begun  bool
}

func (r *logReader) bad(text, want string) error { return &LogError{r.line, text, want} }

func (r *logReader) read(text string) error {
	switch {
	case !r.begun:
		return r.first(text)
	case r.ended:
		return r.bad(text, "nothing may follow the end line")
	case text == "---" && !r.inBody:
		r.inBody = true
		return r.headerDone()
	case r.inBody:
		return r.body(text)
	}
	return r.header(text)
}

func (r *logReader) first(text string) error {
	word, version, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(version)
	if word != "groundhog-log" || err != nil || n < 1 {
		return r.bad(text, "a decision log begins with: groundhog-log 1")
	}
	if n > LogVersion {
		return r.bad(text, fmt.Sprintf("written by a newer groundhog; this one reads up to version %d", LogVersion))
	}
	r.begun = true
	return nil
}

func (r *logReader) header(text string) error {
	key, value, _ := strings.Cut(text, " ")
	switch key {
	case "seed":
		n, err := strconv.ParseUint(value, 0, 64)
		if err != nil {
			return r.bad(text, "want a number, as in: seed 0x9f3c21")
		}
		r.log.Seed = n
	case "follow":
		r.log.Follow = Follow(value)
		if f := r.log.Follow; f != Exactly && f != Timed && f != Then {
			return r.bad(text, "want follow exactly, timed or then")
		}
	case "nodes":
		r.log.Names.Nodes = strings.Fields(value)
	case "lanes":
		r.log.Names.Lanes = strings.Fields(value)
	default:
		r.log.Meta = append(r.log.Meta, Meta{key, value})
	}
	return nil
}

func (r *logReader) headerDone() error {
	if r.log.Follow == "" {
		return r.bad("---", "the header lacks a line: follow exactly, timed or then")
	}
	if len(r.log.Names.Nodes) == 0 {
		return r.bad("---", "the header lacks a line: nodes NAME…")
	}
	return nil
}

func (r *logReader) body(text string) error {
	if rest, ok := strings.CutPrefix(text, "end "); ok {
		if _, err := fmt.Sscanf(rest, "%d 0x%x", &r.log.Steps, &r.log.Hash); err != nil {
			return r.bad(text, "want: end STEPS HASH")
		}
		r.ended = true
		return nil
	}
	e, err := r.entry(text)
	if err != nil {
		return r.bad(text, err.Error())
	}
	r.log.Entries = append(r.log.Entries, e)
	return nil
}

func (r *logReader) entry(text string) (e Entry, err error) {
	e.Line = r.line
	when, rest, ok := strings.Cut(text, " ")
	if !ok {
		return e, fmt.Errorf("want: TIME ACTION, as in: 1.204s crash m1")
	}
	when, ord, hasOrd := strings.Cut(when, "+")
	if e.At, err = ParseTime(when); err != nil {
		return e, err
	}
	if hasOrd {
		if e.Ord, err = strconv.Atoi(ord); err != nil {
			return e, fmt.Errorf("want a count after the +, as in: 1.204s+2")
		}
	}
	action, draws, hasDraws := strings.Cut(rest, " ;")
	if e.Action, err = r.log.Names.Parse(action); err != nil {
		return e, err
	}
	if hasDraws {
		e.Draws, err = parseDraws(draws)
	}
	return e, err
}

func parseDraws(s string) ([]Draw, error) {
	var ds []Draw
	for _, f := range strings.Fields(s) {
		purpose, value, _ := strings.Cut(f, "=")
		v, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("draw %q: want purpose=number", f)
		}
		ds = append(ds, Draw{purpose, v})
	}
	return ds, nil
}
