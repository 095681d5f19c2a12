package share

import (
	"math"
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// DefaultMaxSessions is Kafka's default of group.share.max.share.sessions.
const DefaultMaxSessions = 2000

// Sessions are the share sessions of one broker (ShareSessionCache): a session
// is a member of a group, and the partitions that it reads here. Neither the
// member's epoch nor its assignment is looked at. Max is how many there may be.
type Sessions struct {
	Max         int32
	sessions    []session
	connections []connection
}

// session is one session. It belongs to the connection that opened it, even if
// later requests come over another.
type session struct {
	group, member string
	epoch         int32 // of the next request
	conn          sim.Conn
	partitions    []sessionPartition // in the order that they came, or last brought records
}

// sessionPartition is one partition of a session.
type sessionPartition struct {
	api.TopicPartition
	tell bool // the next answer must name it
}

// connection is a connection that opened a session. Kafka keeps the last session
// of each; it is stale if a session of this connection has been removed.
type connection struct {
	conn          sim.Conn
	group, member string
	stale         bool
}

// Len is how many sessions there are.
func (s *Sessions) Len() int { return len(s.sessions) }

func (s *Sessions) find(group, member string) int {
	return slices.IndexFunc(s.sessions, func(x session) bool { return x.group == group && x.member == member })
}

func (s *Sessions) connection(c sim.Conn) int {
	return slices.IndexFunc(s.connections, func(x connection) bool { return x.conn == c })
}

// nextEpoch is the epoch of a session's next request (ShareRequestMetadata).
func nextEpoch(epoch int32) int32 {
	if epoch == math.MaxInt32 {
		return 1
	}
	return epoch + 1
}

// Fetch takes a ShareFetch into its session, and gives the partitions to read,
// in the order to read them in (newContext). Epoch 0 opens a session, in place
// of the one that the member may have: what that one has acquired is not
// released. Epoch -1 reads nothing; Close is called once the answer is ready.
// Errors:
//
//   - INVALID_REQUEST: epoch 0 with acknowledgements
//   - SHARE_SESSION_LIMIT_REACHED: no room; Kafka answers that after MaxWaitMs
//   - SHARE_SESSION_NOT_FOUND, INVALID_SHARE_SESSION_EPOCH
func (s *Sessions) Fetch(conn sim.Conn, r *api.ShareFetchRequest) ([]api.TopicPartition, api.ErrorCode) {
	switch r.ShareSessionEpoch {
	case api.ShareSessionOpens:
		return s.open(conn, r)
	case api.ShareSessionCloses:
		if s.find(r.GroupID, r.MemberID) < 0 {
			return nil, api.ShareSessionNotFound
		}
		return nil, api.None
	}
	x, err := s.next(r.GroupID, r.MemberID, r.ShareSessionEpoch)
	if err != api.None {
		return nil, err
	}
	for i := range r.Partitions {
		x.add(r.Partitions[i].TopicPartition, true)
	}
	x.partitions = slices.DeleteFunc(x.partitions, func(p sessionPartition) bool {
		return slices.Contains(r.Forgotten, p.TopicPartition)
	})
	return rotate(x.list(), r.ShareSessionEpoch), api.None
}

func (s *Sessions) open(conn sim.Conn, r *api.ShareFetchRequest) ([]api.TopicPartition, api.ErrorCode) {
	if slices.ContainsFunc(r.Partitions, func(p api.SharePartition) bool { return len(p.AcknowledgementBatches) > 0 }) {
		return nil, api.InvalidRequest
	}
	s.remove(r.GroupID, r.MemberID)
	if int32(len(s.sessions)) >= s.Max {
		return nil, api.ShareSessionLimitReached
	}
	x := session{group: r.GroupID, member: r.MemberID, epoch: 1, conn: conn}
	for i := range r.Partitions {
		x.add(r.Partitions[i].TopicPartition, false)
	}
	s.sessions = append(s.sessions, x)
	c := connection{conn: conn, group: r.GroupID, member: r.MemberID}
	if i := s.connection(conn); i >= 0 {
		s.connections[i] = c
	} else {
		s.connections = append(s.connections, c)
	}
	return x.list(), api.None
}

// next finds the session that a request of an epoch continues.
func (s *Sessions) next(group, member string, epoch int32) (*session, api.ErrorCode) {
	i := s.find(group, member)
	if i < 0 {
		return nil, api.ShareSessionNotFound
	}
	x := &s.sessions[i]
	if x.epoch != epoch {
		return nil, api.InvalidShareSessionEpoch
	}
	x.epoch = nextEpoch(epoch)
	return x, api.None
}

func (x *session) add(tp api.TopicPartition, tell bool) {
	if !slices.ContainsFunc(x.partitions, func(p sessionPartition) bool { return p.TopicPartition == tp }) {
		x.partitions = append(x.partitions, sessionPartition{tp, tell})
	}
}

func (x *session) list() []api.TopicPartition {
	out := make([]api.TopicPartition, len(x.partitions))
	for i := range x.partitions {
		out[i] = x.partitions[i].TopicPartition
	}
	return out
}

// rotate lets another partition come first with each request, so that none
// starves (PartitionRotateStrategy).
func rotate(partitions []api.TopicPartition, epoch int32) []api.TopicPartition {
	if epoch < 1 || len(partitions) < 2 {
		return partitions
	}
	at := int(epoch) % len(partitions)
	return slices.Concat(partitions[at:], partitions[:at])
}

// Acknowledge takes a ShareAcknowledge into its session
// (acknowledgeSessionUpdate). Errors are those of Fetch, but that epoch 0 is
// INVALID_SHARE_SESSION_EPOCH.
func (s *Sessions) Acknowledge(r *api.ShareAcknowledgeRequest) api.ErrorCode {
	switch r.ShareSessionEpoch {
	case api.ShareSessionOpens:
		return api.InvalidShareSessionEpoch
	case api.ShareSessionCloses:
		if s.find(r.GroupID, r.MemberID) < 0 {
			return api.ShareSessionNotFound
		}
		return api.None
	}
	_, err := s.next(r.GroupID, r.MemberID, r.ShareSessionEpoch)
	return err
}

// Answer leaves out of the answer to a ShareFetch what its client knows: in a
// session that goes on, partitions without records and errors, unless they are
// new to it (ShareSessionContext, CachedSharePartition). A session that another
// request has taken further is INVALID_SHARE_SESSION_EPOCH.
func (s *Sessions) Answer(r *api.ShareFetchRequest, partitions []api.ShareFetchedPartition) ([]api.ShareFetchedPartition, api.ErrorCode) {
	i := s.find(r.GroupID, r.MemberID)
	if r.ShareSessionEpoch < 1 || i < 0 {
		return partitions, api.None
	}
	x := &s.sessions[i]
	if x.epoch != nextEpoch(r.ShareSessionEpoch) {
		return nil, api.InvalidShareSessionEpoch
	}
	var out []api.ShareFetchedPartition
	for _, p := range partitions {
		k := slices.IndexFunc(x.partitions, func(c sessionPartition) bool { return c.TopicPartition == p.TopicPartition })
		if k < 0 {
			out = append(out, p)
			continue
		}
		c := x.partitions[k]
		if len(p.Records) > 0 || c.tell || p.ErrorCode != api.None {
			out = append(out, p)
			x.partitions[k].tell = p.ErrorCode != api.None
		}
		if len(p.Records) > 0 { // others come first the next time
			x.partitions = append(slices.Delete(x.partitions, k, k+1), sessionPartition{c.TopicPartition, p.ErrorCode != api.None})
		}
	}
	return out, api.None
}

// Close ends a session, and gives the partitions where the member's records
// are to be released: all of them, as they stood before it was gone (Z81,
// KAFKA-17396). SHARE_SESSION_NOT_FOUND if there is none.
func (s *Sessions) Close(group, member string) ([]api.TopicPartition, api.ErrorCode) {
	x := s.remove(group, member)
	if x == nil {
		return nil, api.ShareSessionNotFound
	}
	return x.list(), api.None
}

// remove takes a session out. Its connection's entry is stale then, even if
// another session has been opened over it since.
func (s *Sessions) remove(group, member string) *session {
	i := s.find(group, member)
	if i < 0 {
		return nil
	}
	x := s.sessions[i]
	s.sessions = slices.Delete(s.sessions, i, i+1)
	if k := s.connection(x.conn); k >= 0 {
		s.connections[k].stale = true
	}
	return &x
}

// Dropped is what the end of a connection does to sessions.
type Dropped struct {
	Group, Member string
	// Release are the partitions where the member's records are to be released.
	Release []api.TopicPartition
	// Empty says that the group has no session here any more: all its share
	// partitions on this broker are to be fenced and dropped, after the release
	// (onGroupEmpty).
	Empty bool
}

// Drop notes that a connection is gone, and evicts the session that it opened
// last. It is false if that means nothing.
func (s *Sessions) Drop(conn sim.Conn) (Dropped, bool) {
	i := s.connection(conn)
	if i < 0 {
		return Dropped{}, false
	}
	c := s.connections[i]
	s.connections = slices.Delete(s.connections, i, i+1)
	d := Dropped{Group: c.group, Member: c.member}
	if !c.stale {
		d.Release, _ = s.Close(c.group, c.member)
	}
	d.Empty = !slices.ContainsFunc(s.sessions, func(x session) bool { return x.group == c.group })
	return d, true
}
