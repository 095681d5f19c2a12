package scenarios

import (
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// sourceEnv is checkpoint.Env in the simulated world.
type sourceEnv struct {
	host  *sourceHost
	after int // calls after death
}

// alive tells whether calls still do something; see simEnv.alive.
func (e *sourceEnv) alive() bool {
	if !e.host.over {
		return true
	}
	if e.after++; e.after > 10_000 {
		panic(crashed{})
	}
	return false
}

// Job implements checkpoint.Env.
func (e *sourceEnv) Job() string { return e.host.place.Job }

// Subtask implements checkpoint.Env.
func (e *sourceEnv) Subtask() int { return e.host.place.Subtask }

// Parallelism implements checkpoint.Env.
func (e *sourceEnv) Parallelism() int { return e.host.place.Parallelism }

// Attempt implements checkpoint.Env.
func (e *sourceEnv) Attempt() int { return e.host.place.Attempt }

// Bounded implements checkpoint.Env.
func (e *sourceEnv) Bounded() bool { return e.host.bounded }

// Now implements checkpoint.Env.
func (e *sourceEnv) Now() time.Time {
	if !e.alive() {
		return epoch
	}
	return epoch.Add(e.host.port.Fx.Now().Duration())
}

// Assign implements checkpoint.Env.
func (e *sourceEnv) Assign(splits []checkpoint.Split) {
	if !e.alive() {
		return
	}
	h := e.host
	offsets := make([]model.PartitionOffset, len(splits))
	for i, s := range splits {
		offsets[i] = model.PartitionOffset{TopicPartition: s.TopicPartition, Offset: s.Offset}
	}
	// What it was told and has not given is read again: positions are before it.
	h.batches, h.first = nil, 0
	h.port.Consumer().Assign(offsets, h.port.Fx)
}

// Subscribe implements checkpoint.Env.
func (e *sourceEnv) Subscribe(topics ...string) {
	if e.alive() {
		e.host.port.Consumer().Subscribe(slices.Clone(topics), e.host.port.Fx)
	}
}

// Poll implements checkpoint.Env.
func (e *sourceEnv) Poll(most int, timeout time.Duration) []checkpoint.Record {
	if !e.alive() || most < 1 {
		return nil
	}
	h := e.host
	h.expired = timeout <= 0
	for timed := false; ; h.wait(forRecords) {
		h.finish()
		e.rebalance()
		records := h.take(most)
		if len(records) > 0 || h.expired || h.woken || h.failure != nil || !e.alive() {
			if timed && e.alive() {
				h.port.StopTimer(pollKey)
			}
			if h.asked && e.alive() {
				h.asked = false
				h.port.Consumer().StopPolling()
			}
			return records
		}
		if !timed {
			timed = true
			h.port.SetTimer(pollKey, sim.Span(timeout))
		}
		if !h.asked {
			h.asked = true
			h.port.Consumer().Poll(most, h.port.Fx)
		}
	}
}

// rebalance tells the source of its group's changes.
func (e *sourceEnv) rebalance() {
	h := e.host
	for len(h.changes) > 0 {
		ev := h.changes[0]
		h.changes = h.changes[1:]
		told := h.source.(checkpoint.Rebalanced)
		switch ev.Kind {
		case client.AppAssigned:
			told.PartitionsAssigned(ev.Partitions)
		case client.AppRevoked:
			told.PartitionsRevoked(ev.Partitions)
		case client.AppLost:
			told.PartitionsLost(ev.Partitions)
		}
		if e.alive() {
			h.port.Consumer().CallbackDone(h.port.Fx)
		}
	}
}

// take gives up to most of the records that are there.
func (h *sourceHost) take(most int) []checkpoint.Record {
	n := 0
	for _, b := range h.batches[h.first:] {
		n += len(b.Records)
	}
	if n = min(n, most); n == 0 {
		return nil
	}
	out := make([]checkpoint.Record, 0, n)
	for len(out) < n {
		b := &h.batches[h.first]
		records := b.Records[:min(len(b.Records), n-len(out))]
		for i := range records {
			r := &records[i]
			out = append(out, checkpoint.Record{TopicPartition: b.TopicPartition, Offset: r.Offset, Key: r.Key, Value: r.Value,
				Timestamp: epochMillis + r.Timestamp})
		}
		if b.Records = b.Records[len(records):]; len(b.Records) == 0 {
			h.first++
		}
	}
	if h.first == len(h.batches) {
		h.batches, h.first = h.batches[:0], 0
	}
	return out
}

var epochMillis = epoch.UnixMilli()

// Position implements checkpoint.Env.
func (e *sourceEnv) Position(p model.TopicPartition) int64 {
	if !e.alive() {
		return -1
	}
	for _, b := range e.host.batches[e.host.first:] {
		if b.TopicPartition == p {
			return b.From()
		}
	}
	return e.host.port.Consumer().PositionOf(p)
}

// Commit implements checkpoint.Env.
func (e *sourceEnv) Commit(offsets []model.PartitionOffset) error {
	if !e.alive() {
		return errCrashed
	}
	if len(offsets) == 0 {
		return nil
	}
	h := e.host
	return e.ask(h.port.Consumer().Commit(slices.Clone(offsets), h.port.Fx))
}

// ask waits for the answer to a commit or a question.
func (e *sourceEnv) ask(op int64) error {
	h := e.host
	h.op = op
	h.wait(forAnswer)
	h.op = 0
	if h.answer.Err != api.None {
		return h.answer.Err
	}
	return nil
}

// CommitAsync implements checkpoint.Env.
func (e *sourceEnv) CommitAsync(offsets []model.PartitionOffset, done func(error)) {
	if !e.alive() || len(offsets) == 0 {
		return
	}
	h := e.host
	h.pending = append(h.pending, asyncCommit{h.port.Consumer().Commit(slices.Clone(offsets), h.port.Fx), done})
}

// Committed implements checkpoint.Env.
func (e *sourceEnv) Committed(of []model.TopicPartition) ([]model.PartitionOffset, error) {
	if !e.alive() {
		return nil, errCrashed
	}
	if len(of) == 0 {
		return nil, nil
	}
	h := e.host
	if err := e.ask(h.port.Consumer().AskCommitted(slices.Clone(of), h.port.Fx)); err != nil {
		return nil, err
	}
	return slices.Clone(h.answer.Offsets), nil
}

// Sleep implements checkpoint.Env.
func (e *sourceEnv) Sleep(d time.Duration) {
	if e.alive() {
		e.host.port.SetTimer(sleepKey, sim.Span(d))
		e.host.wait(forTimer)
	}
}

// Metric implements checkpoint.Env.
func (e *sourceEnv) Metric(name string, p model.TopicPartition, n int64) {
	if e.alive() {
		e.host.port.Observe(&model.Event{Kind: model.Metric, Cause: name, TopicPartition: p, To: n})
	}
}
