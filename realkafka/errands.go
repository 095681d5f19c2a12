package realkafka

import "sync"

// errands are things done one after the other, beside whoever asks for them:
// calls that wait, on a client or a disk.
type errands struct {
	mu    sync.Mutex
	list  []func()
	more  chan struct{}
	ended <-chan struct{} // what is not begun by then is left undone
}

func newErrands(ended <-chan struct{}) *errands {
	return &errands{more: make(chan struct{}, 1), ended: ended}
}

// add puts one behind all others.
func (e *errands) add(do func()) {
	e.mu.Lock()
	e.list = append(e.list, do)
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// take gives the next one; nil when there is none.
func (e *errands) take() func() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) == 0 {
		return nil
	}
	do := e.list[0]
	e.list = e.list[1:]
	return do
}

// run does them until the end.
func (e *errands) run() {
	for !isClosed(e.ended) {
		if do := e.take(); do != nil {
			do()
			continue
		}
		select {
		case <-e.more:
		case <-e.ended:
		}
	}
}
