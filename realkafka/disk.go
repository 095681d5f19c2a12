package realkafka

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/sim"
)

// disk is the storage of a job's checkpoints as a folder of this machine: a
// node that answers Write, Read and Delete. A file is written aside, flushed
// and renamed, so it is there as a whole or not at all; requests are done one
// after the other, beside the world. What was acknowledged outlives a crash of
// the node; a request under way then may be done or not, and nobody is told.
type disk struct {
	world *jobWorld
	id    sim.NodeID
	root  string
	work  *errands
	life  int // crashes so far
	done  []diskAnswer
}

type diskAnswer struct {
	conn sim.Conn
	msg  sim.Message
}

func newDisk(w *jobWorld, id sim.NodeID) (*disk, error) {
	root, err := os.MkdirTemp("", "groundhog-checkpoints-")
	if err != nil {
		return nil, fmt.Errorf("there is no folder for the job's checkpoints: %w", err)
	}
	d := &disk{world: w, id: id, root: root, work: newErrands(w.quit)}
	w.play.spawn(d.work.run)
	return d, nil
}

// Step implements sim.Node.
func (d *disk) Step(in *sim.Input, fx *sim.Effects) {
	switch {
	case in.Kind == sim.InMessage:
		conn, life, m := in.Conn, d.life, in.Msg
		d.work.add(func() {
			answer := d.perform(m)
			d.world.play.mu.Lock()
			defer d.world.play.mu.Unlock()
			if answer != nil && d.life == life {
				d.done = append(d.done, diskAnswer{conn, answer})
				d.world.told(d.id)
			}
		})
	case in.Kind == sim.InCommand && in.Label == brought:
		for _, a := range d.done {
			fx.Reply(a.conn, a.msg)
		}
		d.done = nil
	}
}

// Crash implements sim.Node.
func (d *disk) Crash() {
	d.life++
	d.done = nil
}

// perform does what a message asks for; nil for one that asks for nothing.
func (d *disk) perform(m sim.Message) sim.Message {
	switch m := m.(type) {
	case *checkpoint.Write:
		return &checkpoint.Written{Path: m.Path, Error: text(d.write(m.Path, m.Data))}
	case *checkpoint.Delete:
		return &checkpoint.Written{Path: m.Path, Error: text(d.delete(m.Path))}
	case *checkpoint.Read:
		data, err := d.read(m.Path)
		return &checkpoint.Content{Path: m.Path, Data: data, Error: text(err)}
	}
	return nil
}

func text(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	}
	return err.Error()
}

// at is where a file of a job is.
func (d *disk) at(path string) (string, error) {
	local, err := filepath.Localize(path)
	if err != nil {
		return "", fmt.Errorf("%q is no path below a folder", path)
	}
	return filepath.Join(d.root, local), nil
}

func (d *disk) write(path string, data []byte) error {
	to, err := d.at(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".writing-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(dir)
}

// syncFolder makes a rename durable, where folders can be flushed.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func (d *disk) read(path string) ([]byte, error) {
	from, err := d.at(path)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(from)
}

func (d *disk) delete(path string) error {
	at, err := d.at(path)
	if err != nil {
		return err
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d *disk) remove() error { return os.RemoveAll(d.root) }
