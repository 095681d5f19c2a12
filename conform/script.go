package conform

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker"
)

// Script is a sequence of requests over one group and a few topics. In its
// text the first line is new, with the topics that there are from the first.
type Script struct {
	Topics []broker.Topic
	Steps  []Step
}

// String is the script's text; ParseScript reads it again.
func (s *Script) String() string {
	var b strings.Builder
	b.WriteString("new topics=")
	for i, t := range s.Topics {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%d", t.Name, t.Partitions)
	}
	b.WriteByte('\n')
	for _, step := range s.Steps {
		b.WriteString(step.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// ParseScript reads a script. Empty lines, those that begin with #, and those
// that are indented (a recording; see ReadRecording) say nothing. An error names
// the line.
func ParseScript(r io.Reader) (*Script, error) {
	s := &Script{}
	in := bufio.NewScanner(r)
	in.Buffer(nil, longestLine)
	begun := false
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		switch {
		case line == "" || line[0] == '#' || strings.HasPrefix(in.Text(), indent):
		case !begun:
			begun = true
			if err := s.parseNew(line); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		default:
			step, err := ParseStep(line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			s.Steps = append(s.Steps, step)
		}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if !begun {
		return nil, fmt.Errorf("line 1: want new topics=NAME:PARTITIONS,… first")
	}
	return s, nil
}

const (
	indent      = "    "
	longestLine = 1 << 20
)

func (s *Script) parseNew(line string) error {
	list, ok := strings.CutPrefix(line, "new topics=")
	if !ok {
		return fmt.Errorf("%q: want new topics=NAME:PARTITIONS,… first", line)
	}
	for _, t := range strings.Split(list, ",") {
		name, count, _ := strings.Cut(t, ":")
		n, err := strconv.ParseInt(count, 10, 32)
		if err != nil || n < 1 || n > 20 || name == "" {
			return fmt.Errorf("%q: want NAME:PARTITIONS, with 1 to 20 partitions", t)
		}
		s.Topics = append(s.Topics, broker.Topic{Name: name, Partitions: int32(n)})
	}
	return nil
}
