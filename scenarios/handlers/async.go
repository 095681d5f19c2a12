package handlers

import (
	"strconv"

	"github.com/groundhogsim/groundhog/scenarios"
)

// AsyncRetry commits without waiting, and commits what failed again when it has
// nothing else to do. Wrong: a later commit may have succeeded meanwhile, which
// the old one takes back.
func AsyncRetry(env scenarios.Env) scenarios.Handler { return &asyncRetry{env: env} }

type asyncRetry struct {
	env    scenarios.Env
	failed []scenarios.Offset
}

// Process implements scenarios.Handler.
func (a *asyncRetry) Process(records []scenarios.Record) {
	process(a.env, records)
	a.commit(scenarios.Next(records...))
}

func (a *asyncRetry) commit(offsets []scenarios.Offset) {
	a.env.CommitOffsetsAsync(func(err error) {
		if err != nil {
			a.failed = append(a.failed, offsets...)
		}
	}, offsets...)
}

// Idle implements scenarios.Idler.
func (a *asyncRetry) Idle() {
	again := a.failed
	a.failed = nil
	for _, o := range again {
		a.commit([]scenarios.Offset{o})
	}
}

// AsyncOnce lets an asynchronous commit that failed be: the next one covers it.
// What was committed last is committed again, and waited for, when there is
// time, and before partitions are given up.
func AsyncOnce(env scenarios.Env) scenarios.Handler { return &asyncOnce{positions{env: env}} }

type asyncOnce struct{ positions }

// Process implements scenarios.Handler.
func (a *asyncOnce) Process(records []scenarios.Record) {
	process(a.env, records)
	a.move(records)
	a.env.CommitAsync(nil, records...)
}

// Idle implements scenarios.Idler.
func (a *asyncOnce) Idle() { a.env.CommitOffsets(a.at...) }

// Revoked implements scenarios.Revoker.
func (a *asyncOnce) Revoked(partitions []scenarios.Partition) {
	a.env.CommitOffsets(a.at...)
	a.forget(partitions)
}

// Lost implements scenarios.Loser.
func (a *asyncOnce) Lost(partitions []scenarios.Partition) { a.forget(partitions) }

// SavesAhead keeps its positions in a store of its own, and seeks there when it
// is assigned partitions. Wrong: it saves where it will be before the work is
// done, and whoever comes after a crash seeks beyond what is not.
func SavesAhead(env scenarios.Env) scenarios.Handler {
	return &seeker{env: env, process: func(s *seeker, records []scenarios.Record) {
		s.save(records)
		process(env, records)
	}}
}

// SavesBehind saves where it is when the work is done.
func SavesBehind(env scenarios.Env) scenarios.Handler {
	return &seeker{env: env, process: func(s *seeker, records []scenarios.Record) {
		process(env, records)
		s.save(records)
	}}
}

type seeker struct {
	env     scenarios.Env
	process func(*seeker, []scenarios.Record)
}

// Assigned implements scenarios.Assigner.
func (s *seeker) Assigned(partitions []scenarios.Partition) {
	for _, p := range partitions {
		text, known := s.env.Shared().Get(p.String())
		if at, err := strconv.ParseInt(text, 10, 64); known && err == nil {
			s.env.Seek(scenarios.Offset{Partition: p, At: at})
		}
	}
}

// Process implements scenarios.Handler.
func (s *seeker) Process(records []scenarios.Record) { s.process(s, records) }

func (s *seeker) save(records []scenarios.Record) {
	for _, o := range scenarios.Next(records...) {
		s.env.Shared().Put(o.Partition.String(), strconv.FormatInt(o.At, 10))
	}
}
