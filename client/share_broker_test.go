package client_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// A plain reference of what brokers do for share groups, as far as a client can
// see: sessions, locks, counts and acknowledgements, an offset at a time. It has
// no limit of deliveries but the one given, and keeps its state over crashes.

type shareOffset struct {
	gap   bool // there is no record: a control record, or compacted away
	done  bool // accepted, rejected or archived
	by    string
	until sim.Time
	count int16
	as    int8 // how it ended
}

type shareCluster struct {
	logs    map[model.TopicPartition][]shareOffset
	order   []model.TopicPartition
	leaders map[model.TopicPartition]int32
	epochs  map[model.TopicPartition]int32
	members map[string]int32 // epoch of each
	given   map[string][]model.TopicPartition
	lock    sim.Time
	refuse  map[string][]api.ErrorCode
	say     func(at sim.Time, format string, args ...any)
	wrong   []string // what a client must never do
	refused int      // answers other than NONE
}

type shareSession struct {
	member string
	epoch  int32
	parts  []model.TopicPartition
	conn   sim.Conn
}

type parkedFetch struct {
	in     sim.Input
	member string
	key    string
	reply  *api.ShareFetchResponse
	most   int32
}

type shareBroker struct {
	c        *shareCluster
	id       int32
	sessions []*shareSession
	parked   []*parkedFetch
	waits    int
}

func (b *shareBroker) Crash() { b.sessions, b.parked = nil, nil }

func (b *shareBroker) Step(in *sim.Input, fx *sim.Effects) {
	b.expire(fx)
	switch in.Kind {
	case sim.InMessage:
		b.request(in, fx)
	case sim.InClosed:
		for _, s := range b.sessions {
			if s.conn == in.Conn {
				b.release(s.member)
			}
		}
		b.sessions = slices.DeleteFunc(b.sessions, func(s *shareSession) bool { return s.conn == in.Conn })
		b.parked = slices.DeleteFunc(b.parked, func(p *parkedFetch) bool { return p.in.Conn == in.Conn })
	case sim.InTimer:
		if in.Label == "wait" {
			b.serve(in.Key, fx)
		}
	case sim.InCommand:
		b.command(in.Label, in.Key)
	}
	b.serve("", fx)
	fx.SetTimer("lock", "", 100*ms)
}

// command: lead orders/0=1; add orders/0=5; gap orders/0=3; give m1=orders/0+orders/1;
// refuse ShareFetch=SHARE_SESSION_NOT_FOUND; forget m1; close m1 (its session).
func (b *shareBroker) command(what, arg string) {
	c := b.c
	name, value, _ := strings.Cut(arg, "=")
	p := partitionNamed(name)
	var n int
	_, _ = fmt.Sscan(value, &n)
	switch what {
	case "lead":
		c.leaders[p] = int32(n)
		c.epochs[p]++
		for i := range c.logs[p] {
			c.logs[p][i].by = ""
		}
	case "add":
		for range n {
			c.logs[p] = append(c.logs[p], shareOffset{})
		}
	case "gap":
		c.logs[p] = append(c.logs[p], shareOffset{gap: true})
	case "give":
		var ps []model.TopicPartition
		for w := range strings.SplitSeq(value, "+") {
			if w != "" {
				ps = append(ps, partitionNamed(w))
			}
		}
		c.given[name] = ps
	case "refuse":
		for code := api.ErrorCode(-1); code < 140; code++ {
			if code.String() == value {
				c.refuse[name] = append(c.refuse[name], code)
			}
		}
	case "forget":
		for id := range c.members {
			if strings.HasPrefix(id, name+"-") {
				delete(c.members, id)
			}
		}
	case "close":
		for _, s := range b.sessions {
			if strings.HasPrefix(s.member, name+"-") {
				b.release(s.member)
			}
		}
		b.sessions = slices.DeleteFunc(b.sessions, func(s *shareSession) bool { return strings.HasPrefix(s.member, name+"-") })
	}
}

func partitionNamed(w string) model.TopicPartition {
	topic, n, _ := strings.Cut(w, "/")
	p := model.TopicPartition{Topic: topic}
	_, _ = fmt.Sscan(n, &p.Partition)
	return p
}

// take gives the next error that a script has asked for.
func (c *shareCluster) take(name string) api.ErrorCode {
	q := c.refuse[name]
	if len(q) == 0 {
		return api.None
	}
	c.refuse[name] = q[1:]
	return q[0]
}

