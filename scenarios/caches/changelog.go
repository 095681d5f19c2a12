package caches

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

// changelog is Changelog. A partition's log is entries in the outside store
// under "log/locations/0/17", each "g4 patient-1=3@17": they are only ever
// added. A writer that is Fenced and finds that somebody of a later generation
// has added one before it stops; one that is not goes on behind that.
type changelog struct {
	*handler
	logs map[scenarios.Partition]*replica
}

// replica is what a process has read of a changelog.
type replica struct {
	values map[string]Entry
	next   int // the entry to read, or to write, next
}

func (c *changelog) replica(p scenarios.Partition) *replica {
	if c.logs[p] == nil {
		c.logs[p] = &replica{values: map[string]Entry{}}
	}
	return c.logs[p]
}

func (c *changelog) get(r scenarios.Record) (Entry, bool) {
	if e, ok := c.replica(r.Partition).values[r.Key]; ok {
		return e, true
	}
	return none, true // the log holds all there is
}

func (c *changelog) put(r scenarios.Record, e Entry) (over Entry, ok bool) {
	token, log := c.held[r.Partition], c.replica(r.Partition)
	c.far(func() { over, ok = c.add(r, e, log, token) })
	if ok {
		log.values[r.Key] = e
	}
	return over, ok
}

// add puts an entry behind the log's last, and gives the key's last among those
// that it found there; not ok when it is fenced.
func (c *changelog) add(r scenarios.Record, e Entry, log *replica, token int32) (over Entry, ok bool) {
	line := generation(token) + r.Key + "=" + e.String()
	over = none
	for {
		n, later := log.next, false
		ok := c.env.PutIf(logKey(r.Partition, n), line, func(old string, found bool) bool {
			writer, rest := ungeneration(old)
			if key, value, has := splitLine(rest); has && key == r.Key {
				over = value
			}
			later = found && writer > token
			return !found
		})
		if later && c.Fenced {
			return over, false
		}
		log.next = max(log.next, n+1)
		if ok {
			return over, true
		}
	}
}

// gained reads the log to its end. When writers are fenced it adds an empty
// entry: from there on, nobody of an earlier generation adds any.
func (c *changelog) gained(p scenarios.Partition) {
	key := []string{"changelog " + p.String()}
	op := c.call(model.Event{Kind: model.Read, Keys: key})
	log := c.replica(p)
	if !c.Kept && !c.standby(p) {
		log = &replica{values: map[string]Entry{}}
	}
	c.follow(p, log)
	for c.Fenced && !c.mark(p, log) {
		c.follow(p, log)
	}
	c.logs[p] = log
	c.env.Observe(model.Event{Kind: model.ReadDone, Keys: key, Op: op, Cause: restore})
}

// mark adds an empty entry at the place that would be read next; false when
// there is one.
func (c *changelog) mark(p scenarios.Partition, log *replica) bool {
	return c.env.PutIf(logKey(p, log.next), generation(c.tokens[p]), func(_ string, found bool) bool { return !found })
}

// follow reads a log to its end. Between any two entries somebody else may
// have read on, or written.
func (c *changelog) follow(p scenarios.Partition, log *replica) {
	for {
		n := log.next
		line, found := c.env.Shared().Get(logKey(p, n))
		if !found {
			return
		}
		c.env.Sleep(c.Restore)
		if log.next != n {
			continue
		}
		log.next++
		_, line = ungeneration(line)
		if key, e, ok := splitLine(line); ok {
			log.values[key] = e
		}
	}
}

// splitLine takes "patient-1=3@17" apart; not ok: the entry is an empty one.
func splitLine(s string) (key string, e Entry, ok bool) {
	at := strings.LastIndexByte(s, '=')
	if at < 0 {
		return "", none, false
	}
	return s[:at], parse(s[at+1:]), true
}

// gone leaves what was read: it is read anew when the partition comes back, or
// followed by one that stands by.
func (c *changelog) gone(scenarios.Partition) {}

// rest follows the logs of the partitions for which the process stands by.
func (c *changelog) rest() {
	for _, p := range c.Standby {
		if _, owned := c.tokens[p]; !owned {
			c.follow(p, c.replica(p))
		}
	}
}

func logKey(p scenarios.Partition, n int) string { return fmt.Sprintf("log/%v/%d", p, n) }

// generation stands before what is written with it: "g4 ".
func generation(g int32) string { return "g" + strconv.Itoa(int(g)) + " " }

// ungeneration takes it off; -1 where there is none.
func ungeneration(s string) (g int32, rest string) {
	if number, rest, ok := strings.Cut(s, " "); ok && strings.HasPrefix(number, "g") {
		if n, err := strconv.ParseInt(number[1:], 10, 32); err == nil {
			return int32(n), rest
		}
	}
	return -1, s
}

func fence(g int32, e Entry) string { return generation(g) + e.String() }

func unfence(s string) (g int32, e Entry) {
	g, s = ungeneration(s)
	return g, parse(s)
}
