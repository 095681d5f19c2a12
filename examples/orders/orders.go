// Package orders is a small service of somebody who uses groundhog: it reads
// orders, writes them to a warehouse in batches, and commits what is written.
package orders

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// batch is how many orders the warehouse takes at a time.
const batch = 5

// Service writes full batches, and what is left when partitions are revoked.
type Service struct {
	env    scenarios.Env
	buffer []scenarios.Record
}

// New makes a service.
func New(env scenarios.Env) *Service { return &Service{env: env} }

// Process buffers orders, writes full batches, and commits what is written.
func (s *Service) Process(records []scenarios.Record) {
	s.buffer = append(s.buffer, records...)
	for len(s.buffer) >= batch {
		s.write(batch)
	}
}

func (s *Service) write(n int) {
	out := s.buffer[:n]
	s.buffer = s.buffer[n:]
	s.env.Sleep(20 * time.Millisecond)
	s.env.Emit(out...)
	s.env.Commit(out...)
}

// Idle writes what is still in the buffer when no more orders come.
func (s *Service) Idle() {
	if len(s.buffer) > 0 {
		s.write(len(s.buffer))
	}
}

// Revoked writes what is still in the buffer before the partitions go.
func (s *Service) Revoked([]scenarios.Partition) {
	if len(s.buffer) > 0 {
		s.write(len(s.buffer))
	}
}

// Lost forgets what is in the buffer: others have the partitions already.
func (s *Service) Lost([]scenarios.Partition) { s.buffer = nil }

// Hasty is the service as it was first written: when partitions are revoked
// it commits all that it has polled, also what is still in the buffer.
type Hasty struct {
	Service
	polled []scenarios.Record
}

// NewHasty makes a hasty service.
func NewHasty(env scenarios.Env) *Hasty { return &Hasty{Service: Service{env: env}} }

// Process remembers what was polled, and goes on as Service does.
func (h *Hasty) Process(records []scenarios.Record) {
	h.polled = records
	h.Service.Process(records)
}

// Revoked commits what was polled and drops the buffer.
func (h *Hasty) Revoked([]scenarios.Partition) {
	h.env.Commit(h.polled...)
	h.buffer = nil
}
