package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/model"
)

// source is one history: what one process wrote, or several together. It can
// be read more than once.
type source struct {
	name    string // as messages have it
	path    string
	remove  bool // it is a copy of standard input
	header  model.Header
	clients map[string]life
	cutOff  string // what is wrong with its last line, which is left out
}

// life is the time, as its source has it, in which a client was heard of.
type life struct{ first, last int64 }

// newSource opens a history once, to see what is in it, and that all of it can
// be read.
func newSource(c *cobra.Command, arg string, before []*source) (*source, error) {
	s := &source{name: arg, path: arg, clients: map[string]life{}}
	if slices.ContainsFunc(before, func(o *source) bool { return o.name == arg }) {
		return nil, usage("%s is given twice", arg)
	}
	if arg == "-" {
		s.name = "standard input"
		if err := s.copy(c.InOrStdin()); err != nil {
			return nil, err
		}
	}
	if err := s.scan(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// copy keeps standard input in a file, to be read again.
func (s *source) copy(in io.Reader) error {
	f, err := os.CreateTemp("", "groundhog-history-*")
	if err != nil {
		return environment("%w; set TMPDIR to a folder that can be written to", err)
	}
	s.path, s.remove = f.Name(), true
	_, err = io.Copy(f, in)
	if err = errors.Join(err, f.Close()); err != nil {
		s.close()
		return environment("%w; set TMPDIR to a folder with room for the history", err)
	}
	return nil
}

func (s *source) close() {
	if s.remove {
		os.Remove(s.path)
	}
}

// text begins to read the file; gzip is known by its first bytes.
func (s *source) text() (io.Closer, io.Reader, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, nil, err
	}
	plain := bufio.NewReader(f)
	if magic, err := plain.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return f, plain, nil
	}
	packed, err := gzip.NewReader(plain)
	if err != nil {
		f.Close()
		return nil, nil, s.unreadable(err)
	}
	return f, packed, nil
}

// open begins to read the history.
func (s *source) open() (*model.Reader, io.Closer, error) {
	f, text, err := s.text()
	if err != nil {
		return nil, nil, err
	}
	r, err := model.NewReader(text)
	if err != nil {
		f.Close()
		return nil, nil, s.unreadable(err)
	}
	return r, f, nil
}

// unreadable gives an error of a history its place.
func (s *source) unreadable(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		return usage("%s: the gzip file is cut off or damaged (%w); unpack what can be read with zcat, and verify that", s.name, err)
	}
	return usage("%s: %w", s.name, err)
}

// scan reads all of the history. A last line that was cut off is left out: the
// process that wrote it was killed.
func (s *source) scan() error {
	r, f, err := s.open()
	if err != nil {
		return err
	}
	defer f.Close()
	s.header = r.Header
	var e model.Event
	for err = r.Next(&e); err == nil; err = r.Next(&e) {
		if e.Client == "" || e.Kind == model.Fault {
			continue
		}
		l, known := s.clients[e.Client]
		if !known {
			l.first = e.At
		}
		l.last = e.At
		s.clients[e.Client] = l
	}
	switch cut := (*model.HistoryError)(nil); {
	case err == io.EOF:
		return nil
	case errors.As(err, &cut) && cut.Cut:
		s.cutOff = cut.Error()
		return nil
	}
	return s.unreadable(err)
}
