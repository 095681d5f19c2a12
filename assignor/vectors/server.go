package vectors

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/assignor"
)

type serverTopic struct {
	Partitions field[int32]    `json:"partitions"`
	ID         field[string]   `json:"id"`
	Bits       field[[]string] `json:"id_bits"`
}

type serverMember struct {
	ID       field[string]      `json:"id"`
	Instance field[string]      `json:"instance"`
	Topics   field[[]string]    `json:"topics"`
	Target   field[[]partition] `json:"target"`
}

// serverRound decodes one call of a server assignor, and what Kafka's gave.
func serverRound(b []byte) (assignor.ServerInput, map[string][]partition, error) {
	var (
		in  assignor.ServerInput
		raw struct {
			Topics     field[map[string]serverTopic] `json:"topics"`
			Members    field[[]serverMember]         `json:"members"`
			Assignment field[map[string][]partition] `json:"assignment"`
		}
		f fields
	)
	if err := strict(b, &raw); err != nil {
		return in, nil, err
	}
	topics, members := must(&f, "topics", raw.Topics), must(&f, "members", raw.Members)
	want := must(&f, "assignment", raw.Assignment)
	if f.err != nil {
		return in, nil, f.err
	}
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		t, err := topics[name].topic(name)
		if err != nil {
			return in, nil, fmt.Errorf("topic %q: %w", name, err)
		}
		in.Topics = append(in.Topics, t)
	}
	for i, s := range members {
		m := assignor.ServerMember{
			ID: must(&f, "id", s.ID), InstanceID: nullable(&f, "instance", s.Instance),
			Topics: must(&f, "topics", s.Topics), Target: plain(must(&f, "target", s.Target)),
		}
		if f.err != nil {
			return in, nil, fmt.Errorf("member %d: %w", i+1, f.err)
		}
		in.Members = append(in.Members, m)
	}
	return in, want, nil
}

// topic checks that the two ways in which the id is written agree.
func (s serverTopic) topic(name string) (assignor.ServerTopic, error) {
	var f fields
	t := assignor.ServerTopic{Name: name, Partitions: must(&f, "partitions", s.Partitions)}
	id, bits := must(&f, "id", s.ID), must(&f, "id_bits", s.Bits)
	if f.err != nil {
		return t, f.err
	}
	if t.Partitions < 0 {
		return t, fmt.Errorf("%d partitions", t.Partitions)
	}
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) != len(t.ID) {
		return t, fmt.Errorf("id %q is no UUID as Kafka writes them", id)
	}
	copy(t.ID[:], b)
	var fromBits []byte
	for _, hex := range bits {
		n, err := strconv.ParseUint(hex, 16, 64)
		if err != nil {
			return t, fmt.Errorf("id_bits: %w", err)
		}
		fromBits = binary.BigEndian.AppendUint64(fromBits, n)
	}
	if !slices.Equal(b, fromBits) {
		return t, fmt.Errorf("id %q and id_bits %v are different ids", id, bits)
	}
	return t, nil
}
