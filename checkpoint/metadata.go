package checkpoint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Metadata is what a completed checkpoint consists of: the last file that is
// written of it, and the one by which it can be found.
type Metadata struct {
	Job            string
	ID             int64
	Savepoint      bool // a user's: it is never deleted
	Parallelism    int
	MaxParallelism int
	Topics         []string
	Handles        []Handle // one for each task, by name
	Enumerator     EnumeratorState
}

func (m *Metadata) encode() []byte {
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil { // plain data always has a form
		body = []byte("{}")
	}
	return EncodeFile(Header{Kind: metadataFile, Job: m.Job, Checkpoint: m.ID}, append(body, '\n'))
}

// ReadMetadata reads a checkpoint's metadata file. path is what errors call it.
func ReadMetadata(path string, data []byte) (*Metadata, error) {
	h, body, err := DecodeFile(path, data)
	if err != nil {
		return nil, err
	}
	m := &Metadata{}
	if err := strictly(body, m); err != nil {
		return nil, &FormatError{path, "metadata", err.Error(), remedyOther}
	}
	if err := h.expect(path, Header{Kind: metadataFile, Job: m.Job, Checkpoint: m.ID}); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, &FormatError{path, "metadata", err.Error(), remedyOther}
	}
	return m, nil
}

// check tells what a checkpoint cannot be.
func (m *Metadata) check() error {
	switch {
	case m.Job == "":
		return fmt.Errorf("it names no job")
	case m.ID < 1:
		return fmt.Errorf("%d is no checkpoint's id", m.ID)
	case m.Parallelism < 1 || m.MaxParallelism < m.Parallelism:
		return fmt.Errorf("parallelism %d of %d at most is none", m.Parallelism, m.MaxParallelism)
	}
	for i := range m.Enumerator.Unassigned {
		if err := m.Enumerator.Unassigned[i].check(); err != nil {
			return err
		}
	}
	for i := range m.Handles {
		h := &m.Handles[i]
		switch {
		case h.ID != m.ID:
			return fmt.Errorf("the state of %q is of checkpoint %d", h.Task, h.ID)
		case !strings.HasSuffix(h.Task, fmt.Sprintf("-%d", h.Subtask)) || h.Subtask < 0 || h.Subtask >= m.Parallelism:
			return fmt.Errorf("%q cannot be subtask %d of %d", h.Task, h.Subtask, m.Parallelism)
		case slices.ContainsFunc(m.Handles[:i], func(o Handle) bool { return o.Task == h.Task }):
			return fmt.Errorf("%q stands in it twice", h.Task)
		}
		for j := range h.Files {
			if err := h.Files[j].check(h.ID, m.MaxParallelism); err != nil {
				return fmt.Errorf("%q: %w", h.Task, err)
			}
		}
	}
	return nil
}

func (f *File) check(id int64, groups int) error {
	switch {
	case f.Path == "":
		return fmt.Errorf("a file has no path")
	case f.ID < 1 || f.ID > id:
		return fmt.Errorf("%s was written for checkpoint %d", f.Path, f.ID)
	case f.Size < 1:
		return fmt.Errorf("%s has %d bytes", f.Path, f.Size)
	case !slices.IsSorted(f.Groups) || len(f.Groups) > 0 && (f.Groups[0] < 0 || f.Groups[len(f.Groups)-1] >= groups):
		return fmt.Errorf("%s has %v as its key groups, of %d", f.Path, f.Groups, groups)
	case f.Of < len(f.Groups):
		return fmt.Errorf("%s has %d key groups, and %d are taken", f.Path, f.Of, len(f.Groups))
	}
	return nil
}

// FitError is what keeps a job from going on from a checkpoint that is whole.
type FitError struct{ Checkpoint, Why, Remedy string }

func (e *FitError) Error() string { return e.Checkpoint + ": " + e.Why + "; " + e.Remedy }

// fits tells why a job cannot go on from a checkpoint without losing state.
// partitions are how many each topic has, nil when that is not known yet;
// splits are what the sources' states name. Names of partitions in an answer
// are sorted.
func (m *Metadata) fits(c *Config, partitions map[string]int32, splits []Split) error {
	name := fmt.Sprintf("checkpoint %d of job %q", m.ID, m.Job)
	if m.Savepoint {
		name = "savepoint" + strings.TrimPrefix(name, "checkpoint")
	}
	switch {
	case m.Job != c.Name:
		return &FitError{name, fmt.Sprintf("this is job %q", c.Name), remedyJob}
	case c.MaxParallelism != 0 && c.MaxParallelism != m.MaxParallelism:
		return &FitError{name, fmt.Sprintf("its keys are in %d groups, the job has %d", m.MaxParallelism, c.MaxParallelism),
			fmt.Sprintf("set MaxParallelism to %d: it cannot change in the life of a state", m.MaxParallelism)}
	case c.Parallelism > m.MaxParallelism:
		return &FitError{name, fmt.Sprintf("parallelism %d is more than its %d key groups", c.Parallelism, m.MaxParallelism),
			fmt.Sprintf("set Parallelism to %d at most", m.MaxParallelism)}
	}
	var unread, missing []string
	for _, s := range slices.Concat(m.Enumerator.Unassigned, splits) {
		count, known := partitions[s.Topic]
		switch {
		case !slices.Contains(c.Topics, s.Topic):
			unread = append(unread, s.TopicPartition.String())
		case partitions != nil && (!known || s.Partition >= count):
			missing = append(missing, s.TopicPartition.String())
		}
	}
	if len(unread) > 0 {
		return &FitError{name, "it has positions in " + listed(unread) + ", of topics that the job does not name", "name them in Topics, or begin without the checkpoint"}
	}
	if len(missing) > 0 {
		return &FitError{name, "it has positions in " + listed(missing) + ", which the cluster does not have: a topic was deleted or made anew", "bring it back, or begin without the checkpoint"}
	}
	return nil
}

func listed(names []string) string {
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// garbage names the files that can go when a checkpoint is subsumed: those of
// its files that none of the kept ones refers to, its metadata first, so that
// what is left half deleted is no checkpoint. A savepoint has none: it is the
// user's.
func garbage(old *Metadata, kept []*Metadata) []string {
	if old.Savepoint {
		return nil
	}
	used := map[string]bool{}
	for _, m := range kept {
		if m.Job == old.Job && m.ID == old.ID {
			return nil
		}
		for i := range m.Handles {
			for _, path := range m.Handles[i].Paths() {
				used[path] = true
			}
		}
	}
	paths := []string{metadataPath(old.Job, old.ID)}
	for i := range old.Handles {
		for _, path := range old.Handles[i].Paths() {
			if !used[path] {
				used[path] = true
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// leftovers names the files that an aborted checkpoint wrote, of the handles
// that came; no other checkpoint refers to them.
func leftovers(handles []Handle) []string {
	var paths []string
	for i := range handles {
		for _, f := range handles[i].Files {
			if f.ID == handles[i].ID {
				paths = append(paths, f.Path)
			}
		}
	}
	return paths
}
