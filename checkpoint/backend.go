package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// BackendKind is how tasks' state gets into checkpoints.
type BackendKind string

// The state backends.
const (
	// Memory hands state to the JobManager, on whose heap it stays, and with
	// which it is gone (JobManagerCheckpointStorage).
	Memory BackendKind = "memory"
	// FileSystem writes all of a task's state to one file
	// (FileSystemCheckpointStorage).
	FileSystem BackendKind = "filesystem"
	// Incremental writes the key groups that have changed and refers to the
	// files of earlier checkpoints for the others
	// (EmbeddedRocksDBStateBackend with state.backend.incremental).
	Incremental BackendKind = "incremental"
)

// MaxMemoryState is what a task's state may have in bytes with Memory
// (JobManagerCheckpointStorage.DEFAULT_MAX_STATE_SIZE).
const MaxMemoryState = 5 << 20

// Backend is a job's state backend, with where its checkpoints are kept.
type Backend struct {
	Kind     BackendKind // FileSystem
	MaxState int         // of a task, in bytes, with Memory; MaxMemoryState
}

// GroupState is a key group's state. State that has no keys is in group 0.
type GroupState struct {
	Group int
	Data  []byte
}

func (b Backend) check() error {
	switch {
	case b.Kind != "" && b.Kind != Memory && b.Kind != FileSystem && b.Kind != Incremental:
		return &ConfigError{"Backend.Kind", fmt.Sprintf("%q is none; there are %s, %s and %s", b.Kind, Memory, FileSystem, Incremental)}
	case b.MaxState < 0:
		return &ConfigError{"Backend.MaxState", "a size cannot be negative"}
	case b.MaxState > 0 && b.Kind != Memory:
		return &ConfigError{"Backend.MaxState", fmt.Sprintf("only %s has a limit", Memory)}
	}
	return nil
}

// store plans how a task's snapshot for checkpoint id is written: it is durable
// when all writes are. known holds what the checkpoints before it wrote, for
// Incremental; without, as for savepoints, all is written anew. State is in
// ascending order of groups; those without data are left out. Ask admit before.
func (b Backend) store(job string, id int64, task string, subtask int, state []GroupState, known *Uploads) (Handle, []*Write) {
	h := Handle{Task: task, Subtask: subtask, ID: id}
	state = withData(state)
	if b.Kind == Incremental && known != nil {
		return h, known.store(&h, job, state)
	}
	if len(state) == 0 {
		return h, nil
	}
	data := encodeState(Header{stateFile, job, id, task}, state)
	if b.Kind == Memory {
		h.Inline = data
		return h, nil
	}
	f, w := newFile(statePath(job, id, task, false), id, data)
	h.Files = []File{f}
	return h, []*Write{w}
}

// admit tells why a task's snapshot cannot be part of a checkpoint: with Memory it
// may be too large (MemCheckpointStreamFactory.checkSize). The task declines.
func (b Backend) admit(id int64, task string, state []GroupState) error {
	size := 0
	for i := range state {
		size += len(state[i].Data)
	}
	if limit := cmp.Or(b.MaxState, MaxMemoryState); b.Kind == Memory && size > limit {
		return fmt.Errorf("state of %s in checkpoint %d has %d bytes, and backend %s takes %d at most; raise Backend.MaxState or take backend %s",
			task, id, size, Memory, limit, FileSystem)
	}
	return nil
}

func newFile(path string, id int64, data []byte) (File, *Write) {
	return File{Path: path, Size: len(data), Sum: sumOf(data), ID: id}, &Write{Path: path, Data: data}
}

func withData(state []GroupState) []GroupState {
	kept := make([]GroupState, 0, len(state))
	for _, s := range state {
		if len(s.Data) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

// groupLine is a key group in a file: as text where it is some, so that people
// can read it.
type groupLine struct {
	Group  int     `json:"group"`
	Text   *string `json:"text,omitempty"`
	Base64 []byte  `json:"base64,omitempty"`
}

func encodeState(h Header, state []GroupState) []byte {
	var body bytes.Buffer
	lines := json.NewEncoder(&body)
	lines.SetEscapeHTML(false)
	for _, s := range state {
		l := groupLine{Group: s.Group, Base64: s.Data}
		if isText(s.Data) {
			text := string(s.Data)
			l.Text, l.Base64 = &text, nil
		}
		if lines.Encode(&l) != nil { // a number and text always have a form
			continue
		}
	}
	return EncodeFile(h, body.Bytes())
}

// isText tells whether people can read it.
func isText(data []byte) bool {
	for _, c := range data {
		if c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return utf8.Valid(data)
}

// decodeState gives the key groups of a file that are asked for, nil for all.
func decodeState(name string, data []byte, want Header, groups []int) ([]GroupState, error) {
	h, body, err := DecodeFile(name, data)
	if err != nil {
		return nil, err
	}
	if err := h.expect(name, want); err != nil {
		return nil, err
	}
	all, err := decodeGroups(name, body)
	if err != nil || groups == nil {
		return all, err
	}
	var picked []GroupState
	for _, s := range all {
		if len(groups) > 0 && groups[0] == s.Group {
			picked, groups = append(picked, s), groups[1:]
		}
	}
	if len(groups) > 0 {
		return nil, &FormatError{name, "", fmt.Sprintf("it has no key group %d", groups[0]), remedyOther}
	}
	return picked, nil
}

func decodeGroups(name string, body []byte) ([]GroupState, error) {
	var state []GroupState
	for n := 2; len(body) > 0; n++ {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		body = rest
		var l groupLine
		err := strictly(line, &l)
		switch {
		case err != nil:
		case (l.Text == nil) == (l.Base64 == nil):
			err = errors.New("want either text or base64")
		case l.Group < 0 || len(state) > 0 && l.Group <= state[len(state)-1].Group:
			err = fmt.Errorf("key group %d is out of order", l.Group)
		}
		if err != nil {
			return nil, &FormatError{name, fmt.Sprintf("line %d", n), err.Error(), remedyOther}
		}
		if l.Text != nil {
			l.Base64 = []byte(*l.Text)
		}
		state = append(state, GroupState{l.Group, l.Base64})
	}
	return state, nil
}
