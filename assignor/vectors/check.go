package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/assignor"
)

// groupLine is a line about an assignor.
type groupLine struct {
	Assignor field[string]            `json:"assignor"`
	Case     field[int]               `json:"case"`
	Rounds   field[[]json.RawMessage] `json:"rounds"`
}

// checkLine runs what one line asks for.
func checkLine(line []byte) (rounds int, mismatches []Mismatch, err error) {
	var kind struct {
		Key      json.RawMessage `json:"key"`
		Assignor json.RawMessage `json:"assignor"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return 0, nil, fmt.Errorf("no JSON object: %w", err)
	}
	if kind.Key != nil {
		return checkKey(line)
	}
	if kind.Assignor == nil {
		return 0, nil, errors.New(`neither "assignor" nor "key" is there: a vector has one of them`)
	}
	var g groupLine
	if err := strict(line, &g); err != nil {
		return 0, nil, err
	}
	var f fields
	name, number, raw := must(&f, "assignor", g.Assignor), must(&f, "case", g.Case), must(&f, "rounds", g.Rounds)
	if f.err != nil {
		return 0, nil, f.err
	}
	run, ok := runnerOf(name)
	if !ok {
		return 0, nil, unknownAssignor(name)
	}
	for i, b := range raw {
		found, err := run(b)
		if err != nil {
			return 0, nil, fmt.Errorf("case %d, round %d: %w", number, i+1, err)
		}
		for _, m := range found {
			m.Assignor, m.Case, m.Round = name, strconv.Itoa(number), i+1
			mismatches = append(mismatches, m)
		}
	}
	return len(raw), mismatches, nil
}

// runnerOf gives what decodes a round for an assignor, runs and compares it.
func runnerOf(name string) (func([]byte) ([]Mismatch, error), bool) {
	if a, ok := clientAssignor(name); ok {
		return func(b []byte) ([]Mismatch, error) { return checkClient(a, b) }, true
	}
	if a, ok := serverAssignor(name); ok {
		before := carried{}
		return func(b []byte) ([]Mismatch, error) { return checkServer(a, b, before) }, true
	}
	return nil, false
}

func checkClient(a assignor.Assignor, b []byte) ([]Mismatch, error) {
	in, want, err := clientRound(b)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Members))
	for i, m := range in.Members {
		ids[i] = m.ID
	}
	return compare(ids, want, a.Assign(in), true)
}

// carried is what the round before gave each member, in the order in which it
// came. A vector's targets stand sorted, while Kafka's sets had that order, and
// where keys share a bucket it shows in the next round.
type carried map[string][]assignor.TopicPartition

func (c carried) order(in assignor.ServerInput) {
	for i := range in.Members {
		m := &in.Members[i]
		if last := c[m.ID]; slices.Equal(sorted(last), sorted(m.Target)) {
			m.Target = last
		}
	}
}

func checkServer(a assignor.ServerAssignor, b []byte, before carried) ([]Mismatch, error) {
	in, want, err := serverRound(b)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Members))
	for i, m := range in.Members {
		ids[i] = m.ID
	}
	before.order(in)
	got := assignor.AssignInOrder(a, in)
	for i, id := range ids {
		before[id] = got[i]
	}
	return compare(ids, want, got, false)
}

// compare holds what an assignor gave against what Kafka gave.
func compare(ids []string, want map[string][]partition, got [][]assignor.TopicPartition, ordered bool) ([]Mismatch, error) {
	if len(want) != len(ids) {
		return nil, fmt.Errorf(`"assignment" has %d members, "members" %d`, len(want), len(ids))
	}
	var out []Mismatch
	for i, id := range ids {
		expected, ok := want[id]
		if !ok {
			return nil, fmt.Errorf(`member %q is not in "assignment"`, id)
		}
		var given []assignor.TopicPartition
		if i < len(got) {
			given = got[i]
		}
		if m, differ := difference(plain(expected), given, ordered); differ {
			m.Member = id
			out = append(out, m)
		}
	}
	return out, nil
}

// difference finds the first place where two lists differ; of sets, the first
// partition that only one of them has.
func difference(want, got []assignor.TopicPartition, ordered bool) (Mismatch, bool) {
	if !ordered {
		want, got = sorted(want), sorted(got)
	}
	i := 0
	for i < len(want) && i < len(got) && want[i] == got[i] {
		i++
	}
	at := func(list []assignor.TopicPartition) string {
		if i < len(list) {
			return text(list[i])
		}
		return "no more"
	}
	switch {
	case i == len(want) && i == len(got):
		return Mismatch{}, false
	case ordered && i < len(want):
		place := fmt.Sprintf(" as number %d of its list", i+1)
		return Mismatch{Partition: at(want), Expected: "it" + place, Got: at(got)}, true
	case ordered:
		return Mismatch{Partition: at(got), Expected: fmt.Sprintf("no more after %d", i), Got: "it"}, true
	case i == len(got) || i < len(want) && byName(want[i], got[i]) < 0:
		return Mismatch{Partition: at(want), Expected: "it", Got: "it not"}, true
	}
	return Mismatch{Partition: at(got), Expected: "it not", Got: "it"}, true
}

func sorted(list []assignor.TopicPartition) []assignor.TopicPartition {
	return slices.SortedFunc(slices.Values(list), byName)
}

func text(tp assignor.TopicPartition) string {
	return fmt.Sprintf("%s-%d", tp.Topic, tp.Partition)
}
