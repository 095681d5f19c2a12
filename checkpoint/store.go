package checkpoint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// The commands of a Store. All but Get and Del are told to the history,
// when a task sends them.
const (
	Incr      = "INCR"      // adds By, or 1, to a whole number; none counts as 0. Answers the new one
	Get       = "GET"       // answers Value and Found
	Set       = "SET"       // Value
	SetFenced = "SETFENCED" // Set, unless a later Attempt has done so to the key: then it fails with Fenced
	SetNX     = "SETNX"     // Set, if there is no such key; Found says that there was, and Value what
	Upsert    = "UPSERT"    // Set, of a row whose key is its record's place: see UpsertKey
	Del       = "DEL"       // Found says whether there was such a key
)

// Fenced begins the error of a SetFenced that came from an attempt that is over.
const Fenced = "FENCED"

// UpsertKey is the key of a record's row: "orders/3@17".
func UpsertKey(r *Record) string {
	return r.TopicPartition.String() + "@" + strconv.FormatInt(r.Offset, 10)
}

// StoreConfig sets a Store.
type StoreConfig struct {
	// Latency is how long a request waits before it is done, and Jitter by how
	// much that may be exceeded. Zero: done when it comes.
	Latency sim.Time `canon:"abs"`
	Jitter  sim.Time `canon:"-"`
}

// Store is an outside store that keeps values by key, such as Redis: it does
// one request after the other, in the order in which they came, whether or not
// the client is still there. What it has done it keeps, also over a crash of
// its own. It speaks StoreRequest and StoreResponse with any node.
//
// Commands from outside: "outage 5s" makes it refuse every request for a time,
// "latency 20ms" sets its Latency.
type Store struct {
	cfg    StoreConfig
	values map[string]stored
	queue  []storeCall
	drawn  uint64 `canon:"-"`
	down   bool   // it refuses requests

	seen model.Event `canon:"-"` // the event being observed
}

// stored is a value, with the latest attempt that has set it fenced.
type stored struct {
	Value   string
	Attempt int
}

// storeCall is a request that waits.
type storeCall struct {
	Conn sim.Conn
	Req  *StoreRequest `canon:"shared"`
	Due  sim.Time      `canon:"rel"`
}

// NewStore makes an empty one.
func NewStore(c StoreConfig) *Store { return &Store{cfg: c, values: map[string]stored{}} }

// Crash implements sim.Node.
func (s *Store) Crash() { s.queue, s.down = nil, false }

// Clone implements sim.Cloner.
func (s *Store) Clone() sim.Node {
	c := canon.Clone(s)
	c.seen = model.Event{}
	return c
}

// Encode implements sim.Cloner.
func (s *Store) Encode(now sim.Time, buf []byte) []byte { return canon.Append(buf, int64(now), s) }

// The timers of a Store.
const (
	timerStore  = "store"
	timerOutage = "outage"
)

// Step implements sim.Node.
func (s *Store) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InMessage:
		if r, ok := in.Msg.(*StoreRequest); ok {
			s.came(r, in.Conn, fx)
		}
	case sim.InTimer:
		if in.Label == timerOutage {
			s.down = false
			return
		}
		s.work(fx)
	case sim.InCommand:
		s.command(in.Label, in.Key, fx)
	}
}

// command does what somebody outside asks for; what cannot be understood is
// left.
func (s *Store) command(label, key string, fx *sim.Effects) {
	d, err := time.ParseDuration(key)
	if err != nil || d < 0 {
		return
	}
	switch label {
	case "outage":
		s.down = true
		fx.SetTimer(timerOutage, "", sim.Span(d))
	case "latency":
		s.cfg.Latency = sim.Span(d)
	}
}

func (s *Store) came(r *StoreRequest, c sim.Conn, fx *sim.Effects) {
	if s.cfg.Latency == 0 && s.cfg.Jitter == 0 && len(s.queue) == 0 {
		fx.Reply(c, s.do(r, fx))
		return
	}
	s.drawn++
	due := fx.Now() + s.cfg.Latency + sim.Time(fx.Draw("store", s.drawn, int64(s.cfg.Jitter)+1))
	if s.queue = append(s.queue, storeCall{c, r, due}); len(s.queue) == 1 {
		fx.SetTimer(timerStore, "", due-fx.Now())
	}
}

