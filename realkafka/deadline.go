package realkafka

import (
	"sync"
	"time"
)

// deadline is a moment that can be moved, after which a channel is closed; as
// in net.Pipe.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	over  chan struct{}
}

func newDeadline() *deadline { return &deadline{over: make(chan struct{})} }

// set moves the deadline; the zero time means none.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.over // the timer has gone off, or is about to
	}
	d.timer = nil
	past := isClosed(d.over)
	wait := time.Until(t)
	switch {
	case t.IsZero() || wait > 0:
		if past {
			d.over = make(chan struct{})
		}
		if !t.IsZero() {
			over := d.over
			d.timer = time.AfterFunc(wait, func() { close(over) })
		}
	case !past:
		close(d.over)
	}
}

// passed gives what is closed once the deadline has passed.
func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
