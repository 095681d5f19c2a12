package conform

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/sim"
)

// WriteRecording writes a script and what came of it. The text is a script,
// too: what was recorded is indented below each step.
func WriteRecording(w io.Writer, s *Script, r *Recording) error {
	var b bytes.Buffer
	head := &Script{Topics: s.Topics}
	b.WriteString(head.String())
	fmt.Fprintf(&b, "%stag %s\n", indent, r.Tag)
	for i, step := range s.Steps {
		fmt.Fprintf(&b, "%s\n%ssent %s done %s\n", step, indent, r.Sent[i], r.Done[i])
		for _, a := range r.Answers {
			if a.Step == i {
				fmt.Fprintf(&b, "%sanswer to %d at %s %s\n", indent, a.Request+1, a.At, a.Answer)
			}
		}
		if p := r.Probes[i]; p.Name != "" {
			fmt.Fprintf(&b, "%sstate %s\n", indent, p)
		}
	}
	if r.HasRecords {
		for _, a := range r.Records {
			fmt.Fprintf(&b, "%srecord %s\n", indent, a)
		}
		fmt.Fprintf(&b, "%sno more records\n", indent)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// ReadRecording reads what WriteRecording writes. An error names the line.
func ReadRecording(r io.Reader) (*Script, *Recording, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, err
	}
	s, err := ParseScript(bytes.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	rec := &Recording{Probes: make([]Answer, len(s.Steps))}
	in := bufio.NewScanner(bytes.NewReader(text))
	in.Buffer(nil, longestLine)
	step := -2 // new comes first
	for n := 1; in.Scan(); n++ {
		line, recorded := strings.CutPrefix(in.Text(), indent)
		switch {
		case recorded:
			if err := rec.parse(step, line); err != nil {
				return nil, nil, fmt.Errorf("line %d: %w", n, err)
			}
		case strings.TrimSpace(line) != "" && line[0] != '#':
			step++
		}
	}
	if len(rec.Sent) != len(s.Steps) {
		return nil, nil, fmt.Errorf("the times of %d steps are recorded, of %d", len(rec.Sent), len(s.Steps))
	}
	for _, a := range rec.Answers {
		if a.Request < 0 || a.Request >= len(s.Steps) {
			return nil, nil, fmt.Errorf("an answer to step %d, of %d", a.Request+1, len(s.Steps))
		}
	}
	return s, rec, nil
}

// parse reads one line of a recording, below a step.
func (r *Recording) parse(step int, line string) error {
	what, rest, _ := strings.Cut(line, " ")
	switch what {
	case "tag":
		r.Tag = rest
		return nil
	case "sent":
		sent, done, _ := strings.Cut(rest, " done ")
		return r.parseTimes(sent, done)
	case "state":
		if step < 0 {
			return fmt.Errorf("%q: stands before the first step", line)
		}
		a, err := parseAnswer(rest)
		r.Probes[step] = a
		return err
	case "answer":
		return r.parseGiven(step, rest)
	case "record":
		a, err := parseAnswer(rest)
		r.Records = append(r.Records, a)
		return err
	case "no":
		r.HasRecords = true
		return nil
	}
	return fmt.Errorf("%q: want tag, sent, state, answer, record or no more records", line)
}

func (r *Recording) parseTimes(sent, done string) error {
	from, err := sim.ParseTime(sent)
	if err != nil {
		return err
	}
	to, err := sim.ParseTime(done)
	r.Sent, r.Done = append(r.Sent, from), append(r.Done, to)
	return err
}

func (r *Recording) parseGiven(step int, text string) error {
	words := strings.SplitN(text, " ", 5) // to N at TIME ANSWER
	if len(words) < 5 {
		return fmt.Errorf("answer %q: want to STEP at TIME ANSWER", text)
	}
	request, err := strconv.Atoi(words[1])
	if err != nil {
		return fmt.Errorf("answer %q: want the number of a step", text)
	}
	at, err := sim.ParseTime(words[3])
	if err != nil {
		return err
	}
	a, err := parseAnswer(words[4])
	r.Answers = append(r.Answers, Given{Request: request - 1, Step: step, At: at, Answer: a})
	return err
}
