package checkpoint

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// StorageConfig is how a Storage behaves. The zero value answers at once.
type StorageConfig struct {
	Read, Write sim.Time // until an answer, of any size
	Jitter      sim.Time // and up to so much more, drawn
	Bandwidth   int64    // bytes a second of one file; 0: any number
	// InPlace writes files under their own names, so that a crash leaves the
	// first half of what is under way. Else they are written aside and renamed,
	// which is the right way: a file is there as a whole or not at all.
	InPlace bool
	Files   map[string][]byte // that are there from the beginning
}

// Check tells what keeps a StorageConfig from being used.
func (c *StorageConfig) Check() error {
	if c.Read < 0 || c.Write < 0 || c.Jitter < 0 || c.Bandwidth < 0 {
		return &ConfigError{"Storage", "times and bandwidth cannot be negative"}
	}
	return nil
}

// Storage is the node that files of checkpoints are on: a distributed file
// system, or a store of objects. It answers Write, Read and Delete; each takes
// its time, and they overtake one another. Files outlive its crash, requests
// under way do not. See storage_faults.go for what can go wrong on command.
type Storage struct {
	cfg    StorageConfig `canon:"-"`
	files  map[string]*storedFile
	under  []request    // requests under way, each at its timer's number
	rules  []rule       // faults of writes to come
	newest string       // the file acknowledged last
	drawn  uint64       `canon:"-"` // tells requests apart for luck
	count  StorageCount `canon:"-"`
}

type storedFile struct {
	data []byte `canon:"shared"`
}

// request is one that is answered later. Its place in Storage.under is its
// timer's key; places are used again.
type request struct {
	msg  sim.Message `canon:"shared"` // nil: the place is free
	conn sim.Conn
	fate fate
}

// StorageCount is what a Storage has done in all its life, crashes included.
type StorageCount struct {
	Writes, Failed, Reads, Deletes int
	BytesWritten                   int64
}

const timerStorage = "storage"

// NewStorage makes a Storage, with no files but those that cfg names.
func NewStorage(cfg StorageConfig) *Storage {
	s := &Storage{cfg: cfg, files: map[string]*storedFile{}}
	for path, data := range cfg.Files { //ordered: a map of its own
		s.files[path] = &storedFile{data}
	}
	return s
}

// Step implements sim.Node.
func (s *Storage) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InMessage:
		s.receive(in, fx)
	case sim.InTimer:
		if n, err := strconv.Atoi(in.Key); err == nil && in.Label == timerStorage && n < len(s.under) {
			r := s.take(n)
			s.perform(&r, fx)
		}
	case sim.InCommand:
		s.command(in.Label, in.Key, fx)
	}
}

func (s *Storage) receive(in *sim.Input, fx *sim.Effects) {
	r := request{msg: in.Msg, conn: in.Conn}
	after, size := s.cfg.Write, 0
	switch m := in.Msg.(type) {
	case *Write:
		r.fate, size = s.draw(m.Path), len(m.Data)
		after += r.fate.slow
	case *Read:
		after = s.cfg.Read
		if f := s.files[m.Path]; f != nil {
			size = len(f.data)
		}
	case *Delete:
	default:
		return
	}
	s.drawn++
	after += sim.Time(fx.Draw("storage", s.drawn, int64(s.cfg.Jitter)))
	if s.cfg.Bandwidth > 0 {
		after += sim.Time(int64(size) * int64(sim.Second) / s.cfg.Bandwidth)
	}
	if after == 0 {
		s.perform(&r, fx)
		return
	}
	n := slices.IndexFunc(s.under, func(r request) bool { return r.msg == nil })
	if n < 0 {
		n = len(s.under)
		s.under = append(s.under, request{})
	}
	s.under[n] = r
	fx.SetTimer(timerStorage, strconv.Itoa(n), after)
}

// take gives a request up that is under way, and its place.
func (s *Storage) take(n int) request {
	r := s.under[n]
	s.under[n] = request{}
	for len(s.under) > 0 && s.under[len(s.under)-1].msg == nil {
		s.under = s.under[:len(s.under)-1]
	}
	return r
}

// perform does what was asked for, and answers. A write lives on when its
// connection is gone: it is done, and nobody told.
func (s *Storage) perform(r *request, fx *sim.Effects) {
	switch m := r.msg.(type) {
	case *Write:
		fx.Reply(r.conn, s.write(m, r.fate, fx))
	case *Delete:
		s.count.Deletes++
		delete(s.files, m.Path)
		fx.Reply(r.conn, &Written{Path: m.Path})
	case *Read:
		s.count.Reads++
		c := &Content{Path: m.Path}
		if f := s.files[m.Path]; f != nil {
			c.Data = f.data
		} else {
			c.Error = "there is no such file"
		}
		fx.Reply(r.conn, c)
	}
}

func (s *Storage) write(m *Write, f fate, fx *sim.Effects) *Written {
	s.count.Writes++
	data := m.Data
	switch f.what {
	case failWrites:
		s.count.Failed++
		return &Written{Path: m.Path, Error: "input/output error"}
	case tearWrites, tearSilently:
		s.drawn++
		data = data[:fx.Draw("tear", s.drawn, int64(len(data)))]
	}
	s.files[m.Path] = &storedFile{data}
	s.count.BytesWritten += int64(len(data))
	if f.what == tearWrites {
		s.count.Failed++
		return &Written{Path: m.Path, Error: fmt.Sprintf("input/output error after %d of %d bytes", len(data), len(m.Data))}
	}
	s.newest = m.Path
	return &Written{Path: m.Path}
}

// Crash implements sim.Node.
func (s *Storage) Crash() {
	for i := range s.under {
		if m, ok := s.under[i].msg.(*Write); ok && s.cfg.InPlace {
			s.files[m.Path] = &storedFile{m.Data[:len(m.Data)/2]}
		}
	}
	s.under = nil
}

// Clone implements sim.Cloner.
func (s *Storage) Clone() sim.Node { return canon.Clone(s) }

// Encode implements sim.Cloner.
func (s *Storage) Encode(now sim.Time, buf []byte) []byte { return canon.Append(buf, int64(now), s) }

// Count is what it has done.
func (s *Storage) Count() StorageCount { return s.count }

// File gives a file's bytes, which must not be changed.
func (s *Storage) File(path string) ([]byte, bool) {
	if f := s.files[path]; f != nil {
		return f.data, true
	}
	return nil, false
}

// Files are the paths of all files, sorted.
func (s *Storage) Files() []string {
	paths := make([]string, 0, len(s.files))
	for path := range s.files { //ordered: sorted below
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}
