package scenarios

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios/records"
)

// Load is what a producer writes: Count records to one topic.
type Load struct {
	Count   int
	Keys    int // how many different keys; 0: each record has its own
	Pattern string
	Every   time.Duration // between ticks; by default the load fills the faulty time
	PerTick int           // records a tick, 1

	// Records are what is written, in place of Count, Keys and Pattern.
	Records []records.Record `json:",omitzero"`

	Topic  string        `json:",omitzero"` // the Spec's first
	From   time.Duration `json:",omitzero"` // when it begins
	NoKeys bool          `json:",omitzero"` // records have no keys
	// Skew gives the keys weights, in place of Keys: of as many records in a row
	// as the weights have for a sum, each key has as many as its own. See Zipf.
	Skew  []int              `json:",omitzero"`
	Value func(i int) string `json:"-"` // of the i-th record; by default its number
	// EventTime is the i-th record's timestamp (CreateTime), counted from when
	// the world began, in whole milliseconds; by default it is when the record is
	// written. For the simulated world only.
	EventTime      func(i int) time.Duration `json:"-"`
	Partitioner    client.Partitioner        `json:",omitzero"` // the profile's own
	MetadataMaxAge time.Duration             `json:",omitzero"` // of this producer; that of the consumers
	Producing      client.Producing          `json:",omitzero"`
	stride         int                       // spreads a key of a skewed load over the records
}

// Keyed is a load of count records whose keys are the pattern filled with 0
// to keys-1 in turn: Keyed(200, "patient-%d", 20).
func Keyed(count int, pattern string, keys int) Load {
	return Load{Count: count, Pattern: pattern, Keys: keys}
}

// Zipf are weights of keys of which the first is as frequent as the r-th is r
// times: 1/1, 1/2, 1/3…, in parts of 60.
func Zipf(keys int) []int {
	out := make([]int, keys)
	for i := range out {
		out[i] = max(60/(i+1), 1)
	}
	return out
}

// Key is the i-th record's key.
func (l Load) Key(i int) string {
	switch {
	case len(l.Records) > 0:
		return l.Records[i].Key
	case len(l.Skew) > 0:
		return fmt.Sprintf(l.pattern(), l.skewed(i))
	case l.Keys <= 0:
		return fmt.Sprintf("key-%d", i)
	}
	return fmt.Sprintf(l.pattern(), i%l.Keys)
}

func (l Load) pattern() string {
	if l.Pattern == "" {
		return "key-%d"
	}
	return l.Pattern
}

// skewed is the number of the i-th record's key: the records of a round go
// through the round in strides that have no divisor in common with its length.
func (l Load) skewed(i int) int {
	at := i % l.round()
	if l.stride > 0 {
		at = at * l.stride % l.round()
	}
	for k, w := range l.Skew {
		if at -= w; at < 0 {
			return k
		}
	}
	return 0
}

func (l Load) round() (n int) {
	for _, w := range l.Skew {
		n += w
	}
	return n
}

// withDefaults fills in what is zero; the load lasts until end.
func (l Load) withDefaults(spec *Spec, end time.Duration) Load {
	if l.Topic == "" {
		l.Topic = spec.Topics[0].Name
	}
	if l.PerTick == 0 {
		l.PerTick = 1
	}
	if given := l.Records; len(given) > 0 {
		l.Count, l.Value = len(given), func(i int) string { return given[i].Value }
	}
	if l.Every == 0 && l.Count > 0 {
		l.Every = (end - l.From) * time.Duration(l.PerTick) / time.Duration(l.Count)
	}
	if l.MetadataMaxAge == 0 {
		l.MetadataMaxAge = spec.Client.MetadataMaxAge
	}
	if n := l.round(); n > 0 {
		// The golden section leaves the largest gaps between the places of a key.
		for l.stride = max(n*618/1000, 1); gcd(l.stride, n) > 1; l.stride++ {
		}
	}
	return l
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// check tells what is wrong with a load; field is its name.
func (l *Load) check(field string, s *Spec, end time.Duration) error {
	switch {
	case l.Count < 0:
		return &SpecError{field + ".Count", "it cannot be negative"}
	case len(l.Records) > 0 && (l.Count != 0 && l.Count != len(l.Records) || l.Keys != 0 || l.Skew != nil):
		return &SpecError{field + ".Records", "they are the load; leave Count, Keys and Skew away"}
	case l.PerTick < 0:
		return &SpecError{field + ".PerTick", "it cannot be negative"}
	case l.Topic != "" && s.topic(l.Topic) == nil:
		return &SpecError{field + ".Topic", fmt.Sprintf("%q is none of the Spec's topics", l.Topic)}
	case l.From < 0 || l.From >= end && l.Count > 0:
		return &SpecError{field + ".From", fmt.Sprintf("%v is not before the faults stop, at %v", l.From, end)}
	case !l.Partitioner.Known():
		return &SpecError{field + ".Partitioner", fmt.Sprintf("%q is none; there are: %s", l.Partitioner, client.Partitioners())}
	case l.NoKeys && len(l.Skew) > 0:
		return &SpecError{field + ".Skew", "records without keys cannot have weights of keys; drop NoKeys"}
	case slices.ContainsFunc(l.Skew, func(w int) bool { return w < 1 }):
		return &SpecError{field + ".Skew", "each weight must be 1 at least"}
	case l.Keys < 0:
		return &SpecError{field + ".Keys", "it cannot be negative; 0 gives each record a key of its own"}
	}
	return nil
}
