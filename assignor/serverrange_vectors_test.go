package assignor

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

type vectorPartition TopicPartition

func (p *vectorPartition) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.Topic, &p.Partition})
}

type vectorRound struct {
	Topics map[string]struct {
		Partitions int32
		ID         string
	}
	Members []struct {
		ID, Instance string
		Topics       []string
		Target       []vectorPartition
	}
	Assignment map[string][]vectorPartition
}

func (r vectorRound) input(t *testing.T) (in ServerInput) {
	for _, name := range slices.Sorted(maps.Keys(r.Topics)) {
		topic := ServerTopic{Name: name, Partitions: r.Topics[name].Partitions}
		id, err := base64.RawURLEncoding.DecodeString(r.Topics[name].ID)
		if err != nil || copy(topic.ID[:], id) != len(topic.ID) {
			t.Fatalf("topic id %q: %v", r.Topics[name].ID, err)
		}
		in.Topics = append(in.Topics, topic)
	}
	for _, m := range r.Members {
		in.Members = append(in.Members, ServerMember{m.ID, m.Instance, m.Topics, plainPartitions(m.Target)})
	}
	return in
}

// carryOrder puts targets into the order in which the round before left them.
// They stand sorted in the files, while Kafka's sets had them in that order.
func carryOrder(in ServerInput, carried map[string][]TopicPartition) {
	for i := range in.Members {
		m := &in.Members[i]
		if tps := carried[m.ID]; slices.Equal(sortedSet(slices.Clone(tps)), sortedSet(slices.Clone(m.Target))) {
			m.Target = tps
		}
	}
}

func plainPartitions(ps []vectorPartition) (out []TopicPartition) {
	for _, p := range ps {
		out = append(out, TopicPartition(p))
	}
	return out
}

// TestServerVectors holds the server assignors against what Kafka 4.3.1's own
// answered. More files can be given as GROUNDHOG_SERVER_VECTORS, a directory
// with files of the same names; GROUNDHOG_SERVER_SORTED says that Kafka's sets
// were made anew from the sorted targets in every round.
func TestServerVectors(t *testing.T) {
	for name, a := range map[string]ServerAssignor{"uniform": Uniform, "server-range": ServerRange, "simple": Simple} {
		t.Run(name, func(t *testing.T) {
			dir := "testdata/vectors"
			if d := os.Getenv("GROUNDHOG_SERVER_VECTORS"); d != "" {
				dir = d
			}
			wrong, rounds := 0, 0
			for line := range vectorLines(t, filepath.Join(dir, name+".jsonl.gz")) {
				var c struct {
					Case   json.Number
					Rounds []vectorRound
				}
				if err := json.Unmarshal(line, &c); err != nil {
					t.Fatal(err)
				}
				carried := map[string][]TopicPartition{}
				for i, r := range c.Rounds {
					rounds++
					in := r.input(t)
					if os.Getenv("GROUNDHOG_SERVER_SORTED") == "" {
						carryOrder(in, carried)
					}
					got := a.Assign(in)
					for m, tps := range AssignInOrder(a, in) {
						carried[in.Members[m].ID] = tps
					}
					for m := range in.Members {
						want := sortedSet(plainPartitions(r.Assignment[in.Members[m].ID]))
						if !slices.Equal(got[m], want) {
							if wrong++; wrong <= 3 {
								t.Errorf("case %s, round %d, member %s: got %v, want %v", c.Case, i+1, in.Members[m].ID, got[m], want)
							}
							break
						}
					}
				}
			}
			if wrong > 0 || rounds == 0 {
				t.Errorf("%d of %d rounds differ", wrong, rounds)
			}
		})
	}
}

func vectorLines(t *testing.T, file string) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		s := bufio.NewScanner(z)
		s.Buffer(nil, 1<<28)
		for s.Scan() && yield(s.Bytes()) {
		}
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
	}
}