func (b *shareBroker) request(in *sim.Input, fx *sim.Effects) {
	c := b.c
	switch r := in.Msg.(type) {
	case *api.MetadataRequest:
		fx.ReplyTagged(in.Conn, c.metadata(r), in.Tag)
	case *api.FindCoordinatorRequest:
		fx.ReplyTagged(in.Conn, &api.FindCoordinatorResponse{NodeID: 0}, in.Tag)
	case *api.ShareGroupHeartbeatRequest:
		a := c.heartbeat(r)
		c.say(fx.Now(), "%s heartbeat e%d topics=%v -> %v e%d%s", fx.Name(in.Conn.Peer), r.MemberEpoch, r.SubscribedTopicNames, a.ErrorCode, a.MemberEpoch, assigned(a.Assignment))
		fx.ReplyTagged(in.Conn, a, in.Tag)
	case *api.ShareFetchRequest:
		a, parkable := b.fetch(in, r, fx)
		c.say(fx.Now(), "%s→b%d ShareFetch %s%s", fx.Name(in.Conn.Peer), b.id, fetchText(r), wireAnswer(a.ErrorCode))
		if !parkable {
			fx.ReplyTagged(in.Conn, a, in.Tag)
			return
		}
		b.waits++
		b.parked = append(b.parked, &parkedFetch{in: *in, member: r.MemberID, reply: a, most: r.MaxRecords, key: fmt.Sprint(b.waits)})
		fx.SetTimer("wait", fmt.Sprint(b.waits), sim.Time(r.MaxWaitMs)*ms)
	case *api.ShareAcknowledgeRequest:
		a := b.acknowledgeOnly(in, r, fx.Now())
		c.say(fx.Now(), "%s→b%d ShareAcknowledge e%d%s%s%s", fx.Name(in.Conn.Peer), b.id, r.ShareSessionEpoch, renewText(r.IsRenewAck), partsText(r.Partitions), wireAnswer(a.ErrorCode))
		fx.ReplyTagged(in.Conn, a, in.Tag)
	}
}

func (c *shareCluster) metadata(r *api.MetadataRequest) *api.MetadataResponse {
	a := &api.MetadataResponse{Brokers: []int32{0, 1}}
	for _, name := range r.Topics {
		t := api.MetadataTopic{Name: name}
		for _, p := range c.order {
			if p.Topic == name {
				t.Partitions = append(t.Partitions, api.MetadataPartition{Index: p.Partition, LeaderID: c.leaders[p], LeaderEpoch: c.epochs[p]})
			}
		}
		if len(t.Partitions) == 0 {
			t.ErrorCode = api.UnknownTopicOrPartition
		}
		a.Topics = append(a.Topics, t)
	}
	return a
}

func (c *shareCluster) heartbeat(r *api.ShareGroupHeartbeatRequest) *api.ShareGroupHeartbeatResponse {
	a := &api.ShareGroupHeartbeatResponse{MemberID: r.MemberID, HeartbeatIntervalMs: 2000}
	name, _, _ := strings.Cut(r.MemberID, "-")
	epoch, known := c.members[r.MemberID]
	switch a.ErrorCode = c.take("ShareGroupHeartbeat"); {
	case a.ErrorCode != api.None:
	case r.MemberEpoch == -1:
		delete(c.members, r.MemberID)
		a.MemberEpoch = -1
	case r.MemberEpoch == 0:
		if len(r.SubscribedTopicNames) == 0 {
			c.wrong = append(c.wrong, "joins without topics")
		}
		epoch = 1
	case !known:
		a.ErrorCode = api.UnknownMemberID
	case r.MemberEpoch != epoch:
		a.ErrorCode = api.FencedMemberEpoch
	}
	if a.ErrorCode != api.None || r.MemberEpoch == -1 {
		return a
	}
	want := c.order
	if ps, ok := c.given[name]; ok {
		want = ps
	}
	if r.SubscribedTopicNames != nil || c.given["/"+r.MemberID] == nil || !slices.Equal(c.given["/"+r.MemberID], want) {
		a.Assignment = &api.ShareAssignment{Partitions: slices.Clone(want)}
		if !slices.Equal(c.given["/"+r.MemberID], want) && r.MemberEpoch > 0 {
			epoch++
		}
		c.given["/"+r.MemberID] = append([]model.TopicPartition{}, want...)
	}
	c.members[r.MemberID], a.MemberEpoch = epoch, epoch
	return a
}

func (b *shareBroker) session(member string) *shareSession {
	for _, s := range b.sessions {
		if s.member == member {
			return s
		}
	}
	return nil
}

// enter checks and moves a session's epoch.
func (b *shareBroker) enter(member string, epoch int32, conn sim.Conn, acks, fetch bool) (*shareSession, api.ErrorCode) {
	s := b.session(member)
	switch {
	case epoch == 0 && (acks || !fetch):
		b.c.wrong = append(b.c.wrong, "opens a session with acknowledgements")
		return nil, api.InvalidRequest
	case epoch == 0:
		b.drop(member)
		s = &shareSession{member: member, epoch: 1, conn: conn}
		b.sessions = append(b.sessions, s)
		return s, api.None
	case s == nil:
		return nil, api.ShareSessionNotFound
	case epoch == -1:
		return s, api.None
	case epoch != s.epoch:
		return nil, api.InvalidShareSessionEpoch
	}
	s.epoch++
	return s, api.None
}

