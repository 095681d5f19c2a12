package vectors

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/groundhogsim/groundhog/assignor"
)

type clientMember struct {
	ID         field[string]      `json:"id"`
	Instance   field[string]      `json:"instance"`
	Rack       field[string]      `json:"rack"`
	Topics     field[[]string]    `json:"topics"`
	Owned      field[[]partition] `json:"owned"`
	Generation field[int32]       `json:"generation"`
	UserData   field[string]      `json:"user_data"`
}

// clientRound decodes one call of a client assignor, and what Kafka's gave.
func clientRound(b []byte) (assignor.Input, map[string][]partition, error) {
	var (
		in  assignor.Input
		raw struct {
			Generation field[int]                    `json:"generation"`
			Topics     field[map[string]int32]       `json:"topics"`
			Replicas   map[string][][]int            `json:"replicas"`
			Members    field[[]clientMember]         `json:"members"`
			Assignment field[map[string][]partition] `json:"assignment"`
		}
		f fields
	)
	if err := strict(b, &raw); err != nil {
		return in, nil, err
	}
	must(&f, "generation", raw.Generation)
	topics, members := must(&f, "topics", raw.Topics), must(&f, "members", raw.Members)
	want := must(&f, "assignment", raw.Assignment)
	if f.err != nil {
		return in, nil, f.err
	}
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		t := assignor.Topic{Name: name, Partitions: topics[name]}
		replicas, told := raw.Replicas[name]
		if t.Partitions < 0 || told && len(replicas) != int(t.Partitions) {
			return in, nil, fmt.Errorf("topic %q has %d partitions, and replicas for %d", name, t.Partitions, len(replicas))
		}
		for _, brokers := range replicas {
			t.Racks = append(t.Racks, racks(brokers))
		}
		in.Topics = append(in.Topics, t)
	}
	for i, c := range members {
		m, err := c.member()
		if err != nil {
			return in, nil, fmt.Errorf("member %d: %w", i+1, err)
		}
		in.Members = append(in.Members, m)
	}
	return in, want, nil
}

// racks are those of brokers: broker i stands in rack r<i>.
func racks(brokers []int) []string {
	out := make([]string, len(brokers))
	for i, b := range brokers {
		out[i] = fmt.Sprintf("r%d", b)
	}
	return out
}

func (c clientMember) member() (assignor.Member, error) {
	var f fields
	m := assignor.Member{
		ID: must(&f, "id", c.ID), InstanceID: nullable(&f, "instance", c.Instance), Rack: nullable(&f, "rack", c.Rack),
		Topics: must(&f, "topics", c.Topics), Owned: plain(must(&f, "owned", c.Owned)), Generation: must(&f, "generation", c.Generation),
	}
	data := nullable(&f, "user_data", c.UserData)
	if f.err != nil {
		return m, f.err
	}
	if c.UserData.null {
		return m, nil
	}
	var err error
	if m.UserData, err = base64.StdEncoding.DecodeString(data); err != nil {
		return m, fmt.Errorf(`"user_data" is no base64: %w`, err)
	}
	return m, nil
}

func byName(a, b assignor.TopicPartition) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}
