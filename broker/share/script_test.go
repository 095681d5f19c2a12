package share

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// TestPartitionScripts shows the rules of a share partition; -rewrite writes
// the files anew. Commands, one a line below do; all that change something print
// the state after it:
//
//	new [limit=5] [locks=2000] [duration=30000] [norenew] [epoch=0]
//	init START [0-9=ACKNOWLEDGED*1…] [reset=N] [error=NAME]   what ReadShareGroupState said
//	at 5s                                                    the time
//	fetch m1 [batches=0-4,5-9] [from=N] [max=500] [size=500] [limit]
//	ack m1 0-4=accept 5-9=accept/gap/renew/reject/release
//	release m1        its session is closed
//	expire            locks that ran out by now
//	written 1 [ERROR] what became of a write
//	lso 5             the log begins there now
//	fence, next
func TestPartitionScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/partition", func(t *testing.T, path string) {
		s := &script{}
		run(t, path, func(t *testing.T, words []string) string {
			s.t = t
			return s.run(words)
		})
	})
}

func run(t *testing.T, path string, one func(t *testing.T, words []string) string) {
	datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
		var out strings.Builder
		for line := range strings.Lines(td.Input) {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			fmt.Fprintf(&out, "%s\n", line)
			if got := one(t, strings.Fields(line)); got != "" {
				fmt.Fprintf(&out, "    %s\n", strings.ReplaceAll(got, "\n", "\n    "))
			}
		}
		return out.String()
	})
}

type script struct {
	t   *testing.T
	p   *Partition
	now sim.Time
}

// options are the words after a command that name something.
func options(words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		out[k] = v
	}
	return out
}

func number(t *testing.T, o map[string]string, key string, def int64) int64 {
	v, ok := o[key]
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		t.Fatalf("%s=%s: %v", key, v, err)
	}
	return n
}

func span(t *testing.T, s string) (first, last int64) {
	if n, err := fmt.Sscanf(s, "%d-%d", &first, &last); n == 2 && err == nil {
		return first, last
	}
	if _, err := fmt.Sscanf(s, "%d", &first); err != nil {
		t.Fatalf("%q: want offsets such as 0-9", s)
	}
	return first, first
}

func errorNamed(t *testing.T, name string) api.ErrorCode {
	if name == "" {
		return api.None
	}
	for e := api.ErrorCode(-1); e < 150; e++ {
		if e.String() == name {
			return e
		}
	}
	t.Fatalf("no error is called %s", name)
	return 0
}

func (s *script) run(words []string) string {
	o := options(words[1:])
	var out string
	switch words[0] {
	case "new":
		set := DefaultSettings()
		set.DeliveryCountLimit = int16(number(s.t, o, "limit", 5))
		set.PartitionMaxRecordLocks = int32(number(s.t, o, "locks", 2000))
		set.RecordLockDurationMs = int32(number(s.t, o, "duration", 30_000))
		_, set.RenewAcknowledgeDisabled = o["norenew"]
		s.p, s.now = New(set, int32(number(s.t, o, "epoch", 0))), 0
		return ""
	case "at":
		var err error
		if s.now, err = sim.ParseTime(words[1]); err != nil {
			s.t.Fatal(err)
		}
		return ""
	case "next":
		return fmt.Sprintf("next %d, can acquire %v", s.p.NextFetchOffset(), s.p.CanAcquire())
	case "init":
		out = s.init(words, o)
	case "fetch":
		out = s.fetch(words[1], o)
	case "ack":
		var batches []api.AcknowledgementBatch
		for _, w := range words[2:] {
			batches = append(batches, acknowledgement(s.t, w))
		}
		w, err := s.p.Acknowledge(s.now, words[1], batches)
		out = err.String() + writeText(w)
	case "release":
		out = strings.TrimSpace(writeText(s.p.Release(words[1])))
	case "expire":
		out = strings.TrimSpace(writeText(s.p.Expire(s.now)))
	case "written":
		var err api.ErrorCode
		if len(words) > 2 {
			err = errorNamed(s.t, words[2])
		}
		token, _ := strconv.Atoi(words[1])
		o, ok := s.p.Written(Token(token), err)
		out = fmt.Sprintf("%s drop=%v wake=%v known=%v", o.Error, o.Drop, o.Wake, ok)
	case "lso":
		n, _ := span(s.t, words[1])
		s.p.MoveStart(n)
	case "fence":
		s.p.Fence()
	default:
		s.t.Fatalf("no command is called %s", words[0])
	}
	check(s.t, s.p)
	return strings.TrimSpace(out + "\n" + s.p.String())
}

