package realkafka

import (
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

var _ scenarios.Outside = (*env)(nil)

// Generation implements scenarios.Outside.
func (e *env) Generation() (generation int32) {
	generation = -1
	e.call(func() { _, generation = e.c.client.GroupMetadata() })
	return generation
}

// PutIf implements scenarios.Outside.
func (e *env) PutIf(key, value string, holds func(old string, found bool) bool) (ok bool) {
	e.call(func() { ok = e.c.play.shared.putIf(key, value, holds) })
	return ok
}

// Observe implements scenarios.Outside.
func (e *env) Observe(ev model.Event) {
	e.call(func() {
		e.c.play.mu.Lock()
		defer e.c.play.mu.Unlock()
		e.c.tell(ev)
	})
}

// putIf is put if a condition on what is there holds.
func (s *store) putIf(key, value string, holds func(old string, found bool) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, found := s.values[key]
	if !holds(old, found) {
		return false
	}
	if s.values == nil {
		s.values = map[string]string{}
	}
	s.values[key] = value
	return true
}
