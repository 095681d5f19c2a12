package checkpoint

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/sim"
)

// Handle says where a task's part of a checkpoint is: inline, as the memory
// backend keeps it, or in files of the storage. A task without state has
// neither.
type Handle struct {
	Task    string // source-0, operator-1, sink-1
	Subtask int
	ID      int64  // the checkpoint that it is a part of
	Inline  []byte `json:",omitempty"`
	Files   []File `json:",omitempty"`
}

// File is one file of a Handle, or those key groups of it that still count.
type File struct {
	Path   string
	Size   int
	Sum    Sum   // of its bytes
	ID     int64 // the checkpoint that it was written for: its Handle's, or an earlier one
	Groups []int `json:",omitempty"` // which are taken from it, ascending; none: all
	Of     int   `json:",omitempty"` // how many it was written with, where Groups says which
}

// Sum is a fingerprint of bytes, in text as 16 hexadecimal digits.
type Sum uint64

func sumOf(b []byte) Sum { return Sum(sim.HashBytes(b)) }

func (s Sum) String() string { return fmt.Sprintf("%016x", uint64(s)) }

// MarshalText implements encoding.TextMarshaler.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it takes what MarshalText
// gives, and nothing else.
func (s *Sum) UnmarshalText(text []byte) error {
	var n uint64
	if _, err := fmt.Sscanf(string(text), "%016x", &n); err != nil || Sum(n).String() != string(text) {
		return fmt.Errorf("sum %q: want 16 hexadecimal digits", text)
	}
	*s = Sum(n)
	return nil
}

// Paths are the files that must be read to load it.
func (h *Handle) Paths() []string {
	paths := make([]string, len(h.Files))
	for i := range h.Files {
		paths[i] = h.Files[i].Path
	}
	return paths
}

// Volume is how much a snapshot wrote, and how much it refers to that earlier
// ones had written.
type Volume struct {
	Files, Bytes             int
	SharedFiles, SharedBytes int
	InlineBytes              int
}

// Volume counts what the handle names.
func (h *Handle) Volume() Volume {
	v := Volume{InlineBytes: len(h.Inline)}
	for i := range h.Files {
		if f := &h.Files[i]; f.ID == h.ID {
			v.Files++
			v.Bytes += f.Size
		} else {
			v.SharedFiles++
			v.SharedBytes += f.Size
		}
	}
	return v
}

// Add sums volumes.
func (v Volume) Add(o Volume) Volume {
	return Volume{v.Files + o.Files, v.Bytes + o.Bytes, v.SharedFiles + o.SharedFiles, v.SharedBytes + o.SharedBytes, v.InlineBytes + o.InlineBytes}
}

// load takes a task's state out of its handle and the files that Paths named,
// in ascending order of key groups. It verifies that they are whole, and those
// of this job, checkpoint and task.
func load(h *Handle, job string, id int64, files map[string][]byte) ([]GroupState, error) {
	place := fmt.Sprintf("state of %s in checkpoint %d", h.Task, id)
	if h.ID != id {
		return nil, &FormatError{place, "handle", fmt.Sprintf("it is of checkpoint %d", h.ID), remedyOther}
	}
	if len(h.Inline) > 0 {
		return decodeState(place, h.Inline, Header{Kind: stateFile, Job: job, Checkpoint: id, Task: h.Task}, nil)
	}
	var state []GroupState
	for i := range h.Files {
		f := &h.Files[i]
		data, there := files[f.Path]
		switch {
		case !there:
			return nil, &FormatError{f.Path, "", "there is no such file", remedyOther}
		case f.ID > id:
			return nil, &FormatError{f.Path, "", fmt.Sprintf("it was written for checkpoint %d, after %d", f.ID, id), remedyOther}
		case len(data) != f.Size:
			return nil, &FormatError{f.Path, "", fmt.Sprintf("it has %d bytes; %d were written", len(data), f.Size), remedyOther}
		case sumOf(data) != f.Sum:
			return nil, &FormatError{f.Path, "", fmt.Sprintf("its sum is %s; of what was written it was %s", sumOf(data), f.Sum), remedyOther}
		}
		part, err := decodeState(f.Path, data, Header{Kind: stateFile, Job: job, Checkpoint: f.ID, Task: h.Task}, f.Groups)
		if err != nil {
			return nil, err
		}
		state = append(state, part...)
	}
	slices.SortFunc(state, func(a, b GroupState) int { return a.Group - b.Group })
	for i := 1; i < len(state); i++ {
		if state[i].Group == state[i-1].Group {
			return nil, &FormatError{place, "handle", fmt.Sprintf("key group %d stands in two files", state[i].Group), remedyOther}
		}
	}
	return state, nil
}
