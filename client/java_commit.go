package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// Commits of the Java profile: ConsumerCoordinator.

const (
	timerCommitRetry   = "commit-retry"
	timerCommitTimeout = "commit-timeout"

	defaultAPITimeout = sim.Minute // default.api.timeout.ms

	// disconnected is how a commit fails whose connection broke
	// (DisconnectException): the coordinator is looked for anew.
	disconnected = api.CoordinatorNotAvailable
)

// sendJavaCommits sends what was not sent yet. A member that is in no
// generation does not even ask (sendOffsetCommitRequest): while it joins that
// is REBALANCE_IN_PROGRESS, else CommitFailedException, which stands here as
// UNKNOWN_MEMBER_ID.
func (c *Consumer) sendJavaCommits(fx *sim.Effects) {
	for i := 0; i < len(c.Commits); i++ {
		w := &c.Commits[i]
		if w.Sent || w.Tries > 0 {
			continue
		}
		err := c.refusal()
		if err == api.None && len(w.Offsets) > 0 {
			c.sendCommit(w, fx)
			continue
		}
		over := *w
		c.Commits = slices.Delete(c.Commits, i, i+1)
		i--
		c.observe(fx, model.Event{Kind: model.Commit, Op: over.Op, Partitions: over.Offsets})
		c.endJavaCommit(&over, err, fx)
	}
}

// javaCommitAnswered is OffsetCommitResponseHandler.
func (c *Consumer) javaCommitAnswered(k call, err api.ErrorCode, fx *sim.Effects) {
	if err == api.CoordinatorNotAvailable || err == api.NotCoordinator || err == api.RequestTimedOut {
		c.loseCoordinator(fx)
	}
	w := c.takeCommit(k)
	if w == nil {
		return
	}
	outdated := w.Request.GenerationIDOrMemberEpoch != c.Generation || w.Request.MemberID != c.MemberID
	switch err {
	case api.CoordinatorLoadInProgress, api.UnknownTopicOrPartition,
		api.CoordinatorNotAvailable, api.NotCoordinator, api.RequestTimedOut:
		c.commitLater(w, err, fx)
		return
	case api.FencedInstanceID, api.UnknownMemberID, api.IllegalGeneration:
		if outdated && c.Phase == joining {
			c.endJavaCommit(w, api.RebalanceInProgress, fx)
			return
		}
	}
	c.endJavaCommit(w, err, fx)
	c.commitRefused(err, fx)
	if err == api.FencedInstanceID && (w.Kind == commitAsync || w.Kind == commitAuto) {
		c.Fatal = err // asyncCommitFenced
	}
}

// commitLater has a commit that failed for now tried again; one that is not
// waited for is not (RetriableCommitFailedException), lest it overtake later
// ones.
func (c *Consumer) commitLater(w *commit, err api.ErrorCode, fx *sim.Effects) {
	if w.Kind == commitAsync || w.Kind == commitAuto {
		c.endJavaCommit(w, err, fx)
		return
	}
	w.Sent = false
	c.Commits = append(c.Commits, *w)
	fx.SetTimer(timerCommitRetry, "", c.cfg.backoff(w.Tries, fx))
}

// retryCommits sends again what backed off, if the member still is in a
// generation: the present one.
func (c *Consumer) retryCommits(fx *sim.Effects) {
	for i := 0; i < len(c.Commits); i++ {
		w := &c.Commits[i]
		if w.Sent || w.Tries == 0 {
			continue
		}
		if c.refusal() == api.None {
			c.sendCommit(w, fx)
			continue
		}
		over := *w
		c.Commits = slices.Delete(c.Commits, i, i+1)
		i--
		c.endJavaCommit(&over, c.refusal(), fx)
	}
}

// refusal is why a commit is not even sent; None when it is.
func (c *Consumer) refusal() api.ErrorCode {
	if c.Manual {
		return api.None
	}
	switch c.Phase {
	case member:
		return api.None
	case joining, syncing:
		return api.RebalanceInProgress
	}
	return api.UnknownMemberID
}

// commitTimedOut ends the commit that the application waits for
// (TimeoutException of commitSync). It may take effect yet.
func (c *Consumer) commitTimedOut(fx *sim.Effects) {
	for i := range c.Commits {
		if w := c.Commits[i]; w.Kind == commitSync {
			c.Commits = slices.Delete(c.Commits, i, i+1)
			c.endJavaCommit(&w, api.RequestTimedOut, fx)
			return
		}
	}
}

// endJavaCommit ends a commit. Results of those that were not waited for are
// told before that of one that was.
func (c *Consumer) endJavaCommit(w *commit, err api.ErrorCode, fx *sim.Effects) {
	if w.Kind == commitSync {
		fx.StopTimer(timerCommitTimeout, "")
		c.tellCompleted()
	}
	c.commitOver(w, err, fx)
}

// tellCompleted tells the results of commits that were not waited for
// (invokeCompletedOffsetCommitCallbacks).
func (c *Consumer) tellCompleted() {
	for _, ev := range c.Completed {
		c.tell(ev)
	}
	c.Completed = nil
}
