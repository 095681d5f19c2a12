package assignor

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// stickyRound is one call of Kafka's assignor, as the golden vectors tell it.
type stickyRound struct {
	Generation int32
	Topics     map[string]int32
	Replicas   map[string][][]int32
	Members    []struct {
		ID, Instance, Rack string
		Topics             []string
		Owned              []stickyPair
		Generation         int32
		UserData           []byte `json:"user_data"`
	}
	Assignment map[string][]stickyPair
}

// stickyPair is a partition as the vectors have it: ["topic", 0].
type stickyPair TopicPartition

func (p *stickyPair) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[2]any{&p.Topic, &p.Partition})
}

func (r *stickyRound) input() (in Input) {
	for name, n := range r.Topics {
		t := Topic{Name: name, Partitions: n}
		for _, brokers := range r.Replicas[name] {
			racks := []string{}
			for _, b := range brokers {
				racks = append(racks, "r"+string(rune('0'+b)))
			}
			t.Racks = append(t.Racks, racks)
		}
		in.Topics = append(in.Topics, t)
	}
	for _, m := range r.Members {
		owned := make([]TopicPartition, len(m.Owned))
		for i, p := range m.Owned {
			owned[i] = TopicPartition(p)
		}
		in.Members = append(in.Members, Member{m.ID, m.Instance, m.Rack, m.Topics, owned, m.Generation, m.UserData})
	}
	return in
}

// The golden vectors come from well-behaved groups. The hostile ones are
// made in the same way, but members also claim what others own, lie about
// generations, list what they own twice, subscribe to nothing, and send user
// data that is cut off, too long or changed. (Rounds in which Kafka's own code
// throws are left out.)
func TestStickyVectors(t *testing.T) {
	for _, a := range bothSticky {
		for _, folder := range []string{"vectors", "hostile"} {
			t.Run(a.Name()+" "+folder, func(t *testing.T) {
				rounds, wrong := 0, 0
				for c, inCase := range stickyCases(t, folder, a.Name()) {
					for i := range inCase {
						rounds++
						if !stickyRoundAgrees(t, a, &inCase[i], folder == "vectors") {
							wrong++
							t.Errorf("case %d, round %d", c, i)
						}
					}
				}
				if rounds < 800 {
					t.Errorf("only %d rounds", rounds)
				}
				t.Logf("%d of %d rounds differ", wrong, rounds)
			})
		}
	}
}

func stickyCases(t *testing.T, folder, name string) (cases [][]stickyRound) {
	f, err := os.Open("testdata/" + folder + "/" + name + ".jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(z); dec.More(); {
		var c struct{ Rounds []stickyRound }
		if err := dec.Decode(&c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c.Rounds)
	}
	return cases
}

func stickyRoundAgrees(t *testing.T, a Assignor, r *stickyRound, userData bool) bool {
	in := r.input()
	agrees := true
	for m, got := range a.Assign(in) {
		var want []TopicPartition
		for _, p := range r.Assignment[in.Members[m].ID] {
			want = append(want, TopicPartition(p))
		}
		if !slices.Equal(got, want) {
			t.Logf("%s: got %v, want %v", in.Members[m].ID, got, want)
			agrees = false
		}
		if want := in.Members[m].UserData; want != nil && userData {
			got := CooperativeStickyUserData(in.Members[m].Generation)
			if a == Sticky {
				got = StickyUserData(in.Members[m].Owned, in.Members[m].Generation)
			}
			if !bytes.Equal(got, want) {
				t.Logf("%s: user data %s, want %s", in.Members[m].ID,
					base64.StdEncoding.EncodeToString(got), base64.StdEncoding.EncodeToString(want))
				agrees = false
			}
		}
	}
	return agrees
}
