package scenarios

import "github.com/groundhogsim/groundhog/model"

// Outside is an Env with what a handler needs that keeps state outside of its
// process and wants that state judged. The Env of either world is one.
type Outside interface {
	Env
	// Generation is the group's generation that the consumer is a member of, as
	// far as it knows; -1 for none (ConsumerGroupMetadata.generationId).
	Generation() int32
	// PutIf is Put if a condition on what is there holds, at one moment; it
	// tells whether it did.
	PutIf(key, value string, holds func(old string, found bool) bool) bool
	// Observe tells the history of something that the handler sees, such as a
	// model.Read; the event's Client and time are filled in.
	Observe(e model.Event)
}

var _ Outside = (*simEnv)(nil)

// Generation implements Outside.
func (e *simEnv) Generation() int32 {
	if !e.alive() {
		return -1
	}
	return e.host.c.Generation
}

// PutIf implements Outside.
func (e *simEnv) PutIf(key, value string, holds func(old string, found bool) bool) bool {
	if !e.alive() {
		return false
	}
	ok := holds(e.host.shared.Get(key))
	if ok {
		e.host.shared.Put(key, value)
	}
	e.breathe()
	return ok
}

// Observe implements Outside.
func (e *simEnv) Observe(ev model.Event) {
	if e.alive() {
		e.host.fx.Observe(&ev)
	}
}
