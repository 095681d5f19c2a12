package scenarios

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Gauge takes a number from every run of a Spec, in whatever world it runs.
type Gauge struct {
	Name string
	Unit string // µs, records, ‰…: samples are whole numbers of it
	// New makes what watches one run.
	New func(*Trial) Meter
}

// Meter watches the history of one run, and reads its samples in the end.
type Meter interface {
	Observe(*model.Event) // the event is valid during the call only
	Read(*Outcome) []int64
}

// Reading is a Gauge of what an outcome tells by itself.
func Reading(name, unit string, read func(*Outcome) []int64) Gauge {
	return Gauge{Name: name, Unit: unit, New: func(*Trial) Meter { return reading(read) }}
}

type reading func(*Outcome) []int64

func (reading) Observe(*model.Event)      {}
func (f reading) Read(o *Outcome) []int64 { return f(o) }

// Number is what a gauge has read in one run.
type Number struct {
	Name, Unit string
	Samples    []int64
}

// Number gives what a gauge has read; nil where there is none of that name.
func (o *Outcome) Number(name string) []int64 {
	for _, n := range o.Numbers {
		if n.Name == name {
			return n.Samples
		}
	}
	return nil
}

// Measured are the samples of a gauge over many runs; its JSON is published.
type Measured struct {
	Name    string  `json:"name"`
	Unit    string  `json:"unit"`
	N       int     `json:"n"`
	Sum     int64   `json:"sum"`
	Min     int64   `json:"min"`
	P50     int64   `json:"p50"`
	P90     int64   `json:"p90"`
	P99     int64   `json:"p99"`
	Max     int64   `json:"max"`
	Samples []int64 `json:"-"` // in order of size, when the campaign is over
}

// NewMeasured makes one run's number readable as many runs' are.
func NewMeasured(n Number) *Measured {
	m := &Measured{Name: n.Name, Unit: n.Unit, Samples: slices.Clone(n.Samples)}
	m.close()
	return m
}

// Quantile is the smallest sample that so many of 1000 do not exceed; 0
// without samples.
func (m *Measured) Quantile(permille int) int64 {
	if len(m.Samples) == 0 {
		return 0
	}
	return m.Samples[max((len(m.Samples)*permille+999)/1000, 1)-1]
}

// Above counts the samples that exceed a bound.
func (m *Measured) Above(bound int64) int {
	i, _ := slices.BinarySearch(m.Samples, bound+1)
	return len(m.Samples) - i
}

func (m *Measured) close() {
	slices.Sort(m.Samples)
	if m.N = len(m.Samples); m.N == 0 {
		return
	}
	for _, x := range m.Samples {
		m.Sum += x
	}
	m.Min, m.Max = m.Samples[0], m.Samples[m.N-1]
	m.P50, m.P90, m.P99 = m.Quantile(500), m.Quantile(900), m.Quantile(990)
}

// tally gathers the numbers of many runs.
type tally struct {
	Measures []*Measured `json:"measures,omitempty"`
}

func (t *tally) take(o *Outcome) {
	for _, n := range o.Numbers {
		m := t.Measure(n.Name)
		if m == nil {
			m = &Measured{Name: n.Name, Unit: n.Unit}
			t.Measures = append(t.Measures, m)
		}
		m.Samples = append(m.Samples, n.Samples...)
	}
}

// Measure gives what was measured under a name, or nil.
func (t *tally) Measure(name string) *Measured {
	for _, m := range t.Measures {
		if m.Name == name {
			return m
		}
	}
	return nil
}

func (t *tally) close() {
	for _, m := range t.Measures {
		m.close()
	}
}

// Quantity writes so many of a unit: microseconds as Kafka's times read, parts
// of a thousand as per cent.
func Quantity(v int64, unit string) string {
	switch unit {
	case "":
		return fmt.Sprint(v)
	case "µs":
		return sim.Time(v).Duration().String()
	case "‰":
		return fmt.Sprintf("%d.%d %%", v/10, v%10)
	}
	return fmt.Sprintf("%d %s", v, unit)
}

// String is the range and the middle of what was measured.
func (m *Measured) String() string {
	switch q := func(v int64) string { return Quantity(v, m.Unit) }; {
	case m.N == 0:
		return "no sample"
	case m.N == 1 || m.Min == m.Max:
		return q(m.Min)
	default:
		return fmt.Sprintf("%s … %s … %s (p99 %s, %d samples)", q(m.Min), q(m.P50), q(m.Max), q(m.P99), m.N)
	}
}