func (b *shareBroker) drop(member string) {
	b.release(member)
	b.sessions = slices.DeleteFunc(b.sessions, func(s *shareSession) bool { return s.member == member })
}

// release makes available what a member has locked here.
func (b *shareBroker) release(member string) {
	for _, p := range b.c.order {
		for i := range b.c.logs[p] {
			if o := &b.c.logs[p][i]; b.c.leaders[p] == b.id && o.by == member {
				o.by = ""
			}
		}
	}
}

func (b *shareBroker) expire(fx *sim.Effects) {
	for _, p := range b.c.order {
		for i := range b.c.logs[p] {
			if o := &b.c.logs[p][i]; o.by != "" && o.until <= fx.Now() {
				o.by = ""
			}
		}
	}
}

func (b *shareBroker) fetch(in *sim.Input, r *api.ShareFetchRequest, fx *sim.Effects) (a *api.ShareFetchResponse, park bool) {
	a = &api.ShareFetchResponse{AcquisitionLockTimeoutMs: int32(b.c.lock / ms)}
	acks := slices.ContainsFunc(r.Partitions, func(p api.SharePartition) bool { return len(p.AcknowledgementBatches) > 0 })
	var s *shareSession
	if a.ErrorCode = b.c.take("ShareFetch"); a.ErrorCode == api.None {
		s, a.ErrorCode = b.enter(r.MemberID, r.ShareSessionEpoch, in.Conn, acks, true)
	}
	if a.ErrorCode != api.None {
		b.c.refused++
		return a, false
	}
	for _, p := range r.Partitions {
		if !slices.Contains(s.parts, p.TopicPartition) {
			s.parts = append(s.parts, p.TopicPartition)
		} else if len(p.AcknowledgementBatches) == 0 {
			b.c.wrong = append(b.c.wrong, fmt.Sprintf("adds %v, which the session has", p.TopicPartition))
		}
		if len(p.AcknowledgementBatches) > 0 {
			sharePart(a, p.TopicPartition).AcknowledgeErrorCode = b.acknowledge(r.MemberID, p, fx.Now())
		}
	}
	for _, p := range r.Forgotten {
		if !slices.Contains(s.parts, p) {
			b.c.wrong = append(b.c.wrong, fmt.Sprintf("forgets %v, which the session has not", p))
		}
		s.parts = slices.DeleteFunc(s.parts, func(x model.TopicPartition) bool { return x == p })
	}
	return a, r.MaxWaitMs > 0 && r.MaxRecords > 0
}

func sharePart(a *api.ShareFetchResponse, p model.TopicPartition) *api.ShareFetchedPartition {
	for i := range a.Partitions {
		if a.Partitions[i].TopicPartition == p {
			return &a.Partitions[i]
		}
	}
	a.Partitions = append(a.Partitions, api.ShareFetchedPartition{TopicPartition: p, LeaderID: -1, LeaderEpoch: -1})
	return &a.Partitions[len(a.Partitions)-1]
}

// serve answers the fetches for which there is something, and the one whose time
// is over.
func (b *shareBroker) serve(over string, fx *sim.Effects) {
	b.parked = slices.DeleteFunc(b.parked, func(w *parkedFetch) bool {
		s, left, any := b.session(w.member), w.most, false
		if s == nil {
			return true
		}
		for _, p := range s.parts {
			if b.c.leaders[p] != b.id {
				f := sharePart(w.reply, p)
				f.ErrorCode, f.LeaderID, f.LeaderEpoch = api.NotLeaderOrFollower, b.c.leaders[p], b.c.epochs[p]
				any = true
				continue
			}
			if n := b.acquire(w.member, p, left, w.reply, fx.Now()); n > 0 {
				left -= n
				any = true
			}
		}
		if !any && over != w.key {
			return false
		}
		fx.StopTimer("wait", w.key)
		fx.ReplyTagged(w.in.Conn, w.reply, w.in.Tag)
		return true
	})
}

// acquire locks up to most offsets of a partition for a member.
func (b *shareBroker) acquire(member string, p model.TopicPartition, most int32, a *api.ShareFetchResponse, now sim.Time) (n int32) {
	log := b.c.logs[p]
	for i := range log {
		o := &log[i]
		if o.done || o.by != "" || n == most {
			continue
		}
		o.by, o.until = member, now+b.c.lock
		o.count++
		n++
		f := sharePart(a, p)
		if !o.gap {
			f.Records = append(f.Records, api.Record{Offset: int64(i)})
		}
		last := len(f.AcquiredRecords) - 1
		if last >= 0 && f.AcquiredRecords[last].LastOffset == int64(i)-1 && f.AcquiredRecords[last].DeliveryCount == o.count {
			f.AcquiredRecords[last].LastOffset++
			continue
		}
		f.AcquiredRecords = append(f.AcquiredRecords, api.AcquiredRecords{FirstOffset: int64(i), LastOffset: int64(i), DeliveryCount: o.count})
	}
	return n
}

