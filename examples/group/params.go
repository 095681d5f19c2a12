package group

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Params are the size of the model, and its mutant.
type Params struct {
	M int // members, 1 to 4
	P int // partitions, 1 to 3
	R int // records in each partition, 1 to 3
	C int // crashes in all, 0 to 2
	// Mutant is a mistake built in to show that the properties can fail: 0 for none, 1 a commit is
	// taken whatever its generation, 2 a member commits one record too many, 3 every assignment
	// includes partition 0.
	Mutant int
}

// The greatest parameters: State has room for no more.
const (
	maxMembers    = 4
	maxPartitions = 3
	maxRecords    = 3
	maxCrashes    = 2
	maxMutant     = 3
)

// Default returns GROUP(2, 2, 2, 1) without a mutant.
func Default() Params { return Params{M: 2, P: 2, R: 2, C: 1} }

// parameter is a setting by its key, with the least and the greatest value.
type parameter struct {
	key         string
	value       *int
	least, most int
}

func (p *Params) parameters() []parameter {
	return []parameter{
		{"M", &p.M, 1, maxMembers},
		{"P", &p.P, 1, maxPartitions},
		{"R", &p.R, 1, maxRecords},
		{"C", &p.C, 0, maxCrashes},
		{"MUT", &p.Mutant, 0, maxMutant},
	}
}

// Parse returns the default parameters with settings put over them. The keys are M, P, R, C and MUT.
func Parse(settings map[string]string) (Params, error) {
	p := Default()
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if err := p.assign(key, settings[key]); err != nil {
			return Params{}, err
		}
	}
	return p, nil
}

// Set changes the parameters that text mentions, as in "M=3,P=2". With String it makes Params a
// flag.Value.
func (p *Params) Set(text string) error {
	changed := *p
	for setting := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(setting), "=")
		if !ok {
			return fmt.Errorf("group: %q: expected KEY=VALUE, as in M=2,P=2,R=2,C=1,MUT=0", setting)
		}
		if err := changed.assign(key, value); err != nil {
			return err
		}
	}
	*p = changed
	return nil
}

// String returns the parameters in the form that Set reads.
func (p *Params) String() string {
	var b strings.Builder
	for i, q := range p.parameters() {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s=%d", q.key, *q.value)
	}
	return b.String()
}

func (p *Params) assign(key, value string) error {
	var keys []string
	for _, q := range p.parameters() {
		if q.key != key {
			keys = append(keys, q.key)
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("group: %s=%q: expected a whole number from %d to %d",
				key, value, q.least, q.most)
		}
		*q.value = n
		return q.check()
	}
	return fmt.Errorf("group: unknown key %q: expected one of %s", key, strings.Join(keys, ", "))
}

func (q parameter) check() error {
	if *q.value < q.least || *q.value > q.most {
		return fmt.Errorf("group: %s=%d: expected %d to %d", q.key, *q.value, q.least, q.most)
	}
	return nil
}

// check returns an error that names the first parameter that is out of range.
func (p *Params) check() error {
	for _, q := range p.parameters() {
		if err := q.check(); err != nil {
			return err
		}
	}
	return nil
}
