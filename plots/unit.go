package plots

import (
	"math"
	"strconv"
	"strings"
)

// A unit is what an axis prints its values in. Per is how many of it make one
// of what the axis holds: 1000 where seconds are printed as milliseconds.
type unit struct {
	name  string
	per   float64
	time  bool // a column names it at each number, since it varies from chart to chart
	whole bool // of things that are counted
	// places after the point that short prints of what is neither, so that the
	// numbers of a column compare
	places int
}

// unitFor is the unit in which a number of seconds reads best. 300 s stay
// seconds: timeouts are configured and discussed in them.
func unitFor(seconds float64) unit {
	of := func(name string, per float64) unit { return unit{name: name, per: per, time: true} }
	switch s := math.Abs(seconds); {
	case s == 0:
		return of("s", 1)
	case s < 1e-6:
		return of("ns", 1e9)
	case s < 1e-3:
		return of("µs", 1e6)
	case s < 1:
		return of("ms", 1e3)
	case s < 1000:
		return of("s", 1)
	case s < 6*3600:
		return of("min", 1.0/60)
	}
	return of("h", 1.0/3600)
}

// minus sets the typographer's sign.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// named adds the unit to a printed number.
func (u unit) named(s string) string { return strings.TrimSpace(s + " " + u.name) }

// exact prints a value in the unit, to a thousandth of it, as short as can
// be: "20 s".
func (u unit) exact(value float64) string {
	v := math.Round(value*u.per*1000) / 1000
	if math.Abs(v) >= 10000 && v == math.Trunc(v) {
		return u.named(minus(grouped(int(v))))
	}
	return u.named(minus(strconv.FormatFloat(v, 'f', -1, 64)))
}

// short prints a value for a column: times with one digit after the point,
// "34.8 s", counts as they are, the rest with the places of its unit. What
// is not 0 is not said to be. Units of time are named at each number, others
// at the axis alone.
func (u unit) short(value float64) string {
	v := value * u.per
	switch {
	case u.whole:
		return minus(grouped(int(math.Round(v))))
	case u.time && v > 0 && v < 0.05:
		return "< 0.1 " + u.name
	case u.time:
		return minus(strconv.FormatFloat(v, 'f', 1, 64)) + " " + u.name
	case u.places == 0 && math.Abs(v) >= 10000:
		return minus(grouped(int(math.Round(v))))
	}
	if least := math.Pow(10, -float64(u.places)); v > 0 && v < least/2 {
		return "< " + strconv.FormatFloat(least, 'f', u.places, 64)
	}
	return minus(strconv.FormatFloat(v, 'f', u.places, 64))
}

// label adds the unit to what is measured, in place of one in seconds that
// may be there, and what else is to say.
func (u unit) label(s string, more ...string) string {
	s = strings.TrimSpace(strings.TrimSuffix(clean(s), "(s)"))
	if u.name != "" {
		more = append([]string{u.name}, more...)
	}
	if len(more) == 0 {
		return s
	}
	return strings.TrimSpace(s + " (" + strings.Join(more, ", ") + ")")
}

// grouped prints a count with its thousands apart from 10 000 on.
func grouped(n int) string {
	s := strconv.Itoa(n)
	digits := strings.TrimPrefix(s, "-")
	if len(digits) < 5 {
		return s
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return s[:len(s)-len(strings.TrimPrefix(s, "-"))] + strings.Join(append([]string{digits}, parts...), " ")
}
