package handlers

import (
	"slices"

	"github.com/groundhogsim/groundhog/scenarios"
)

// sink is a service that sends records somewhere and hears later, by its next
// poll, that they have arrived: then it commits them.
type sink struct {
	env  scenarios.Env
	sent queue
}

// Process implements scenarios.Handler.
func (s *sink) Process(records []scenarios.Record) {
	s.confirmed()
	process(s.env, records)
	s.sent = records
}

// Idle implements scenarios.Idler.
func (s *sink) Idle() { s.confirmed() }

func (s *sink) confirmed() { s.env.Commit(s.sent.all()...) }

// LateMark commits when the sink has confirmed. Wrong: by then the partitions
// may be somebody else's, and the broker takes the commit all the same.
func LateMark(env scenarios.Env) scenarios.Handler { return &sink{env: env} }

// OutlivesSession commits before partitions are revoked, but has no callback
// for those that are lost. Wrong: it commits for them in its next session,
// though others have gone on with them.
func OutlivesSession(env scenarios.Env) scenarios.Handler { return &flushedSink{sink{env: env}} }

type flushedSink struct{ sink }

// Revoked implements scenarios.Revoker.
func (s *flushedSink) Revoked([]scenarios.Partition) { s.confirmed() }

// Lost implements scenarios.Loser.
func (s *flushedSink) Lost([]scenarios.Partition) {}

// MarkInTime has both callbacks.
func MarkInTime(env scenarios.Env) scenarios.Handler { return &markInTime{flushedSink{sink{env: env}}} }

type markInTime struct{ flushedSink }

// Lost implements scenarios.Loser.
func (m *markInTime) Lost(partitions []scenarios.Partition) { m.sent.drop(partitions) }

// NeverForgets keeps its position in every partition, and commits all of them.
// Wrong: it keeps those of partitions that it has no more, and so sets others
// back to where it was itself.
func NeverForgets(env scenarios.Env) scenarios.Handler { return &positions{env: env} }

// Forgets drops the positions of what it gives up or loses.
func Forgets(env scenarios.Env) scenarios.Handler { return &ownPositions{positions{env: env}} }

type positions struct {
	env scenarios.Env
	at  []scenarios.Offset
}

// Process implements scenarios.Handler.
func (p *positions) Process(records []scenarios.Record) {
	process(p.env, records)
	p.move(records)
	p.env.CommitOffsets(p.at...)
}

func (p *positions) move(records []scenarios.Record) {
	for _, o := range scenarios.Next(records...) {
		p.forget([]scenarios.Partition{o.Partition})
		p.at = append(p.at, o)
	}
}

func (p *positions) forget(partitions []scenarios.Partition) {
	p.at = slices.DeleteFunc(p.at, func(o scenarios.Offset) bool { return slices.Contains(partitions, o.Partition) })
}

type ownPositions struct{ positions }

// Revoked implements scenarios.Revoker; it is also told of what is lost.
func (p *ownPositions) Revoked(partitions []scenarios.Partition) { p.forget(partitions) }

// SavedCommit keeps a commit that was refused, and sends it again with a later
// one. Wrong: it was refused because others have the partitions; by now they
// may have committed more, and are set back.
func SavedCommit(env scenarios.Env) scenarios.Handler { return &savedCommit{env: env} }

type savedCommit struct {
	env   scenarios.Env
	saved []scenarios.Offset
}

// Process implements scenarios.Handler.
func (s *savedCommit) Process(records []scenarios.Record) {
	process(s.env, records)
	if s.env.Commit(records...) != nil {
		s.saved = append(s.saved, scenarios.Next(records...)...)
		return
	}
	if s.env.CommitOffsets(s.saved...) == nil {
		s.saved = nil
	}
}
