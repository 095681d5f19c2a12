package checkpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A file of a checkpoint is text: a line with the magic word, the version, the
// kind of file, and a Header in JSON; a body; and a line with the sum of all
// that stands before it.
//
//	groundhog-checkpoint 1 state {"job":"orders","checkpoint":7,"task":"operator-0"}
//	{"group":3,"text":"a=1 b=7"}
//	sum 9f3c51d2a7e0b846
const (
	magic         = "groundhog-checkpoint"
	formatVersion = 1
	sumWord       = "sum "
	sumLine       = len(sumWord) + 16 + len("\n")
)

// Kinds of files.
const (
	stateFile    = "state"
	metadataFile = "metadata"
)

// Header says what a file of a checkpoint is.
type Header struct {
	Kind       string `json:"-"` // state, metadata
	Job        string `json:"job"`
	Checkpoint int64  `json:"checkpoint"`
	Task       string `json:"task,omitempty"` // of state
}

// FormatError is what keeps a file of a checkpoint from being used, where in
// it, and what to do.
type FormatError struct{ File, Place, Why, Remedy string }

func (e *FormatError) Error() string {
	if e.Place == "" {
		return fmt.Sprintf("%s: %s; %s", e.File, e.Why, e.Remedy)
	}
	return fmt.Sprintf("%s, %s: %s; %s", e.File, e.Place, e.Why, e.Remedy)
}

// What to do about a file.
const (
	remedyOther   = "go on from another checkpoint or savepoint"
	remedyVersion = "go on from it with the release that wrote it, and take a savepoint there"
	remedyJob     = "go on under the job's name, or from a checkpoint of this job"
)

// EncodeFile makes a file of a body, whose last line must have an end.
func EncodeFile(h Header, body []byte) []byte {
	head, err := json.Marshal(h)
	if err != nil { // strings and a number always have a form
		head = []byte("{}")
	}
	buf := make([]byte, 0, len(magic)+len(head)+len(body)+64)
	buf = fmt.Appendf(buf, "%s %d %s %s\n", magic, formatVersion, h.Kind, head)
	buf = append(buf, body...)
	return fmt.Appendf(buf, "%s%s\n", sumWord, sumOf(buf))
}

// DecodeFile takes a file apart, and refuses one that is not whole. name is
// what errors call it.
func DecodeFile(name string, data []byte) (Header, []byte, error) {
	fault := func(place, remedy, format string, args ...any) (Header, []byte, error) {
		return Header{}, nil, &FormatError{name, place, fmt.Sprintf(format, args...), remedy}
	}
	if !bytes.HasPrefix(data, []byte(magic+" ")) {
		return fault("line 1", remedyOther, "it does not begin with %q: it is no file of a checkpoint, or the beginning is lost", magic)
	}
	line, body, found := bytes.Cut(data, []byte("\n"))
	words := strings.SplitN(string(line), " ", 4)
	if version, err := strconv.Atoi(words[1]); err == nil && version != formatVersion && len(words) == 4 {
		return fault("line 1", remedyVersion, "it has version %d of the format; this release reads %d", version, formatVersion)
	}
	if !found || len(body) < sumLine {
		return fault("end", remedyOther, "it stops after %d bytes: it was not written to its end", len(data))
	}
	last := body[len(body)-sumLine:]
	body = body[:len(body)-sumLine]
	lines := 2 + bytes.Count(body, []byte("\n"))
	if len(body) > 0 && body[len(body)-1] != '\n' || !bytes.HasPrefix(last, []byte(sumWord)) || last[sumLine-1] != '\n' {
		return fault("end", remedyOther, "its last line is not its sum: it was not written to its end")
	}
	want := sumOf(data[:len(data)-sumLine]).String()
	if got := string(last[len(sumWord) : sumLine-1]); got != want {
		return fault(fmt.Sprintf("line %d", lines), remedyOther, "the sum written there is %q, that of its bytes is %s: some have changed", got, want)
	}
	var h Header
	if len(words) != 4 || words[1] != strconv.Itoa(formatVersion) {
		return fault("line 1", remedyOther, "%q is not: %s VERSION KIND HEADER", line, magic)
	}
	if err := strictly([]byte(words[3]), &h); err != nil {
		return fault("line 1", remedyOther, "header: %v", err)
	}
	h.Kind = words[2]
	return h, body, nil
}

// expect tells how a file's header differs from what is looked for.
func (h Header) expect(name string, want Header) error {
	differs := func(what string, got, want any, remedy string) error {
		return &FormatError{name, "line 1", fmt.Sprintf("its %s is %v; %v was looked for", what, got, want), remedy}
	}
	switch {
	case h.Kind != want.Kind:
		return differs("kind", h.Kind, want.Kind, remedyOther)
	case h.Job != want.Job:
		return differs("job", strconv.Quote(h.Job), strconv.Quote(want.Job), remedyJob)
	case h.Checkpoint != want.Checkpoint:
		return differs("checkpoint", h.Checkpoint, want.Checkpoint, remedyOther)
	case h.Task != want.Task:
		return differs("task", strconv.Quote(h.Task), strconv.Quote(want.Task), remedyOther)
	}
	return nil
}

// strictly reads JSON that has no fields but those of v, and nothing behind it.
func strictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if rest := bytes.TrimSpace(data[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("%d bytes more than one value", len(rest))
	}
	return nil
}

// dirOf is the directory of a job's checkpoints. Names of jobs may hold
// anything; what is not plain in a path is written as %XX.
func dirOf(job string) string {
	var b strings.Builder
	for i := range len(job) {
		switch c := job[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// statePath is where a task's state is that is written for a checkpoint; what
// later checkpoints may refer to is in a directory of its own, as in Flink.
func statePath(job string, id int64, task string, shared bool) string {
	if shared {
		return fmt.Sprintf("%s/shared/%s-chk-%d", dirOf(job), task, id)
	}
	return fmt.Sprintf("%s/chk-%d/%s", dirOf(job), id, task)
}

func metadataPath(job string, id int64) string {
	return fmt.Sprintf("%s/chk-%d/_metadata", dirOf(job), id)
}
