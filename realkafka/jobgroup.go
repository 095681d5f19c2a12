package realkafka

import (
	"context"
	"slices"
	"time"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
)

// changed tells the source of a rebalance, and waits until it is done with it;
// it is called on a goroutine of kgo's that the rebalance waits for.
func (x *jobClient) changed(kind model.Kind, parts []model.TopicPartition) {
	x.pollEnds()
	x.play.mu.Lock()
	if x.dead {
		x.play.mu.Unlock()
		return
	}
	ev := client.AppEvent{Kind: client.AppAssigned, Partitions: parts}
	switch kind {
	case model.Revoked:
		ev.Kind = client.AppRevoked
	case model.Lost:
		ev.Kind = client.AppLost
	}
	x.have = slices.DeleteFunc(x.have, func(b client.Batch) bool { return slices.Contains(parts, b.TopicPartition) })
	x.callbackDone()
	done := make(chan struct{})
	x.answered = done
	x.port.tell(ev)
	x.play.mu.Unlock()
	select {
	case <-done:
	case <-x.gone:
	}
}

// pollEnds waits for the end of a poll that is under way: what it brings is of
// the time before the rebalance.
func (x *jobClient) pollEnds() {
	x.play.mu.Lock()
	x.interrupt()
	under := x.under
	x.play.mu.Unlock()
	if under != nil {
		select {
		case <-under:
		case <-x.gone:
		}
	}
}

// callbackDone ends a callback that is under way. play.mu is held.
func (x *jobClient) callbackDone() {
	if x.answered != nil {
		close(x.answered)
		x.answered = nil
	}
}

// leaveTimeout bounds a member's goodbye.
const leaveTimeout = 5 * time.Second

// leaveBehind ends the client, as one that is thrown away: the member says that
// it leaves, and nobody waits for it. play.mu is held.
func (x *jobClient) leaveBehind() {
	x.giveUp()
	x.most = 0
	x.interrupt()
	x.machine.runs, x.dead = nil, true
	x.play.spawn(func() {
		ctx, cancel := context.WithTimeout(x.ctx, leaveTimeout)
		defer cancel()
		x.client.AllowRebalance()
		if err := x.client.LeaveGroupContext(ctx); err != nil {
			x.play.logf("%s leaves: %v", x.name(), err)
		}
		x.end(false)
	})
}

// giveUp tells the history that the member owns nothing any more.
func (x *jobClient) giveUp() {
	var owned []model.TopicPartition
	for p := range x.owned {
		owned = append(owned, p)
	}
	if len(owned) == 0 {
		return
	}
	slices.SortFunc(owned, model.TopicPartition.Compare)
	kind := model.Revoked
	if _, generation := x.client.GroupMetadata(); generation < 0 {
		kind = model.Lost
	}
	x.tellMember(model.Event{Kind: kind, Partitions: at(-1, owned)})
	x.tellMember(model.Event{Kind: model.RevokeDone, Partitions: at(-1, owned)})
}