func (s *script) init(words []string, o map[string]string) string {
	read, err := s.p.Initialize()
	if !read {
		return err.String()
	}
	start, _ := strconv.ParseInt(words[1], 10, 64)
	state := api.SharePartitionState{StartOffset: start}
	for _, w := range words[2:] {
		at, what, _ := strings.Cut(w, "=")
		name, count, ok := strings.Cut(what, "*")
		if !ok {
			continue
		}
		b := api.ShareStateBatch{DeliveryCount: int16(number(s.t, map[string]string{"n": count}, "n", 1))}
		b.FirstOffset, b.LastOffset = span(s.t, at)
		for _, r := range []RecordState{Acknowledged, Archived} {
			if r.String() == name {
				b.DeliveryState = int8(r)
			}
		}
		state.StateBatches = append(state.StateBatches, b)
	}
	return s.p.Initialized(errorNamed(s.t, o["error"]), &state, number(s.t, o, "reset", 0)).String()
}

func (s *script) fetch(member string, o map[string]string) string {
	f := Fetch{Member: member, Offset: number(s.t, o, "from", s.p.NextFetchOffset()),
		MaxRecords: int32(number(s.t, o, "max", 500)), BatchSize: int32(number(s.t, o, "size", 500))}
	if _, ok := o["limit"]; ok {
		f.Mode = api.RecordLimit
	}
	for _, b := range strings.Split(o["batches"], ",") {
		first, last := span(s.t, b)
		f.Batches = append(f.Batches, Batch{first, last})
	}
	acquired, n := s.p.Acquire(s.now, f)
	out := fmt.Sprintf("from %d: %d acquired", f.Offset, n)
	for _, a := range acquired {
		out += fmt.Sprintf(" %d-%d x%d", a.FirstOffset, a.LastOffset, a.DeliveryCount)
	}
	return out
}

var ackTypes = map[string]int8{"gap": api.AckGap, "accept": api.AckAccept, "release": api.AckRelease,
	"reject": api.AckReject, "renew": api.AckRenew, "bad": 5}

func acknowledgement(t *testing.T, w string) (b api.AcknowledgementBatch) {
	at, types, _ := strings.Cut(w, "=")
	b.FirstOffset, b.LastOffset = span(t, at)
	for _, name := range strings.Split(types, "/") {
		n, ok := ackTypes[name]
		if !ok {
			t.Fatalf("no acknowledgement is called %s", name)
		}
		b.AcknowledgeTypes = append(b.AcknowledgeTypes, n)
	}
	return b
}

func writeText(w Write) string {
	if w.Token == 0 {
		return ""
	}
	out := fmt.Sprintf(" write %d (start %d, complete %d):", w.Token, w.State.StartOffset, w.State.DeliveryCompleteCount)
	for _, b := range w.State.StateBatches {
		out += fmt.Sprintf(" %d-%d %s x%d", b.FirstOffset, b.LastOffset, RecordState(b.DeliveryState), b.DeliveryCount)
	}
	return out
}

// TestSessionScripts shows the rules of share sessions. Commands:
//
//	new [max=2000]
//	fetch CONN MEMBER EPOCH [t/0…] [forget=t/0,…] [ack=t/0]
//	ack MEMBER EPOCH
//	answer MEMBER EPOCH t/0[=records|=ERROR]…
//	epoch MEMBER N      its next epoch, to come to the end of the numbers soon
//	close MEMBER, drop CONN, list
//
// Members are named group:member.
func TestSessionScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/sessions", func(t *testing.T, path string) {
		s := &Sessions{}
		run(t, path, func(t *testing.T, words []string) string { return sessionCommand(t, s, words) })
	})
}

