package explore

import "sync"

// pool hands out the chunks of a level to workers, and takes them back when they are used up, so
// that the next level can be built in their storage.
type pool[S any] struct {
	size  int // states in a chunk
	mutex sync.Mutex
	level [][]S
	taken int   // chunks of level that were handed out
	free  [][]S // storage, each of length 0
}

const (
	chunkBytes  = 16 << 10
	chunkStates = 256
)

func newPool[S any](stateBytes uint64) pool[S] {
	return pool[S]{size: int(max(1, min(chunkStates, chunkBytes/max(1, stateBytes))))}
}

func (p *pool[S]) untaken() int { return len(p.level) - p.taken }

// next takes back the used chunk, if there is one, and returns the next of the level, or nil.
func (p *pool[S]) next(used []S) []S {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if used != nil {
		p.free = append(p.free, used[:0])
	}
	if p.taken == len(p.level) {
		return nil
	}
	p.taken++
	return p.level[p.taken-1]
}

// empty returns a chunk of length 0 with room for size states.
func (p *pool[S]) empty() []S {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if n := len(p.free); n > 0 {
		c := p.free[n-1]
		p.free = p.free[:n-1]
		return c
	}
	return make([]S, 0, p.size)
}

// clear forgets the level, all of which has been used.
func (p *pool[S]) clear() { p.level, p.taken = p.level[:0], 0 }
