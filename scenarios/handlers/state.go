package handlers

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// StaleRevoked remembers what was revoked, and throws away the buffers of that
// when the next assignment comes. Wrong: a cooperative member that gives up
// nothing hears of no revocation, so what it remembers is from an earlier
// rebalance; the partition may have come back since, and its buffer be full.
func StaleRevoked(pace int) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &staleRevoked{buffer{env: env, pace: pace}, nil} }
}

type staleRevoked struct {
	buffer
	revoked []scenarios.Partition
}

// Revoked implements scenarios.Revoker.
func (s *staleRevoked) Revoked(partitions []scenarios.Partition) {
	s.revoked = partitions
	s.queue.drop(partitions)
}

// Assigned implements scenarios.Assigner.
func (s *staleRevoked) Assigned([]scenarios.Partition) { s.queue.drop(s.revoked) }

// FreshRevoked forgets what was revoked when it has seen to it.
func FreshRevoked(pace int) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return &freshRevoked{staleRevoked{buffer{env: env, pace: pace}, nil}}
	}
}

type freshRevoked struct{ staleRevoked }

// Assigned implements scenarios.Assigner.
func (f *freshRevoked) Assigned(partitions []scenarios.Partition) {
	f.staleRevoked.Assigned(partitions)
	f.revoked = nil
}

// RestoreAtOnce loads the state of what it is assigned before it begins. Wrong
// where the callback runs inside poll, as Java's does: when it takes longer
// than max.poll.interval.ms the member is out before it has begun, the others
// get its partitions, and load the state in their turn.
func RestoreAtOnce(restore time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &restoreAtOnce{env, restore} }
}

type restoreAtOnce struct {
	env     scenarios.Env
	restore time.Duration
}

// Assigned implements scenarios.Assigner.
func (s *restoreAtOnce) Assigned(partitions []scenarios.Partition) {
	for range partitions {
		s.env.Sleep(s.restore)
	}
}

// Process implements scenarios.Handler.
func (s *restoreAtOnce) Process(records []scenarios.Record) {
	process(s.env, records)
	s.env.Commit(records...)
}

// RestoreInSteps pauses what it is assigned, and loads a piece of the state
// between any two polls; what is loaded goes on.
func RestoreInSteps(restore time.Duration) Kind {
	return func(env scenarios.Env) scenarios.Handler { return &restoreInSteps{env: env, restore: restore} }
}

type restoreInSteps struct {
	env     scenarios.Env
	restore time.Duration
	cold    []loading
}

// loading is a partition whose state is not there yet.
type loading struct {
	scenarios.Partition
	left time.Duration
}

// Assigned implements scenarios.Assigner.
func (s *restoreInSteps) Assigned(partitions []scenarios.Partition) {
	s.env.Pause(partitions...)
	for _, p := range partitions {
		s.cold = append(s.cold, loading{p, s.restore})
	}
}

// Process implements scenarios.Handler.
func (s *restoreInSteps) Process(records []scenarios.Record) {
	process(s.env, records)
	s.env.Commit(records...)
	s.Idle()
}

// Idle implements scenarios.Idler.
func (s *restoreInSteps) Idle() {
	if len(s.cold) == 0 {
		return
	}
	step := min(time.Second, s.cold[0].left)
	s.env.Sleep(step)
	if s.cold[0].left -= step; s.cold[0].left == 0 {
		s.env.Resume(s.cold[0].Partition)
		s.cold = s.cold[1:]
	}
}

// Revoked implements scenarios.Revoker; it is also told of what is lost.
func (s *restoreInSteps) Revoked(partitions []scenarios.Partition) {
	s.cold = slices.DeleteFunc(s.cold, func(l loading) bool { return slices.Contains(partitions, l.Partition) })
}
