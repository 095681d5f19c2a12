package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Counts counts the records of each key, and gives the new count for each.
type Counts struct {
	// Sum gives the sum of the values of a key's records instead, those that
	// are whole numbers.
	Sum bool

	keys   map[string]int32 // place in totals
	totals []total
	groups []*countGroup
}

// total is a key's state.
type total struct {
	key        string
	count, sum int64
}

// countGroup is a key group: the places of its totals, in the order of the
// keys when sorted is set, and what Snapshot gave when nothing has changed
// since.
type countGroup struct {
	places []int32
	sorted bool
	state  []byte `canon:"-"`
}

// Apply implements Operator.
func (c *Counts) Apply(r *Record, group int, out *Output) {
	t := c.total(r.Key, group)
	c.groups[group].state = nil
	t.count++
	n := t.count
	if c.Sum {
		if v, err := strconv.ParseInt(r.Value, 10, 64); err == nil {
			t.sum += v
		}
		n = t.sum
	}
	out.Emit(Result{Key: r.Key, Value: strconv.FormatInt(n, 10), Of: *r})
}

// total finds a key's state, or makes it.
func (c *Counts) total(key string, group int) *total {
	if i, ok := c.keys[key]; ok {
		return &c.totals[i]
	}
	if c.keys == nil {
		c.keys = map[string]int32{}
	}
	if group >= len(c.groups) {
		c.groups = slices.Grow(c.groups, group+1-len(c.groups))[:group+1]
	}
	i := int32(len(c.totals))
	c.keys[key] = i
	c.totals = append(c.totals, total{key: key})
	g := c.groups[group]
	if g == nil {
		g = &countGroup{}
		c.groups[group] = g
	}
	g.places, g.sorted = append(g.places, i), false
	return &c.totals[i]
}

// Watermark implements Operator: counts do not wait for time.
func (c *Counts) Watermark(int64, *Output) {}

// Snapshot implements Operator: for each key, in their order, its length, the
// key, count and sum.
func (c *Counts) Snapshot(group int) []byte {
	if group >= len(c.groups) || c.groups[group] == nil {
		return nil
	}
	g := c.groups[group]
	if g.state != nil {
		return g.state
	}
	if !g.sorted {
		slices.SortFunc(g.places, func(a, b int32) int { return strings.Compare(c.totals[a].key, c.totals[b].key) })
		g.sorted = true
	}
	for _, i := range g.places {
		t := &c.totals[i]
		g.state = appendKey(g.state, t.key)
		g.state = binary.AppendUvarint(g.state, uint64(t.count))
		g.state = binary.AppendVarint(g.state, t.sum)
	}
	return g.state
}

// Restore implements Operator.
func (c *Counts) Restore(group int, state []byte) error {
	d := decoder{rest: state}
	for len(d.rest) > 0 {
		key, count, sum := d.key(), d.uvarint(), d.varint()
		if d.err != nil {
			return fmt.Errorf("the counts of key group %d: %w", group, d.err)
		}
		t := c.total(key, group)
		t.count, t.sum = t.count+int64(count), t.sum+sum
	}
	return nil
}

// Count is how many records of a key have been counted.
func (c *Counts) Count(key string) int64 {
	if i, ok := c.keys[key]; ok {
		return c.totals[i].count
	}
	return 0
}

func appendKey(buf []byte, key string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(key))), key...)
}

// decoder reads an operator's state; err is the first thing that was wrong.
type decoder struct {
	rest []byte
	err  error
}

var errTorn = errors.New("it ends inside an entry: take an earlier checkpoint")

func (d *decoder) take(n int) {
	if n <= 0 || n > len(d.rest) {
		d.err, d.rest = errTorn, nil
		return
	}
	d.rest = d.rest[n:]
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	d.take(n)
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	d.take(n)
	return v
}

func (d *decoder) key() string {
	n := d.uvarint()
	if n == 0 {
		return ""
	}
	if n > uint64(len(d.rest)) {
		d.err, d.rest = errTorn, nil
		return ""
	}
	key := string(d.rest[:n])
	d.take(int(n))
	return key
}