func topicPartition(t *testing.T, s string) api.TopicPartition {
	topic, n, ok := strings.Cut(s, "/")
	p, err := strconv.Atoi(n)
	if !ok || err != nil {
		t.Fatalf("%q: want a partition such as t/0", s)
	}
	return api.TopicPartition{Topic: topic, Partition: int32(p)}
}

func sessionCommand(t *testing.T, s *Sessions, words []string) string {
	o := options(words[1:])
	epoch := func(i int) int32 { n, _ := strconv.Atoi(words[i]); return int32(n) }
	member := func(i int) (group, member string) { group, member, _ = strings.Cut(words[i], ":"); return }
	switch words[0] {
	case "new":
		*s = Sessions{Max: int32(number(t, o, "max", DefaultMaxSessions))}
		return ""
	case "fetch":
		r := &api.ShareFetchRequest{ShareSessionEpoch: epoch(3)}
		r.GroupID, r.MemberID = member(2)
		for _, w := range words[4:] {
			k, v, named := strings.Cut(w, "=")
			switch {
			case k == "forget":
				for _, f := range strings.Split(v, ",") {
					r.Forgotten = append(r.Forgotten, topicPartition(t, f))
				}
			case named:
				r.Partitions = append(r.Partitions, api.SharePartition{TopicPartition: topicPartition(t, v),
					AcknowledgementBatches: make([]api.AcknowledgementBatch, 1)})
			default:
				r.Partitions = append(r.Partitions, api.SharePartition{TopicPartition: topicPartition(t, w)})
			}
		}
		read, err := s.Fetch(conn(words[1]), r)
		return fmt.Sprint(err, " ", read)
	case "ack":
		r := &api.ShareAcknowledgeRequest{ShareSessionEpoch: epoch(2)}
		r.GroupID, r.MemberID = member(1)
		return s.Acknowledge(r).String()
	case "answer":
		return sessionAnswer(t, s, words, epoch(2))
	case "epoch":
		s.sessions[s.find(member(1))].epoch = epoch(2)
		return ""
	case "close":
		released, err := s.Close(member(1))
		return fmt.Sprint(err, " release ", released)
	case "drop":
		d, ok := s.Drop(conn(words[1]))
		return fmt.Sprintf("%v %s:%s release %v empty=%v", ok, d.Group, d.Member, d.Release, d.Empty)
	case "list":
		var out []string
		for _, x := range s.sessions {
			out = append(out, fmt.Sprintf("%s:%s epoch %d c%d %v", x.group, x.member, x.epoch, x.conn.Peer, x.list()))
		}
		return strings.Join(out, "\n")
	}
	t.Fatalf("no command is called %s", words[0])
	return ""
}

func conn(s string) sim.Conn {
	n, _ := strconv.Atoi(strings.TrimPrefix(s, "c"))
	return sim.Conn{Peer: sim.NodeID(n)}
}

func sessionAnswer(t *testing.T, s *Sessions, words []string, epoch int32) string {
	r := &api.ShareFetchRequest{ShareSessionEpoch: epoch}
	r.GroupID, r.MemberID, _ = strings.Cut(words[1], ":")
	var all []api.ShareFetchedPartition
	for _, w := range words[3:] {
		at, what, _ := strings.Cut(w, "=")
		p := api.ShareFetchedPartition{TopicPartition: topicPartition(t, at)}
		if what == "records" {
			p.Records = make([]api.Record, 1)
		} else {
			p.ErrorCode = errorNamed(t, what)
		}
		all = append(all, p)
	}
	told, err := s.Answer(r, all)
	var names []string
	for i := range told {
		names = append(names, told[i].TopicPartition.String())
	}
	return strings.TrimSpace(err.String() + " " + strings.Join(names, " "))
}
