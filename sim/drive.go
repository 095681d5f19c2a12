package sim

import "fmt"

// Driver chooses what goes next. It is not ok when the run is over.
type Driver interface {
	Next(w *World) (c Choice, ok bool)
}

// Prescriber is a driver that also prescribes the values drawn in the step
// it has just chosen.
type Prescriber interface {
	Driver
	Prescribed() []Draw
}

// Drive lets a driver run a world until it, or stop, says that it is over, or
// steps have been made. It tells how many were made.
func Drive(w *World, d Driver, steps uint64, stop func() bool) (uint64, error) {
	p, prescribes := d.(Prescriber)
	for n := uint64(0); n < steps; n++ {
		if stop != nil && stop() {
			return n, nil
		}
		c, ok := d.Next(w)
		if !ok {
			return n, nil
		}
		if prescribes {
			w.draws.script = p.Prescribed()
		}
		err := w.Apply(c.At, c.Action)
		w.draws.script = nil
		if err != nil {
			return n, err
		}
	}
	return steps, nil
}

// TimedDriver always takes the earliest action, and makes each entry of its
// plan happen at its time: what the environment does. Entries that are not
// possible then are passed over. It drives random timed runs and the replay
// of logs that follow Timed.
type TimedDriver struct {
	Plan    []Entry // by time, then by ord
	Until   Time    // nothing after this; 0 means no end
	Tamper  Tamper  // with single messages
	Skipped int     // entries passed over
}

// Next implements Driver.
func (d *TimedDriver) Next(w *World) (Choice, bool) {
	c, ok := w.Next()
	for len(d.Plan) > 0 {
		e := &d.Plan[0]
		at := max(e.At, w.Now())
		if ok && !d.first(w, e, at, c.At) {
			break
		}
		d.Plan = d.Plan[1:]
		if w.misfit(at, e.Action) == "" {
			c, ok = Choice{at, e.Action}, true
			break
		}
		d.Skipped++
	}
	if d.Until != 0 && c.At > d.Until {
		return Choice{}, false
	}
	if ok {
		if a, tampered := d.Tamper.tamper(w, c.Action); tampered {
			c.Action = a
		}
	}
	return c, ok
}

// first tells whether the plan's entry goes before the world's own next action.
func (d *TimedDriver) first(w *World, e *Entry, at, next Time) bool {
	if at != next {
		return at < next
	}
	done := 0
	if at == w.Now() {
		done = w.Instant()
	}
	return e.At < at || e.Ord <= done
}

// UntimedDriver goes through all orders that bounded delay allows: a message
// may stay under way, and a timer be overdue, until Bound has passed on the
// clock. What goes next is the one whose name and
// occurrence hash least, so that leaving one action out does not reshuffle
// the rest. The plan's next entry is a candidate like any other.
type UntimedDriver struct {
	Seed  uint64
	Bound Time
	Plan  []Entry
	Until Time

	seen map[Action]uint64
	buf  []Choice
	flt  []Action
}

// Next implements Driver.
func (d *UntimedDriver) Next(w *World) (Choice, bool) {
	if d.seen == nil {
		d.seen = map[Action]uint64{}
	}
	d.buf = w.Within(d.Bound, d.buf[:0])
	d.flt = w.Faults(d.flt[:0])
	for _, a := range d.flt {
		d.buf = append(d.buf, Choice{w.Now(), a})
	}
	for len(d.Plan) > 0 && w.misfit(max(d.Plan[0].At, w.Now()), d.Plan[0].Action) != "" {
		d.Plan = d.Plan[1:]
	}
	planned := len(d.buf)
	if len(d.Plan) > 0 {
		d.buf = append(d.buf, Choice{max(d.Plan[0].At, w.Now()), d.Plan[0].Action})
	}
	best := d.least()
	if best < 0 {
		return Choice{}, false
	}
	if best == planned {
		d.Plan = d.Plan[1:]
	}
	c := d.buf[best]
	d.seen[c.Action]++
	return c, true
}

func (d *UntimedDriver) least() int {
	best, bestHash := -1, uint64(0)
	for i, c := range d.buf {
		if d.Until != 0 && c.At > d.Until {
			continue
		}
		h := mixAction(mix(d.Seed, d.seen[c.Action]), c.Action)
		if best < 0 || h < bestHash {
			best, bestHash = i, h
		}
	}
	return best
}

// ReplayDriver makes a log's entries happen one after the other.
type ReplayDriver struct {
	Log     *Log
	Lenient bool // pass over what does not fit, and after the last go on with the earliest action
	Until   Time // nothing after this; 0 means no end

	place   int
	Skipped int
	misfit  *Divergence
	draws   []Draw
}

// Divergence is the first line of a log that no longer fits.
type Divergence struct {
	Line  int
	Entry string
	Why   string
}

func (d *Divergence) Error() string {
	return fmt.Sprintf("line %d no longer fits: %s: %s", d.Line, d.Entry, d.Why)
}

// Next implements Driver.
func (d *ReplayDriver) Next(w *World) (Choice, bool) {
	d.draws = nil
	for d.place < len(d.Log.Entries) {
		e := &d.Log.Entries[d.place]
		d.place++
		at := e.At
		if d.Lenient {
			at = w.earliest(at, e.Action)
		}
		why := w.misfit(at, e.Action)
		if why == "" {
			d.draws = e.Draws
			return Choice{at, e.Action}, true
		}
		if !d.Lenient {
			d.misfit = &Divergence{e.Line, d.Log.line(e), why}
			return Choice{}, false
		}
		d.Skipped++
	}
	if !d.Lenient {
		return Choice{}, false
	}
	c, ok := w.Next()
	return c, ok && (d.Until == 0 || c.At <= d.Until)
}

// Prescribed implements Prescriber.
func (d *ReplayDriver) Prescribed() []Draw { return d.draws }

// Divergence is where an exact replay left its log, nil if it did not.
func (d *ReplayDriver) Divergence() *Divergence { return d.misfit }
