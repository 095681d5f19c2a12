package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// An Axis says what an axis of a chart measures.
type Axis struct {
	Label string // such as "commit interval"
	// Unit of the values. "s" is printed as ns to h, as it reads best; any
	// other is printed as it is; "" is for a bare count.
	Unit string
	// Log makes the axis logarithmic above 1, or above the decade of the
	// least value if that is lower, and linear from there down to 0: so 0 has
	// its place, and is not drawn as something small.
	Log bool
}

// linearPart is the length of the linear part of a logarithmic scale, in
// decades.
const linearPart = 0.6

// mostDecades that a logarithmic part has: what is less is as good as 0.
const mostDecades = 9

// A scale puts values on a line.
type scale struct {
	unit   unit
	lo, hi float64 // what it holds, as values
	// above is the printed number where a logarithmic part begins; 0 if the
	// whole is linear.
	above float64
	tried []float64 // values that deserve ticks; nice numbers have them if there are none, or too many
	title string
}

// newScale makes a scale for the values, from 0 or the least, if that is
// negative, to a little over the largest.
func newScale(a Axis, values []float64) scale {
	least, largest, small, whole := 0.0, 0.0, math.Inf(1), true
	for _, v := range values {
		if math.IsInf(v, 0) || math.IsNaN(v) {
			continue
		}
		least, largest = min(least, v), max(largest, v)
		if v > 0 {
			small = min(small, v)
		}
		whole = whole && v == math.Trunc(v)
	}
	s := scale{unit: unit{name: clean(a.Unit), per: 1, whole: whole}}
	if s.unit.name == "s" {
		s.unit = unitFor(max(largest, -least))
	}
	switch {
	case largest == least:
		largest = least + 1
	case largest-least < 1e-9: // time.Duration knows nothing shorter
		largest = least + 1e-9
	}
	s.lo, s.hi = least, largest
	for top := max(largest, -least); s.unit.places < 6 && top > 0 && top < 99.95; top *= 10 {
		s.unit.places++
	}
	s.title = s.unit.label(a.Label)
	if a.Log && least == 0 {
		s.above = 1
		if small*s.unit.per < 1 {
			decade := math.Floor(math.Log10(small*s.unit.per) + 1e-9)
			s.above = math.Pow10(int(max(decade, math.Floor(math.Log10(largest*s.unit.per))-mostDecades)))
		}
		s.title = s.unit.label(a.Label, "log above "+strconv.FormatFloat(s.above, 'f', -1, 64))
	}
	pad := s.at(s.hi) - s.at(s.lo)
	s.hi = s.value(s.at(s.hi) + 0.04*pad)
	if least < 0 {
		s.lo -= 0.04 * pad
	}
	return s
}

// at is where a value stands.
func (s scale) at(v float64) float64 {
	if s.above == 0 {
		return v
	}
	if n := v * s.unit.per / s.above; n > 1 {
		return linearPart + math.Log10(n)
	} else {
		return linearPart * n
	}
}

// value is the inverse of at.
func (s scale) value(at float64) float64 {
	switch {
	case s.above == 0:
		return at
	case at > linearPart:
		return math.Pow(10, at-linearPart) * s.above / s.unit.per
	}
	return at / linearPart * s.above / s.unit.per
}

// stretch is how many points of a length one of at takes.
func (s scale) stretch(length vg.Length) float64 {
	return length.Points() / (s.at(s.hi) - s.at(s.lo))
}

// across and upright are the room that a label takes along its axis.
func across(label string) vg.Length { return tickText.Width(label) }

func upright(string) vg.Length { return lineHeight - 6 }

// ticks are the marks for an axis of a length, about n of them, with labels
// of a size.
func (s scale) ticks(length vg.Length, n int, size func(string) vg.Length) plot.ConstantTicks {
	if s.above > 0 {
		return s.decades(length, size)
	}
	if len(s.tried) > 0 {
		var own plot.ConstantTicks
		for _, v := range s.tried {
			own = append(own, plot.Tick{Value: v, Label: unit{per: s.unit.per}.exact(v)})
		}
		if apart(own, s.stretch(length), size) {
			return own
		}
	}
	return spaced(s.nice(n), s.stretch(length), size)
}

// nice are ticks at multiples of 1, 2 or 5 times a power of ten, at whole
// numbers if the values are counts.
func (s scale) nice(n int) plot.ConstantTicks {
	lo, hi := s.lo*s.unit.per, s.hi*s.unit.per
	step := niceStep(hi-lo, n)
	if s.unit.whole {
		step = max(step, 1)
	}
	places := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	var out plot.ConstantTicks
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+step*1e-9 && len(out) < 100; i++ {
		v := i * step
		label := strconv.FormatFloat(v, 'f', places, 64)
		switch {
		case i == 0:
			label = "0"
		case math.Abs(v) >= 10000 && math.Abs(v) < 1e15:
			label = grouped(int(math.Round(v)))
		}
		out = append(out, plot.Tick{Value: v / s.unit.per, Label: minus(label)})
	}
	return out
}

// decades are the ticks of a logarithmic scale: 0 and powers of ten with
// labels, and without them what lies between, if there is room.
func (s scale) decades(length vg.Length, size func(string) vg.Length) plot.ConstantTicks {
	var major plot.ConstantTicks
	if s.lo <= 0 {
		major = plot.ConstantTicks{{Value: s.at(0), Label: "0"}}
	}
	var minor plot.ConstantTicks
	hi := s.hi * s.unit.per
	first := int(math.Round(math.Log10(s.above)))
	for e := first; math.Pow10(e) <= hi && e < first+40; e++ {
		n := math.Pow10(e)
		label := strconv.FormatFloat(n, 'g', 6, 64)
		if n < 1e7 {
			label = unit{per: 1}.exact(n)
		}
		if n < 0.001 {
			label = strconv.FormatFloat(n, 'f', -1, 64)
		}
		major = append(major, plot.Tick{Value: s.at(n / s.unit.per), Label: label})
		for k := 2.0; k < 10 && k*n <= hi; k++ {
			minor = append(minor, plot.Tick{Value: s.at(k * n / s.unit.per)})
		}
	}
	some := spaced(major, s.stretch(length), size)
	if len(some) < len(major) {
		return some
	}
	return append(some, minor...)
}

// niceStep is the step of 1, 2 or 5 times a power of ten that cuts a length
// into about n parts.
func niceStep(length float64, n int) float64 {
	if !(length > 0) || math.IsInf(length, 0) {
		return 1
	}
	raw := length / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*0.999 {
			return m * power
		}
	}
	return 10 * power
}

// spaced keeps every tick, or every second, or third …, so that their labels
// stand apart; perUnit is how many points one of their values takes.
func spaced(all plot.ConstantTicks, perUnit float64, size func(string) vg.Length) plot.ConstantTicks {
	for k := 1; k < len(all); k++ {
		var some plot.ConstantTicks
		for i := 0; i < len(all); i += k {
			some = append(some, all[i])
		}
		if apart(some, perUnit, size) {
			return some
		}
	}
	return all[:min(1, len(all))]
}

// apart tells whether labels of neighbours leave a gap.
func apart(ticks plot.ConstantTicks, perUnit float64, size func(string) vg.Length) bool {
	for i := range ticks[:max(0, len(ticks)-1)] {
		need := (size(ticks[i].Label)+size(ticks[i+1].Label))/2 + 6
		if (ticks[i+1].Value-ticks[i].Value)*perUnit < need.Points() {
			return false
		}
	}
	return true
}
