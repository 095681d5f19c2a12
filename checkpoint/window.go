package checkpoint

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/sim"
)

// Average gives the mean value of each key's records over windows of event
// time that lie side by side (TumblingEventTimeWindows), when the watermark
// has passed a window's end. A result's key is "patient-1@300000": the key and
// the window's end, milliseconds. Its value is a decimal number, exact to
// millionths whatever the order of the records; values that are no numbers are
// left out.
//
// The watermark is not in the state: after a restore event time begins anew,
// and a record that was late before, and is read again, may be in time.
type Average struct {
	Size sim.Time // of a window, 5 min; whole milliseconds
	// Lateness is how long a window that has fired is kept for records that
	// come late; each makes it fire again (allowedLateness). Later ones are
	// dropped.
	Lateness sim.Time

	groups []map[pane]*mean
	marked bool
	now    int64 // the watermark, when marked is set
	panes  int
	due    int64 // none of the panes fires or is dropped before
}

// pane is a key's window, [End − Size, End), milliseconds.
type pane struct {
	End int64
	Key string
}

func (p pane) compare(o pane) int {
	return cmp.Or(cmp.Compare(p.End, o.End), cmp.Compare(p.Key, o.Key))
}

// mean is a pane's state.
type mean struct {
	Sum   int64 // millionths
	Count int64
	Fired bool // and nothing has come since
}

// Apply implements Operator.
func (a *Average) Apply(r *Record, group int, out *Output) {
	p := pane{a.end(r.Timestamp), r.Key}
	if a.marked && a.now >= a.gone(p) {
		out.Drop()
		return
	}
	m := a.mean(p, group)
	if v, ok := millionths(r.Value); ok {
		m.Sum, m.Count = m.Sum+v, m.Count+1
	}
	if m.Fired = a.marked && a.now >= p.End-1; m.Fired {
		m.fire(p, out)
	}
}

// end of the window that a moment is in.
func (a *Average) end(at int64) int64 {
	size := max(int64(cmp.Or(a.Size, 5*sim.Minute)/sim.Millisecond), 1)
	into := at % size
	if into < 0 {
		into += size
	}
	return at - into + size
}

// gone is the watermark at which a pane is dropped.
func (a *Average) gone(p pane) int64 {
	late := int64(a.Lateness / sim.Millisecond)
	if p.End-1 > math.MaxInt64-late {
		return math.MaxInt64
	}
	return p.End - 1 + late
}

// mean finds a pane's state, or makes it.
func (a *Average) mean(p pane, group int) *mean {
	if group >= len(a.groups) {
		a.groups = slices.Grow(a.groups, group+1-len(a.groups))[:group+1]
	}
	if a.groups[group] == nil {
		a.groups[group] = map[pane]*mean{}
	}
	m := a.groups[group][p]
	if m == nil {
		m = &mean{}
		a.groups[group][p] = m
		a.panes++
	}
	if a.panes == 1 {
		a.due = p.End - 1
	}
	a.due = min(a.due, p.End-1)
	return m
}

// Watermark implements Operator. Windows fire in the order of their ends, then
// of their keys.
func (a *Average) Watermark(t int64, out *Output) {
	if a.marked && t <= a.now {
		return
	}
	a.marked, a.now = true, t
	if a.panes == 0 || t < a.due {
		return
	}
	var fire []pane
	means := map[pane]*mean{}
	a.due = math.MaxInt64
	for _, g := range a.groups {
		//ordered: what fires is sorted below, and the rest does not show
		for p, m := range g {
			if !m.Fired && t >= p.End-1 {
				fire, means[p], m.Fired = append(fire, p), m, true
			}
			switch {
			case t >= a.gone(p):
				delete(g, p)
				a.panes--
			case m.Fired:
				a.due = min(a.due, a.gone(p))
			default:
				a.due = min(a.due, p.End-1)
			}
		}
	}
	slices.SortFunc(fire, pane.compare)
	for _, p := range fire {
		means[p].fire(p, out)
	}
}

func (m *mean) fire(p pane, out *Output) {
	if m.Count > 0 {
		out.Emit(Result{Key: p.Key + "@" + strconv.FormatInt(p.End, 10), Value: decimal(m.Sum, m.Count)})
	}
}

// Snapshot implements Operator: for each pane, in order, its end, the key, the
// sum, and the count, doubled, one more when it has fired.
func (a *Average) Snapshot(group int) []byte {
	if group >= len(a.groups) {
		return nil
	}
	g := a.groups[group]
	order := make([]pane, 0, len(g))
	//ordered: it is sorted
	for p := range g {
		order = append(order, p)
	}
	slices.SortFunc(order, pane.compare)
	var state []byte
	for _, p := range order {
		m := g[p]
		state = appendKey(binary.AppendVarint(state, p.End), p.Key)
		n := uint64(m.Count) << 1
		if m.Fired {
			n++
		}
		state = binary.AppendUvarint(binary.AppendVarint(state, m.Sum), n)
	}
	return state
}

// Restore implements Operator.
func (a *Average) Restore(group int, state []byte) error {
	d := decoder{rest: state}
	for len(d.rest) > 0 {
		p := pane{End: d.varint()}
		p.Key = d.key()
		sum, n := d.varint(), d.uvarint()
		if d.err != nil {
			return fmt.Errorf("the windows of key group %d: %w", group, d.err)
		}
		m := a.mean(p, group)
		*m = mean{Sum: sum, Count: int64(n >> 1), Fired: n&1 != 0}
	}
	return nil
}
