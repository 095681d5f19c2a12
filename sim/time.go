package sim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Time is virtual: microseconds since the world began, or a span of them.
type Time int64

// The units of virtual time, and a moment that never comes.
const (
	Microsecond Time = 1
	Millisecond      = 1000 * Microsecond
	Second           = 1000 * Millisecond
	Minute           = 60 * Second
	Never       Time = math.MaxInt64
)

// Span turns a duration into virtual time, rounded to microseconds.
func Span(d time.Duration) Time { return Time(d.Microseconds()) }

// Duration is t as a standard duration.
func (t Time) Duration() time.Duration { return time.Duration(t) * time.Microsecond }

// Seconds is t in seconds; for plots and summaries only, never for decisions.
func (t Time) Seconds() float64 { return float64(t) / float64(Second) }

// String prints seconds with three to six decimals: 1.204s, 0.000350s.
func (t Time) String() string {
	if t == Never {
		return "never"
	}
	sign := ""
	if t < 0 {
		sign, t = "-", -t
	}
	frac := fmt.Sprintf("%06d", t%Second)
	if strings.HasSuffix(frac, "000") {
		frac = frac[:3]
	}
	return sign + strconv.FormatInt(int64(t/Second), 10) + "." + frac + "s"
}

// ParseTime reads what String prints, and any Go duration.
func ParseTime(s string) (Time, error) {
	if s == "never" {
		return Never, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("time %q: want seconds such as 1.204s", s)
	}
	return Span(d), nil
}
