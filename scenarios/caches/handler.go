package caches

import (
	"maps"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
)

// Options set a cache; the zero value has no latency and the right habits,
// but for fencing.
type Options struct {
	// Latency is how long a read or a write of the outside store takes, half of
	// it before it happens.
	Latency time.Duration
	// Work is what a record takes besides.
	Work time.Duration
	// Kept leaves what is cached of a partition when the partition goes. Wrong:
	// when it comes back, somebody else has written in between.
	Kept bool
	// Fenced makes the store refuse writes of whoever had a partition in an
	// earlier generation than the key's last reader or writer. Were it the last
	// writer only, a zombie could still write between its successor's first read
	// and first write.
	Fenced bool
	// Restore is how long reading one entry of a changelog takes.
	Restore time.Duration
	// Standby are partitions whose changelogs the process follows while others
	// own them, whenever it has time: it then need not read them when it takes
	// over.
	Standby []scenarios.Partition
}

// Local keeps a map in the process in front of the outside store: it reads the
// store where the map has nothing, and writes both. What is cached of a
// partition goes with it.
func Local(o Options) handlers.Kind {
	return kind(o, func(h *handler) cache {
		return &local{handler: h, values: map[string]Entry{}, keys: map[scenarios.Partition][]string{}}
	})
}

// Remote keeps nothing in the process: all reads and writes are of the outside
// store.
func Remote(o Options) handlers.Kind {
	return kind(o, func(h *handler) cache { return &remote{h} })
}

// Changelog keeps a map in the process, and a log of its changes outside, one
// for each partition, as Kafka Streams does; who takes a partition over reads
// its log before anything else.
func Changelog(o Options) handlers.Kind {
	return kind(o, func(h *handler) cache { return &changelog{handler: h, logs: map[scenarios.Partition]*replica{}} })
}

// cache is what differs between the kinds.
type cache interface {
	// get gives what is kept for a record's key. hit: it was in the process.
	get(r scenarios.Record) (e Entry, hit bool)
	// put changes it. over is what somebody else had put there; not ok: the
	// write was refused.
	put(r scenarios.Record, e Entry) (over Entry, ok bool)
	gained(p scenarios.Partition)
	gone(p scenarios.Partition)
	// rest is called when there is time.
	rest()
}

func kind(o Options, make func(*handler) cache) handlers.Kind {
	return func(env scenarios.Env) scenarios.Handler {
		h := &handler{env: env.(scenarios.Outside), Options: o, tokens: map[scenarios.Partition]int32{}}
		h.op = h.env.Now().UnixMicro()
		h.cache = make(h)
		return h
	}
}

// handler counts the records of each key.
type handler struct {
	Options
	env    scenarios.Outside
	cache  cache
	tokens map[scenarios.Partition]int32 // of each that it has: the generation in which it was assigned
	held   map[scenarios.Partition]int32 // tokens when the records in work were polled
	op     int64                         // of the last call; from the time of the start on, so that no process of this name has it twice
}

// Process implements scenarios.Handler.
func (h *handler) Process(records []scenarios.Record) {
	h.held = maps.Clone(h.tokens)
	var done []scenarios.Record
	var gone []scenarios.Partition // somebody else has them: a write was refused
	for _, r := range records {
		if slices.Contains(gone, r.Partition) {
			continue
		}
		e := h.read(r)
		if next, isNew := e.after(r); isNew && !h.write(r, next) {
			gone = append(gone, r.Partition)
			continue
		}
		h.env.Sleep(h.Work)
		h.env.Emit(r)
		done = append(done, r)
	}
	h.env.Commit(done...)
	h.cache.rest()
}

// Idle implements scenarios.Idler.
func (h *handler) Idle() { h.cache.rest() }

// Assigned implements scenarios.Assigner.
func (h *handler) Assigned(partitions []scenarios.Partition) {
	for _, p := range partitions {
		h.tokens[p] = h.env.Generation()
		h.cache.gained(p)
	}
}

// Revoked implements scenarios.Revoker; it is also told of what is lost.
func (h *handler) Revoked(partitions []scenarios.Partition) {
	for _, p := range partitions {
		delete(h.tokens, p)
		h.cache.gone(p)
	}
}

// What an answer came from or what a write did, as the history has it.
const (
	hit     = "hit"
	miss    = "miss"
	restore = "restore" // a changelog was read
	// older, of a write: it was put over a later record's value.
	older = "older"
)