// work does what is due.
func (s *Store) work(fx *sim.Effects) {
	done := 0
	for done < len(s.queue) && s.queue[done].Due <= fx.Now() {
		fx.Reply(s.queue[done].Conn, s.do(s.queue[done].Req, fx))
		done++
	}
	s.queue = slices.Delete(s.queue, 0, done)
	if len(s.queue) > 0 {
		fx.SetTimer(timerStore, "", s.queue[0].Due-fx.Now())
	}
}

// do makes a request happen.
func (s *Store) do(r *StoreRequest, fx *sim.Effects) *StoreResponse {
	answer := &StoreResponse{Tag: r.Tag}
	if s.down {
		answer.Error = "the store is out of order"
		return answer
	}
	old, found := s.values[r.Key]
	switch r.Command {
	case Incr:
		s.incr(r, old, answer, fx)
	case Get:
		answer.Value, answer.Found = old.Value, found
	case Set, Upsert:
		s.set(r, old.Attempt, fx)
		answer.Found = found
	case SetFenced:
		if r.Attempt < old.Attempt {
			answer.Error = fmt.Sprintf("%s: attempt %d has written %s, this is attempt %d", Fenced, old.Attempt, r.Key, r.Attempt)
			return answer
		}
		s.set(r, r.Attempt, fx)
		answer.Found = found
	case SetNX:
		if answer.Value, answer.Found = old.Value, found; !found {
			s.set(r, 0, fx)
		}
	case Del:
		delete(s.values, r.Key)
		answer.Found = found
	default:
		answer.Error = fmt.Sprintf("%q is no command", r.Command)
	}
	return answer
}

func (s *Store) incr(r *StoreRequest, old stored, answer *StoreResponse, fx *sim.Effects) {
	n, err := strconv.ParseInt(old.Value, 10, 64)
	if err != nil && old.Value != "" {
		answer.Error = fmt.Sprintf("%s is %q, which is no whole number", r.Key, old.Value)
		return
	}
	by := r.By
	if by == 0 {
		by = 1
	}
	answer.Value = strconv.FormatInt(n+by, 10)
	s.values[r.Key] = stored{answer.Value, old.Attempt}
	s.tell(r, answer.Value, "incr", fx)
}

func (s *Store) set(r *StoreRequest, attempt int, fx *sim.Effects) {
	s.values[r.Key] = stored{r.Value, attempt}
	cause := model.CausePut
	if r.Command == Upsert {
		cause = model.CauseUpsert
	}
	s.tell(r, r.Value, cause, fx)
}

// tell lets the history know what the store took from a task.
func (s *Store) tell(r *StoreRequest, value, cause string, fx *sim.Effects) {
	if r.Task == "" {
		return
	}
	// Monitors may keep an event's slices.
	of := make([]model.PartitionOffset, len(r.Of))
	for i := range r.Of {
		of[i] = model.PartitionOffset{TopicPartition: r.Of[i].TopicPartition, Offset: r.Of[i].Offset}
	}
	s.seen = model.Event{Kind: model.Stored, Client: fx.Name(fx.Self()), Member: r.Task, Generation: int32(r.Attempt),
		Partitions: of, Keys: []string{r.Key}, Values: []string{value}, Cause: cause}
	fx.Observe(&s.seen)
}

// Value is what a key has.
func (s *Store) Value(key string) (value string, found bool) {
	v, found := s.values[key]
	return v.Value, found
}

// Total adds up the whole numbers of all keys that begin so.
func (s *Store) Total(prefix string) (n int64) {
	//ordered: a sum of whole numbers
	for k, v := range s.values {
		if strings.HasPrefix(k, prefix) {
			i, _ := strconv.ParseInt(v.Value, 10, 64)
			n += i
		}
	}
	return n
}