func (b *shareBroker) acknowledgeOnly(in *sim.Input, r *api.ShareAcknowledgeRequest, now sim.Time) *api.ShareAcknowledgeResponse {
	a := &api.ShareAcknowledgeResponse{AcquisitionLockTimeoutMs: int32(b.c.lock / ms)}
	if a.ErrorCode = b.c.take("ShareAcknowledge"); a.ErrorCode == api.None {
		_, a.ErrorCode = b.enter(r.MemberID, r.ShareSessionEpoch, in.Conn, true, false)
	}
	if a.ErrorCode != api.None {
		b.c.refused++
		return a
	}
	for _, p := range r.Partitions {
		x := api.ShareAcknowledgedPartition{TopicPartition: p.TopicPartition, LeaderID: -1, LeaderEpoch: -1}
		if x.ErrorCode = b.acknowledge(r.MemberID, p, now); x.ErrorCode == api.NotLeaderOrFollower {
			x.LeaderID, x.LeaderEpoch = b.c.leaders[p.TopicPartition], b.c.epochs[p.TopicPartition]
		}
		a.Partitions = append(a.Partitions, x)
	}
	if r.ShareSessionEpoch == api.ShareSessionCloses {
		b.drop(r.MemberID)
	}
	return a
}

// acknowledge takes the acknowledgements of one partition, all or none.
func (b *shareBroker) acknowledge(member string, p api.SharePartition, now sim.Time) api.ErrorCode {
	err := b.c.take("acknowledgements")
	if b.c.leaders[p.TopicPartition] != b.id {
		err = api.NotLeaderOrFollower
	}
	log, last := b.c.logs[p.TopicPartition], int64(-1)
	each := func(f func(o *shareOffset, as int8)) {
		for _, x := range p.AcknowledgementBatches {
			for at := x.FirstOffset; at <= x.LastOffset; at++ {
				as := x.AcknowledgeTypes[0]
				if len(x.AcknowledgeTypes) > 1 {
					as = x.AcknowledgeTypes[at-x.FirstOffset]
				}
				f(&log[at], as)
			}
		}
	}
	for _, x := range p.AcknowledgementBatches {
		n := int64(len(x.AcknowledgeTypes))
		if x.FirstOffset <= last || x.LastOffset < x.FirstOffset || x.LastOffset >= int64(len(log)) || n != 1 && n != x.LastOffset-x.FirstOffset+1 {
			b.c.wrong = append(b.c.wrong, fmt.Sprintf("acknowledges %v after %d", x, last))
			return api.InvalidRequest
		}
		last = x.LastOffset
	}
	each(func(o *shareOffset, as int8) {
		if err == api.None && (o.by != member || o.done) {
			err = api.InvalidRecordState
		}
		if as != api.AckGap && o.gap && as != api.AckRelease {
			b.c.wrong = append(b.c.wrong, "acknowledges what is no record")
		}
	})
	if err != api.None {
		b.c.refused++
		return err
	}
	each(func(o *shareOffset, as int8) {
		switch as {
		case api.AckRenew:
			o.until = now + b.c.lock
		case api.AckRelease:
			o.by = ""
		default:
			o.by, o.done, o.as = "", true, as
		}
	})
	return api.None
}

func assigned(a *api.ShareAssignment) string {
	if a == nil {
		return ""
	}
	return fmt.Sprint(" assigned ", a.Partitions)
}

func wireAnswer(err api.ErrorCode) string {
	if err == api.None {
		return ""
	}
	return " -> " + err.String()
}

func renewText(is bool) string {
	if is {
		return " renew"
	}
	return ""
}

func partsText(ps []api.SharePartition) (out string) {
	for _, p := range ps {
		out += " " + p.TopicPartition.String()
		for _, x := range p.AcknowledgementBatches {
			out += fmt.Sprintf(" %d-%d:%v", x.FirstOffset, x.LastOffset, x.AcknowledgeTypes)
		}
	}
	return out
}

func fetchText(r *api.ShareFetchRequest) string {
	out := fmt.Sprintf("e%d max=%d", r.ShareSessionEpoch, r.MaxRecords) + renewText(r.IsRenewAck) + partsText(r.Partitions)
	if len(r.Forgotten) > 0 {
		out += fmt.Sprint(" forgets ", r.Forgotten)
	}
	return out
}