func (h *handler) read(r scenarios.Record) Entry {
	op := h.call(model.Event{Kind: model.Read, Keys: []string{r.Key}})
	e, found := h.cache.get(r)
	done := model.Event{Kind: model.ReadDone, Keys: []string{r.Key}, Op: op, Cause: miss}
	if found {
		done.Cause = hit
	}
	if e != none {
		done.Values = []string{e.String()}
	}
	h.env.Observe(done)
	return e
}

func (h *handler) write(r scenarios.Record, e Entry) (ok bool) {
	op := h.call(model.Event{Kind: model.Write, Keys: []string{r.Key}, Values: []string{e.String()}})
	done := model.Event{Kind: model.WriteDone, Keys: []string{r.Key}, Op: op}
	over, ok := h.cache.put(r, e)
	switch {
	case !ok:
		done.Error = model.ErrFenced
	case over.Last > e.Last:
		done.Cause = older
	}
	h.env.Observe(done)
	return ok
}

// call tells the history of a call, and gives its number.
func (h *handler) call(e model.Event) int64 {
	h.op++
	e.Op = h.op
	h.env.Observe(e)
	return h.op
}

// far makes an access of the outside store, which takes its time.
func (h *handler) far(access func()) {
	h.env.Sleep(h.Latency / 2)
	access()
	h.env.Sleep(h.Latency - h.Latency/2)
}

// local is Local.
type local struct {
	*handler
	values map[string]Entry
	keys   map[scenarios.Partition][]string // that are in values
}

func (l *local) get(r scenarios.Record) (Entry, bool) {
	if e, ok := l.values[r.Key]; ok {
		return e, true
	}
	e := (&remote{l.handler}).load(r)
	l.keep(r, e)
	return e, false
}

func (l *local) put(r scenarios.Record, e Entry) (over Entry, ok bool) {
	if over, ok = (&remote{l.handler}).put(r, e); ok {
		l.keep(r, e)
	}
	return over, ok
}

// keep caches an entry, unless the partition has gone while the record was in
// work.
func (l *local) keep(r scenarios.Record, e Entry) {
	if now, owned := l.tokens[r.Partition]; !l.Kept && (!owned || now != l.held[r.Partition]) {
		return
	}
	if _, ok := l.values[r.Key]; !ok {
		l.keys[r.Partition] = append(l.keys[r.Partition], r.Key)
	}
	l.values[r.Key] = e
}

func (l *local) gained(scenarios.Partition) {}

func (l *local) gone(p scenarios.Partition) {
	if l.Kept {
		return
	}
	for _, k := range l.keys[p] {
		delete(l.values, k)
	}
	delete(l.keys, p)
}

func (l *local) rest() {}

// remote is Remote. A value in the store is an entry, with the generation of
// its last reader or writer before it when writes are fenced: "g4 3@17".
type remote struct{ *handler }

func (s *remote) get(r scenarios.Record) (Entry, bool) { return s.load(r), false }

// load reads the store. When writes are fenced it does so and raises the fence
// at one moment.
func (s *remote) load(r scenarios.Record) (e Entry) {
	key, token := storeKey(r.Key), s.held[r.Partition]
	s.far(func() {
		v, _ := s.env.Shared().Get(key)
		writer, found := unfence(v)
		for s.Fenced && writer < token && !s.env.PutIf(key, fence(token, found), func(old string, _ bool) bool { return old == v }) {
			v, _ = s.env.Shared().Get(key)
			writer, found = unfence(v)
		}
		e = found
	})
	return e
}

func (s *remote) put(r scenarios.Record, e Entry) (over Entry, ok bool) {
	token, value := s.held[r.Partition], e.String()
	if s.Fenced {
		value = fence(token, e)
	}
	s.far(func() {
		ok = s.env.PutIf(storeKey(r.Key), value, func(old string, _ bool) bool {
			var writer int32
			writer, over = unfence(old)
			return !s.Fenced || writer <= token
		})
	})
	return over, ok
}

func (s *remote) gained(scenarios.Partition) {}
func (s *remote) gone(scenarios.Partition)   {}
func (s *remote) rest()                      {}

func storeKey(key string) string { return "cache/" + key }

// standby tells whether the process follows a partition's changelog.
func (o Options) standby(p scenarios.Partition) bool { return slices.Contains(o.Standby, p) }
