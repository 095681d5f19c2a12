package checkpoint

// valve puts the watermarks of an operator's inputs together
// (StatusWatermarkValve): the operator's is the least over the inputs that are
// not idle and have caught up.
type valve struct {
	inputs []valveInput
	out    int64
	idle   bool // all inputs are
}

type valveInput struct {
	mark int64
	idle bool
	// behind is set while an input that was idle has not come as far as the
	// operator's watermark, which does not wait for it until then.
	behind bool
}

func newValve(channels int) *valve {
	v := &valve{inputs: make([]valveInput, channels), out: noWatermark}
	for i := range v.inputs {
		v.inputs[i].mark = noWatermark
	}
	return v
}

// take is told what came from a channel: a watermark, or that its source is
// idle, until its next watermark. ok: the operator's watermark advances to out.
func (v *valve) take(channel int, t int64, idle bool) (out int64, ok bool) {
	in := &v.inputs[channel]
	if idle {
		return v.rest(in)
	}
	if in.idle {
		in.idle, v.idle = false, false
		in.behind = in.mark < v.out
	}
	if t <= in.mark {
		return v.out, false
	}
	in.mark = t
	in.behind = in.behind && t < v.out
	return v.least()
}

// rest takes an input that has become idle. When it is the last one all that
// came counts: what the watermark is then must not depend on who was idle
// first.
func (v *valve) rest(in *valveInput) (out int64, ok bool) {
	if in.idle {
		return v.out, false
	}
	in.idle, v.idle = true, true
	greatest := noWatermark
	for i := range v.inputs {
		v.idle = v.idle && v.inputs[i].idle
		greatest = max(greatest, v.inputs[i].mark)
	}
	switch {
	case v.idle:
		return v.advance(greatest)
	case in.mark == v.out: // it may have held the others up
		return v.least()
	}
	return v.out, false
}

func (v *valve) least() (out int64, ok bool) {
	least := lastWatermark
	waiting := false
	for i := range v.inputs {
		if in := &v.inputs[i]; !in.idle && !in.behind {
			least, waiting = min(least, in.mark), true
		}
	}
	if !waiting {
		return v.out, false
	}
	return v.advance(least)
}

func (v *valve) advance(t int64) (out int64, ok bool) {
	if t <= v.out {
		return v.out, false
	}
	v.out = t
	return t, true
}
