package checkpoint

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/sim"
)

// Commands to a Storage. N is a number of writes to come; those whose path
// does not have PART in it are left alone.
const (
	failWrites   = "fail-writes"   // N [PART]: they are refused, and leave nothing
	slowWrites   = "slow-writes"   // SPAN N [PART]: they take so much longer
	tearWrites   = "tear-writes"   // N [PART]: they are refused, and leave a beginning
	tearSilently = "tear-silently" // N [PART]: they are acknowledged, and leave a beginning
	loseFile     = "lose"          // last, or PATH: a file, once acknowledged, is gone
	flipFile     = "flip"          // last, or PATH: a bit of it changes
)

// rule is a fault that strikes writes to come.
type rule struct {
	what string
	slow sim.Time `canon:"abs"` // a span
	left int
	part string
}

// fate is what rules have in store for one write.
type fate struct {
	what string   // one of the commands but slow-writes; empty: it goes well
	slow sim.Time `canon:"abs"` // a span
}

// CheckStorageCommand tells what is wrong with a command to a Storage.
func CheckStorageCommand(label, key string) error {
	if label == loseFile || label == flipFile {
		if key == "" {
			return fmt.Errorf("%s: say which file: last, or its path", label)
		}
		return nil
	}
	if _, err := parseRule(label, key); err != nil {
		return fmt.Errorf("%s %s: %w", label, key, err)
	}
	return nil
}

func parseRule(label, key string) (r rule, err error) {
	r.what = label
	words := strings.Fields(key)
	switch label {
	case failWrites, tearWrites, tearSilently:
	case slowWrites:
		if len(words) < 2 {
			return r, errors.New("want a span, and how many writes: 2s 3")
		}
		if r.slow, err = sim.ParseTime(words[0]); err != nil || r.slow <= 0 {
			return r, fmt.Errorf("%q is no span; want one such as 2s", words[0])
		}
		words = words[1:]
	default:
		return r, fmt.Errorf("a storage knows %s, %s, %s, %s, %s and %s", failWrites, slowWrites, tearWrites, tearSilently, loseFile, flipFile)
	}
	if len(words) < 1 || len(words) > 2 {
		return r, errors.New("want how many writes, and a part of their paths if not all are meant: 3 _metadata")
	}
	if r.left, err = strconv.Atoi(words[0]); err != nil || r.left < 1 {
		return r, fmt.Errorf("%q is no number of writes", words[0])
	}
	if len(words) == 2 {
		r.part = words[1]
	}
	return r, nil
}

// command takes one; what CheckStorageCommand would refuse does nothing.
func (s *Storage) command(label, key string, fx *sim.Effects) {
	if label != loseFile && label != flipFile {
		if r, err := parseRule(label, key); err == nil {
			s.rules = append(s.rules, r)
		}
		return
	}
	path := key
	if key == "last" {
		path = s.newest
	}
	f := s.files[path]
	switch {
	case f == nil:
	case label == loseFile:
		delete(s.files, path)
	case len(f.data) > 0:
		s.drawn++
		data := slices.Clone(f.data) // messages hold the old bytes
		data[fx.Draw("flip", s.drawn, int64(len(data)))] ^= 1 << fx.Draw("flip-bit", s.drawn, 8)
		s.files[path] = &storedFile{data}
	}
}

// draw takes the first delay and the first other fault that are in store for a
// write to a path.
func (s *Storage) draw(path string) fate {
	var f fate
	for i := range s.rules {
		r := &s.rules[i]
		switch {
		case !strings.Contains(path, r.part):
		case r.what == slowWrites && f.slow == 0:
			f.slow = r.slow
			r.left--
		case r.what != slowWrites && f.what == "":
			f.what = r.what
			r.left--
		}
	}
	s.rules = slices.DeleteFunc(s.rules, func(r rule) bool { return r.left == 0 })
	return f
}
