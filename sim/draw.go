package sim

import "math/bits"

// Draw is one drawn value, as decision logs record it.
type Draw struct {
	Purpose string
	Value   int64
}

// onDraw lets tests see what each draw was for.
var onDraw func(purpose string, node, peer NodeID, ordinal uint64, v int64)

// Draws is the source of a world's luck. Each value is a function of the seed
// and of what it is drawn for, never of a shared stream, so that the presence
// of one draw does not change another.
type Draws struct {
	seed   uint64
	fixed  bool   // every draw is 0: exhaustive search
	script []Draw // values that a log prescribes for the step being replayed, in order
	rec    *[]Draw
}

// SeededDraws draws by seed.
func SeededDraws(seed uint64) Draws { return Draws{seed: seed} }

// FixedDraws gives 0 for everything: for exhaustive search, where luck is a
// branch or a constant and never a counter in the state.
func FixedDraws() Draws { return Draws{fixed: true} }

// Draw gives a number in [0, n) outside of any step: options of a run, faults
// of a plan, pieces of a load.
func (d *Draws) Draw(purpose string, ordinal uint64, n int64) int64 {
	return d.draw(purpose, Nobody, Nobody, ordinal, n)
}

func (d *Draws) draw(purpose string, node, peer NodeID, ordinal uint64, n int64) int64 {
	if n < 2 {
		return 0
	}
	v, prescribed := d.prescribed(purpose)
	if !prescribed && !d.fixed {
		h := mixString(mix(d.seed, ordinal), purpose)
		h = mix(h, uint64(node)|uint64(peer)<<16)
		hi, _ := bits.Mul64(h, uint64(n))
		v = int64(hi)
	}
	v = min(max(v, 0), n-1)
	if onDraw != nil {
		onDraw(purpose, node, peer, ordinal, v)
	}
	if d.rec != nil {
		*d.rec = append(*d.rec, Draw{purpose, v})
	}
	return v
}

// prescribed takes the next value that the log gives for the purpose.
func (d *Draws) prescribed(purpose string) (int64, bool) {
	for i, s := range d.script {
		if s.Purpose == purpose {
			d.script = d.script[i+1:]
			return s.Value, true
		}
	}
	return 0, false
}
