package checkpoint

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/groundhogsim/groundhog/sim/canon"
)

func written(files map[string][]byte, writes []*Write) map[string][]byte {
	for _, w := range writes {
		files[w.Path] = w.Data
	}
	return files
}

func TestBackendConfig(t *testing.T) {
	for _, good := range []Backend{{}, {Kind: Incremental}, {Kind: Memory, MaxState: 9}} {
		if err := good.check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for want, bad := range map[string]Backend{"rocks": {Kind: "rocks"}, "negative": {Kind: Memory, MaxState: -1}, "only memory": {MaxState: 5}} {
		if err := bad.check(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "Job.Backend.") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestWhatBackendsWrite(t *testing.T) {
	state := []GroupState{{0, []byte("a=1")}, {5, nil}, {9, []byte("b=2")}}
	u := &Uploads{}
	store := func(b Backend, id int64, state []GroupState) (Handle, Volume, []*Write) {
		h, w := b.store("orders", id, "operator-1", 1, state, u)
		return h, h.Volume(), w
	}
	if h, v, w := store(Backend{Kind: Memory}, 1, state); len(w) != 0 || v != (Volume{InlineBytes: len(h.Inline)}) || len(h.Inline) == 0 {
		t.Errorf("memory: %+v %v", v, w)
	}
	if h, v, w := store(Backend{}, 1, state); len(w) != 1 || v != (Volume{Files: 1, Bytes: len(w[0].Data)}) || h.Paths()[0] != "orders/chk-1/operator-1" {
		t.Errorf("filesystem: %+v %v", v, w)
	}
	if h, v, w := store(Backend{}, 1, state[1:2]); len(w) != 0 || v != (Volume{}) || h.Task != "operator-1" {
		t.Errorf("without state: %+v %v", h, w)
	}
	incremental := Backend{Kind: Incremental}
	_, first, w := store(incremental, 1, state)
	if len(w) != 1 || w[0].Path != "orders/shared/operator-1-chk-1" {
		t.Errorf("incremental: %+v %v", first, w)
	}
	if _, v, _ := store(incremental, 2, state); v != first {
		t.Errorf("checkpoint 1 is not confirmed, and 2 refers to it: %+v", v)
	}
	u.confirmed(1)
	if _, v, _ := store(incremental, 3, state); v != first {
		t.Errorf("2 has given up what 1 holds, and 3 takes it: %+v", v)
	}
	u.confirmed(3)
	if _, v, w := store(incremental, 4, state); len(w) != 0 || v != (Volume{SharedFiles: 1, SharedBytes: first.Bytes}) {
		t.Errorf("nothing has changed since 3: %+v", v)
	}
	u.aborted(4)
	u.confirmed(4) // cannot come, and would make a base of files that are deleted
	u.confirmed(1)
	if u.base != 3 {
		t.Errorf("the base is %d", u.base)
	}
	if h, w := incremental.store("orders", 5, "operator-1", 1, state, nil); len(w) != 1 || h.Files[0].Path != "orders/chk-5/operator-1" {
		t.Errorf("a savepoint stands for itself: %+v", h)
	}
}

func TestMemoryHasALimit(t *testing.T) {
	state := []GroupState{{0, make([]byte, MaxMemoryState)}, {1, []byte("x")}}
	err := Backend{Kind: Memory}.admit(3, "operator-0", state)
	if err == nil || !strings.Contains(err.Error(), "operator-0 in checkpoint 3 has 5242881 bytes") || !strings.Contains(err.Error(), "Backend.MaxState") {
		t.Errorf("%v", err)
	}
	for _, b := range []Backend{{}, {Kind: Memory, MaxState: MaxMemoryState + 1}} {
		if err := b.admit(3, "operator-0", state); err != nil {
			t.Error(err)
		}
	}
	if err := (Backend{Kind: Memory}).admit(3, "operator-0", state[:1]); err != nil {
		t.Error(err)
	}
}

// incrementalJob is a coordinator and one task with incremental checkpoints, in the
// smallest form.
type incrementalJob struct {
	t       *rapid.T
	files   map[string][]byte
	uploads Uploads
	now     map[int]byte // a letter for each key group's state
	id      int64
	pending []taken
	kept    []*Metadata // the latest completed, and savepoints before it
	was     map[int64][]GroupState
}

type taken struct {
	h     Handle
	state []GroupState
}

func (j *incrementalJob) state() []GroupState {
	var state []GroupState
	for g := range 8 {
		if c := j.now[g]; c != 0 {
			state = append(state, GroupState{g, []byte(strings.Repeat(string(c), 3))})
		}
	}
	return state
}

func (j *incrementalJob) snapshot() {
	j.id++
	state := j.state()
	h, writes := Backend{Kind: Incremental}.store("a", j.id, "operator-0", 0, state, &j.uploads)
	written(j.files, writes)
	j.pending = append(j.pending, taken{h, state})
}

func (j *incrementalJob) abort(i int) {
	for _, p := range leftovers([]Handle{j.pending[i].h}) {
		delete(j.files, p)
	}
	if rapid.Bool().Draw(j.t, "told") {
		j.uploads.aborted(j.pending[i].h.ID)
	}
	j.pending = slices.Delete(j.pending, i, i+1)
}

func (j *incrementalJob) complete(i int) {
	for ; i > 0; i-- {
		j.abort(0)
	}
	p := j.pending[0]
	j.pending = j.pending[1:]
	m := &Metadata{Job: "a", ID: p.h.ID, Parallelism: 1, MaxParallelism: 8, Handles: []Handle{p.h}}
	old := j.kept
	j.kept = []*Metadata{m}
	j.was[m.ID] = p.state
	for _, o := range old {
		for _, path := range garbage(o, j.kept) {
			delete(j.files, path)
		}
	}
	if rapid.Bool().Draw(j.t, "told") {
		j.uploads.confirmed(m.ID)
	}
}

func (j *incrementalJob) restart() {
	for len(j.pending) > 0 {
		j.abort(0)
	}
	j.uploads, j.now = Uploads{}, map[int]byte{}
	if len(j.kept) == 0 {
		return
	}
	h := &j.kept[0].Handles[0]
	state := j.check(h, j.was[h.ID])
	for _, s := range state {
		j.now[s.Group] = s.Data[0]
	}
	if rapid.Bool().Draw(j.t, "same") {
		j.uploads.restored(h, state)
	}
}

// check loads a handle, from the files that are there.
func (j *incrementalJob) check(h *Handle, want []GroupState) []GroupState {
	got, err := load(h, "a", h.ID, j.files)
	if err != nil {
		j.t.Fatal(err)
	}
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		j.t.Fatalf("checkpoint %d holds %v, want %v", h.ID, got, want)
	}
	return got
}

func (j *incrementalJob) verify() {
	used := map[string]bool{}
	live, size := 0, 0
	look := func(h *Handle, want []GroupState) {
		j.check(h, want)
		live, size = 0, 0
		for _, f := range h.Files {
			used[f.Path] = true
			live += len(f.Groups)
			size += bytes.Count(j.files[f.Path], []byte(`{"group"`))
		}
		if size > liveShare*live {
			j.t.Fatalf("checkpoint %d has %d groups in files with %d", h.ID, live, size)
		}
	}
	for _, m := range j.kept {
		look(&m.Handles[0], j.was[m.ID])
	}
	for _, p := range j.pending {
		look(&p.h, p.state)
	}
	for path := range j.files {
		if !used[path] {
			j.t.Fatalf("nothing refers to %s", path)
		}
	}
	c := canon.Clone(&j.uploads)
	if !bytes.Equal(canon.Append(nil, 0, c), canon.Append(nil, 0, &j.uploads)) {
		j.t.Fatal("a copy of Uploads differs")
	}
}

// Whatever is completed, aborted, told, not told and restored: the latest
// completed checkpoint and all that are under way can be loaded, and no file
// stays that nothing refers to.
func TestIncrementalCheckpointsCanAlwaysBeLoaded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := &incrementalJob{t: t, files: map[string][]byte{}, now: map[int]byte{}, was: map[int64][]GroupState{}}
		t.Repeat(map[string]func(*rapid.T){
			"change": func(t *rapid.T) {
				for range rapid.IntRange(1, 4).Draw(t, "groups") {
					j.now[rapid.IntRange(0, 7).Draw(t, "group")] = rapid.SampledFrom([]byte{0, 'a', 'b'}).Draw(t, "to")
				}
			},
			"snapshot": func(t *rapid.T) { j.snapshot() },
			"complete": func(t *rapid.T) {
				if n := len(j.pending); n > 0 {
					j.complete(rapid.IntRange(0, n-1).Draw(t, "which"))
				}
			},
			"abort": func(t *rapid.T) {
				if n := len(j.pending); n > 0 {
					j.abort(rapid.IntRange(0, n-1).Draw(t, "which"))
				}
			},
			"restart": func(t *rapid.T) { j.restart() },
			"":        func(t *rapid.T) { j.verify() },
		})
	})
}

func BenchmarkStore(b *testing.B) {
	var state []GroupState
	for g := range 128 {
		state = append(state, GroupState{g, bytes.Repeat([]byte(fmt.Sprintf("key-%d=1000\n", g)), 80)})
	}
	for _, kind := range []BackendKind{FileSystem, Incremental} {
		b.Run(string(kind), func(b *testing.B) {
			u := &Uploads{}
			id := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				id++
				Backend{Kind: kind}.store("orders", id, "operator-0", 0, state, u)
				u.confirmed(id)
			}
		})
	}
	b.Run("load", func(b *testing.B) {
		h, w := Backend{}.store("orders", 1, "operator-0", 0, state, nil)
		files := written(map[string][]byte{}, w)
		b.SetBytes(int64(h.Files[0].Size))
		for b.Loop() {
			if _, err := load(&h, "orders", 1, files); err != nil {
				b.Fatal(err)
			}
		}
	})
}
