package sim

// Tamper is how often single messages are lost, doubled, late or overtaken in
// timed driving: faults that TCP does not have, which a scenario asks for
// besides those of connections. Each message is tampered with once at most.
type Tamper struct {
	// Of a thousand messages so many are …
	Drop, Duplicate, Delay, Reorder int64
	// Most is the longest delay.
	Most Time
}

// tamper gives the fault that strikes instead of a delivery, if one does. It
// depends on the seed and on which message it is, and on nothing else.
func (t Tamper) tamper(w *World, a Action) (Action, bool) {
	if t == (Tamper{}) || a.Kind != Deliver || a.Label == ClosedName {
		return a, false
	}
	l := w.findLink(a.Node, a.Peer, a.Lane)
	s := &l.dir[l.end(a.Peer)]
	if s.head().tampered {
		return a, false
	}
	ordinal := (s.sent-uint64(len(s.fifo)-s.first))<<8 | uint64(a.Lane)
	luck := w.draws.draw("tamper", a.Peer, a.Node, ordinal, 1000)
	for _, f := range []struct {
		kind     Kind
		permille int64
	}{{Drop, t.Drop}, {Duplicate, t.Duplicate}, {Delay, t.Delay}, {Reorder, t.Reorder}} {
		if luck -= f.permille; luck >= 0 {
			continue
		}
		a.Kind = f.kind
		if f.kind == Delay {
			a.Key = (1 + Time(w.draws.draw("tamper-delay", a.Peer, a.Node, ordinal, int64(t.Most)))).String()
		}
		return a, w.Can(a)
	}
	return a, false
}
