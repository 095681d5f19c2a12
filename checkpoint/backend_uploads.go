package checkpoint

import (
	"cmp"
	"slices"
)

// Uploads is what a task's incremental snapshots have written. A snapshot
// refers to files of the last checkpoint that the task was told is complete,
// and of no later one: that may still be aborted, and its files deleted
// (RocksIncrementalSnapshotStrategy). The zero value knows of none.
//
// A key group's place that a snapshot has given up is not taken again, even if
// the group's state becomes what it was: checkpoints may have been completed,
// and the base deleted, without the task's knowledge. RocksDB has no such case,
// as its files never come back.
type Uploads struct {
	base   int64    // what the next snapshot may refer to, the first of stored; 0: nothing
	stored []upload // of the base and all later checkpoints, by id
}

// upload is where a snapshot's key groups are.
type upload struct {
	id      int64
	aborted bool
	files   []File
	at      []location // by group
}

type location struct {
	group int
	state Sum // of the group's data
	path  string
}

// liveShare says when a file is given up: when less than one in so many of the
// key groups that it was written with still count, the others are written
// anew. So files have no more than so many times the state's size, as
// compaction brings about in RocksDB.
const liveShare = 2

// store plans a snapshot's file, completes its handle, and remembers it.
func (u *Uploads) store(h *Handle, job string, state []GroupState) []*Write {
	next := upload{id: h.ID, at: make([]location, len(state))}
	for i, s := range state {
		next.at[i] = location{s.Group, sumOf(s.Data), ""}
	}
	if u.base != 0 {
		for _, f := range u.stored[0].files {
			if u.reuse(&f, next.at) {
				next.files = append(next.files, f)
			}
		}
	}
	var fresh []GroupState
	var groups []int
	path := statePath(job, h.ID, h.Task, true)
	for i, s := range state {
		if next.at[i].path == "" {
			next.at[i].path = path
			fresh, groups = append(fresh, s), append(groups, s.Group)
		}
	}
	var writes []*Write
	if len(fresh) > 0 {
		f, w := newFile(path, h.ID, encodeState(Header{stateFile, job, h.ID, h.Task}, fresh))
		f.Groups, f.Of = groups, len(groups)
		next.files = append(next.files, f)
		writes = append(writes, w)
	}
	h.Files = slices.Clone(next.files)
	u.stored = append(u.stored, next)
	return writes
}

// reuse finds the key groups that a file of the base still holds as they are,
// and places them there; unless they are too few.
func (u *Uploads) reuse(f *File, at []location) bool {
	var live []int
	for _, group := range f.Groups {
		i, found := slices.BinarySearchFunc(at, group, compareGroup)
		if found && u.kept(group, f.Path, at[i].state) {
			live = append(live, i)
		}
	}
	if len(live)*liveShare < f.Of || len(live) == 0 {
		return false
	}
	f.Groups = make([]int, len(live))
	for n, i := range live {
		f.Groups[n], at[i].path = at[i].group, f.Path
	}
	return true
}

// kept tells whether a group's state is what the base has of it, and no later
// snapshot has given up its place.
func (u *Uploads) kept(group int, path string, state Sum) bool {
	for n := range u.stored {
		s := &u.stored[n]
		i, found := slices.BinarySearchFunc(s.at, group, compareGroup)
		if !found || s.at[i].path != path || n == 0 && s.at[i].state != state {
			return false
		}
	}
	return true
}

func compareGroup(l location, group int) int { return cmp.Compare(l.group, group) }

// confirmed tells that a checkpoint is complete. One that was never stored here,
// as a savepoint, changes nothing (FLINK-23949), nor does one that comes late.
func (u *Uploads) confirmed(id int64) {
	i := slices.IndexFunc(u.stored, func(s upload) bool { return s.id == id && !s.aborted })
	if i < 0 {
		return
	}
	u.base = id
	u.stored = slices.Delete(u.stored, 0, i)
}

// aborted tells that a checkpoint is none: nothing will refer to its files.
func (u *Uploads) aborted(id int64) {
	for i := range u.stored {
		if s := &u.stored[i]; s.id == id && id > u.base {
			s.aborted = true
		}
	}
}

// restored makes the checkpoint that a task goes on from the base, if it was
// incremental: state is what load gave for the handle. It is for a task that
// goes on with the same key groups; after a change of parallelism the first
// snapshot writes everything, as RocksDB's does.
func (u *Uploads) restored(h *Handle, state []GroupState) {
	*u = Uploads{}
	s := upload{id: h.ID}
	for _, f := range h.Files {
		if len(f.Groups) == 0 {
			return
		}
		s.files = append(s.files, f)
		for _, group := range f.Groups {
			s.at = append(s.at, location{group: group, path: f.Path})
		}
	}
	slices.SortFunc(s.at, func(a, b location) int { return cmp.Compare(a.group, b.group) })
	if len(s.at) != len(state) {
		return
	}
	for i := range s.at {
		if s.at[i].group != state[i].Group {
			return
		}
		s.at[i].state = sumOf(state[i].Data)
	}
	u.base, u.stored = h.ID, []upload{s}
}
