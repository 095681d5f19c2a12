package sim

// queue is an indexed 4-ary min-heap of slots by due time. Ties are broken by
// less, so that the order is total and the same however slots were numbered.
type queue struct {
	heap []due
	pos  []int32 // slot → place in heap, -1 when absent
}

type due struct {
	at   Time
	slot int32
}

// tieBreaker tells whether slot a comes before slot b when both are due at once.
type tieBreaker interface{ tieLess(a, b int32) bool }

func (q *queue) grow(slots int) {
	for len(q.pos) < slots {
		q.pos = append(q.pos, -1)
	}
}

func (q *queue) less(a, b due, t tieBreaker) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	return a.slot != b.slot && t.tieLess(a.slot, b.slot)
}

// put adds the slot or moves it to its new time.
func (q *queue) put(slot int32, at Time, t tieBreaker) {
	i := q.pos[slot]
	if i < 0 {
		i = int32(len(q.heap))
		q.heap = append(q.heap, due{at, slot})
		q.pos[slot] = i
	} else {
		q.heap[i].at = at
	}
	q.fix(i, t)
}

// remove takes the slot out; one that is absent is no error.
func (q *queue) remove(slot int32, t tieBreaker) {
	i := q.pos[slot]
	if i < 0 {
		return
	}
	q.pos[slot] = -1
	last := int32(len(q.heap)) - 1
	moved := q.heap[last]
	q.heap = q.heap[:last]
	if i == last {
		return
	}
	q.heap[i] = moved
	q.pos[moved.slot] = i
	q.fix(i, t)
}

func (q *queue) fix(i int32, t tieBreaker) {
	if !q.up(i, t) {
		q.down(i, t)
	}
}

func (q *queue) up(i int32, t tieBreaker) bool {
	e, moved := q.heap[i], false
	for i > 0 {
		parent := (i - 1) / 4
		if !q.less(e, q.heap[parent], t) {
			break
		}
		q.place(i, q.heap[parent])
		i, moved = parent, true
	}
	q.place(i, e)
	return moved
}

func (q *queue) down(i int32, t tieBreaker) {
	e, n := q.heap[i], int32(len(q.heap))
	for {
		first := 4*i + 1
		if first >= n {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, n); c++ {
			if q.less(q.heap[c], q.heap[least], t) {
				least = c
			}
		}
		if !q.less(q.heap[least], e, t) {
			break
		}
		q.place(i, q.heap[least])
		i = least
	}
	q.place(i, e)
}

func (q *queue) place(i int32, e due) {
	q.heap[i] = e
	q.pos[e.slot] = i
}
