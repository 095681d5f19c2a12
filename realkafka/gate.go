package realkafka

import "sync"

// gate lets pass or holds back. The zero value is open.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // closed when the gate opens again; nil while it is open
}

// set opens or shuts the gate.
func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case open && g.shut != nil:
		close(g.shut)
		g.shut = nil
	case !open && g.shut == nil:
		g.shut = make(chan struct{})
	}
}

// waiting gives what is closed when the gate opens; nil when it is open.
func (g *gate) waiting() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// turn is whose turn it is to run a handler's code: its poll loop and its
// callbacks are goroutines here, and must not run at the same time, for in the
// simulation a handler is left only where it calls its Env.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take() { t <- struct{}{} }

// give ends a turn. Without one it does nothing: a handler that calls its Env
// from a goroutine of its own breaks the rules, but must not end the program.
func (t turn) give() {
	select {
	case <-t:
	default:
	}
}
