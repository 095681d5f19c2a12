package client

import (
	"slices"
	"strconv"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// DirectoryEventKind says which question of a Directory's is answered.
type DirectoryEventKind uint8

// The questions.
const (
	DirectoryTopics    DirectoryEventKind = iota + 1 // Describe: Topics
	DirectoryEnds                                    // Ends: Offsets
	DirectoryCommitted                               // Committed: Offsets, -1 for none
)

// DirectoryEvent is an answer: of the question that gave the number Op. With
// an Err there is no more to it; REQUEST_TIMED_OUT says that nobody could
// answer for default.api.timeout.ms, a minute.
type DirectoryEvent struct {
	Op      int64
	Kind    DirectoryEventKind
	Topics  []TopicSize
	Offsets []model.PartitionOffset // in the order in which they were asked for
	Err     api.ErrorCode
}

// Directory asks what topics there are, where their partitions begin and end,
// and what a group has committed: an admin client inside a node that has other
// work, too. Any number of questions may be under way.
//
// A question is asked again, from its beginning, while the answer says that
// somebody is not there yet; the partitions that have been answered are left
// out then (KafkaAdminClient, PartitionLeaderStrategy). The history is not told:
// nothing is read by it.
//
// To the node's other parts it leaves all connections but those to
// Config.Brokers, and all timers but "directory" and the two that Direct names,
// too; so a node has one or the other.
type Directory struct {
	calls
	Queries []query
	Answers []DirectoryEvent
	LastOp  int64

	told DirectoryEvent `canon:"-"` // what Told gave last
}

// query is a question under way.
type query struct {
	Op     int64
	Kind   DirectoryEventKind
	Topics []string // of DirectoryTopics
	Which  Reset    // of DirectoryEnds
	Group  string   // of DirectoryCommitted
	Parts  []queryPart
	Under  []queryRequest
	Tries  int64    `canon:"sat=6"`
	Since  sim.Time `canon:"rel"`
}

type queryPart struct {
	model.PartitionOffset
	Known bool
}

type queryRequest struct {
	Req sim.Message `canon:"shared"`
}

const timerDirectory = "directory" // its key is the number of the question

// NewDirectory makes one; of cfg it uses the profile, the brokers, the client
// id and the timeouts.
func NewDirectory(cfg *Config) *Directory { return &Directory{calls: newCalls(cfg)} }

// Describe asks how many partitions topics have; those that do not exist are
// left out of the answer.
func (d *Directory) Describe(topics []string, fx *sim.Effects) int64 {
	return d.begins(query{Kind: DirectoryTopics, Topics: topics}, fx)
}

// Ends asks where partitions begin (Earliest) or end (Latest).
func (d *Directory) Ends(of []model.TopicPartition, which Reset, fx *sim.Effects) int64 {
	return d.begins(query{Kind: DirectoryEnds, Which: which, Parts: queryParts(of)}, fx)
}

// Committed asks for a group's offsets; -1 stands for none.
func (d *Directory) Committed(group string, of []model.TopicPartition, fx *sim.Effects) int64 {
	return d.begins(query{Kind: DirectoryCommitted, Group: group, Parts: queryParts(of)}, fx)
}

func queryParts(of []model.TopicPartition) []queryPart {
	out := make([]queryPart, len(of))
	for i, p := range of {
		out[i] = queryPart{PartitionOffset: model.PartitionOffset{TopicPartition: p, Offset: -1}}
	}
	return out
}

// Told takes the next answer; it is valid until the next call.
func (d *Directory) Told() (*DirectoryEvent, bool) {
	if len(d.Answers) == 0 {
		return nil, false
	}
	d.told = d.Answers[0]
	if d.Answers = slices.Delete(d.Answers, 0, 1); len(d.Answers) == 0 {
		d.Answers = nil
	}
	return &d.told, true
}

// Crash drops all that does not survive the process; the numbers of questions
// go on.
func (d *Directory) Crash() { *d = Directory{calls: newCalls(d.cfg), LastOp: d.LastOp} }

// Step takes an input of the node, and tells whether it was the directory's.
func (d *Directory) Step(in *sim.Input, fx *sim.Effects) bool {
	switch in.Kind {
	case sim.InMessage:
		if !d.cfg.isBroker(in.Conn.Peer) {
			return false
		}
		if k, ok := d.answered(in, fx); ok {
			d.answer(k, in.Msg, fx)
		}
	case sim.InClosed:
		if !d.cfg.isBroker(in.Conn.Peer) {
			return false
		}
		d.closed(in.Conn, fx)
	case sim.InTimer:
		switch {
		case d.timer(in, fx):
		case in.Label == timerDirectory:
			if q := d.numbered(in.Key); q != nil {
				d.ask(q, fx)
			}
		default:
			return false
		}
	default:
		return false
	}
	d.broken(fx)
	return true
}

// isBroker tells whether a node is one of the brokers.
func (c *Config) isBroker(id sim.NodeID) bool { return slices.Contains(c.Brokers, id) }

// broken treats what was under way on connections that broke.
func (d *Directory) broken(fx *sim.Effects) {
	for len(d.Failed) > 0 {
		k := d.Failed[0]
		d.Failed = slices.Delete(d.Failed, 0, 1)
		d.nextBroker()
		if q := d.asked(k); q != nil {
			d.goOn(q, fx)
		}
	}
	d.Failed = nil
}

func (d *Directory) begins(q query, fx *sim.Effects) int64 {
	d.LastOp++
	q.Op, q.Since = d.LastOp, fx.Now()
	d.Queries = append(d.Queries, q)
	d.ask(&d.Queries[len(d.Queries)-1], fx)
	return d.LastOp
}

func (d *Directory) numbered(key string) *query {
	for i := range d.Queries {
		if q := &d.Queries[i]; strconv.FormatInt(q.Op, 10) == key {
			return q
		}
	}
	return nil
}

// asked finds the question that a request was sent for, and takes the request
// off; nil when nobody waits for it any more.
func (d *Directory) asked(k call) *query {
	for i := range d.Queries {
		q := &d.Queries[i]
		at := slices.IndexFunc(q.Under, func(u queryRequest) bool { return u.Req == k.Req })
		if at >= 0 {
			q.Under = slices.Delete(q.Under, at, at+1)
			return q
		}
	}
	return nil
}

// ask sends a question's first request: to find out whom to ask, where not
// everybody can answer.
func (d *Directory) ask(q *query, fx *sim.Effects) {
	switch q.Kind {
	case DirectoryTopics:
		d.sendFor(q, d.anyBroker(fx), d.metadata(q.Topics), fx)
	case DirectoryEnds:
		var topics []string
		for i := range q.Parts {
			if p := &q.Parts[i]; !p.Known && !slices.Contains(topics, p.Topic) {
				topics = append(topics, p.Topic)
			}
		}
		if topics == nil {
			d.ends(q, api.None)
			return
		}
		d.sendFor(q, d.anyBroker(fx), d.metadata(topics), fx)
	case DirectoryCommitted:
		d.sendFor(q, d.anyBroker(fx), &api.FindCoordinatorRequest{Header: d.header(4), Key: q.Group}, fx)
	}
}

// metadata asks for topics and, if there are none, for nothing: without a list
// a broker tells of all.
func (d *Directory) metadata(topics []string) sim.Message {
	return &api.MetadataRequest{Header: d.header(12), Topics: append([]string{}, topics...)}
}

func (d *Directory) sendFor(q *query, broker int32, r sim.Message, fx *sim.Effects) {
	q.Under = append(q.Under, queryRequest{r})
	d.begin(forAdmin, broker, r, fx)
}

// goOn goes on with a question when none of its requests is under way any
// more, and it is not answered: after a while it is asked again.
func (d *Directory) goOn(q *query, fx *sim.Effects) {
	if len(q.Under) > 0 {
		return
	}
	if q.Tries++; fx.Now()-q.Since >= defaultAPITimeout {
		d.ends(q, api.RequestTimedOut)
		return
	}
	fx.SetTimer(timerDirectory, strconv.FormatInt(q.Op, 10), d.cfg.backoff(q.Tries, fx))
}

// ends tells the answer.
func (d *Directory) ends(q *query, err api.ErrorCode) {
	ev := DirectoryEvent{Op: q.Op, Kind: q.Kind, Err: err}
	for i := 0; i < len(q.Parts) && err == api.None; i++ {
		ev.Offsets = append(ev.Offsets, q.Parts[i].PartitionOffset)
	}
	d.tell(ev)
}

func (d *Directory) tell(ev DirectoryEvent) {
	d.Answers = append(d.Answers, ev)
	d.Queries = slices.DeleteFunc(d.Queries, func(x query) bool { return x.Op == ev.Op })
	if len(d.Queries) == 0 {
		d.Queries = nil
	}
}

func (d *Directory) answer(k call, m sim.Message, fx *sim.Effects) {
	q := d.asked(k)
	if q == nil {
		return
	}
	switch r := m.(type) {
	case *api.MetadataResponse:
		if q.Kind == DirectoryTopics {
			d.described(q, r, fx)
		} else {
			d.askLeaders(q, r, fx)
		}
	case *api.ListOffsetsResponse:
		d.gotEnds(q, r, fx)
	case *api.FindCoordinatorResponse:
		switch {
		case r.ErrorCode == api.None && d.reachable(r.NodeID):
			d.sendFor(q, r.NodeID, &api.OffsetFetchRequest{Header: d.header(9), GroupID: q.Group, MemberEpoch: -1, Partitions: q.partitions()}, fx)
		case r.ErrorCode == api.None || failure(r.ErrorCode).retry != api.None:
			d.goOn(q, fx)
		default:
			d.ends(q, r.ErrorCode)
		}
	case *api.OffsetFetchResponse:
		d.gotCommitted(q, r, fx)
	}
}

func (q *query) partitions() []model.TopicPartition {
	out := make([]model.TopicPartition, len(q.Parts))
	for i := range q.Parts {
		out[i] = q.Parts[i].TopicPartition
	}
	return out
}

func (q *query) part(p model.TopicPartition) *queryPart {
	for i := range q.Parts {
		if q.Parts[i].TopicPartition == p {
			return &q.Parts[i]
		}
	}
	return nil
}
