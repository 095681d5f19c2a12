package vectors

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/assignor"
)

// checkKey runs a line about the hash of a key and the partitions it gives.
func checkKey(line []byte) (rounds int, mismatches []Mismatch, err error) {
	var (
		raw struct {
			Key        field[string]           `json:"key"`
			Murmur2    field[int32]            `json:"murmur2"`
			Partitions field[map[string]int32] `json:"partition"`
		}
		f fields
	)
	if err := strict(line, &raw); err != nil {
		return 0, nil, err
	}
	key64, hash := must(&f, "key", raw.Key), must(&f, "murmur2", raw.Murmur2)
	partitions := must(&f, "partition", raw.Partitions)
	if f.err != nil {
		return 0, nil, f.err
	}
	b, err := base64.StdEncoding.DecodeString(key64)
	if err != nil {
		return 0, nil, fmt.Errorf(`"key" is no base64: %w`, err)
	}
	key := string(b)
	miss := func(what string, want, got int32) {
		if want != got {
			mismatches = append(mismatches, Mismatch{Assignor: "murmur2", Case: strconv.Quote(key), Round: 1,
				Partition: what, Expected: strconv.Itoa(int(want)), Got: strconv.Itoa(int(got))})
		}
	}
	miss("hash", hash, int32(assignor.Murmur2(key)))
	for _, count := range slices.Sorted(maps.Keys(partitions)) {
		n, err := strconv.ParseInt(count, 10, 32)
		if err != nil || n < 1 {
			return 0, nil, fmt.Errorf("%q is no number of partitions", count)
		}
		miss("of "+count, partitions[count], assignor.PartitionForKey(key, int32(n)))
	}
	return 1, mismatches, nil
}
