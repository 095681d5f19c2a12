package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// commit is a wish to store offsets.
type commit struct {
	Op      int64 `canon:"-"`
	Kind    commitKind
	Offsets []model.PartitionOffset     `canon:"-"` // of Parts, for the history
	Parts   []api.OffsetCommitPartition `canon:"shared"`
	Sent    bool
	Tries   int64                    `canon:"sat=4"`
	Request *api.OffsetCommitRequest `canon:"shared"` // what was sent last
}

// commitKind says whose wish it is.
type commitKind uint8

const (
	commitSync   commitKind = iota // the application's, which waits for it
	commitAsync                    // the application's, which goes on
	commitAuto                     // auto-commit's, from time to time
	commitRevoke                   // auto-commit's, before partitions are given up
)

// Commit stores offsets (of the next record to read) for the group; the event
// AppCommitted with the number given back tells when that is over. The leader
// epochs go with them, where they are known.
//
// With kgo commits go one after the other, and wait while the member joins and
// syncs (noCommitDuringJoinAndSync): then they carry the new generation. With
// Java (commitSync) one is tried again for as long as default.api.timeout.ms,
// with the generation of the moment, and fails at once while the member is in
// no generation.
func (c *Consumer) Commit(offsets []model.PartitionOffset, fx *sim.Effects) int64 {
	return c.commit(commitSync, offsets, fx)
}

// CommitAsync is commitAsync of Java: commits go out in the order of the
// calls, each is tried once, and their results are told at the next poll or
// commit. With kgo it is Commit: CommitOffsets keeps the order by waiting.
func (c *Consumer) CommitAsync(offsets []model.PartitionOffset, fx *sim.Effects) int64 {
	return c.commit(commitAsync, offsets, fx)
}

func (c *Consumer) commit(kind commitKind, offsets []model.PartitionOffset, fx *sim.Effects) int64 {
	parts := make([]api.OffsetCommitPartition, len(offsets))
	for i, p := range offsets {
		parts[i] = api.OffsetCommitPartition{
			TopicPartition: p.TopicPartition, CommittedOffset: p.Offset, CommittedLeaderEpoch: c.epochBefore(p)}
	}
	return c.commitParts(kind, offsets, parts, fx)
}

func (c *Consumer) commitParts(kind commitKind, offsets []model.PartitionOffset, parts []api.OffsetCommitPartition, fx *sim.Effects) int64 {
	c.LastOp++
	op := c.LastOp
	if c.cfg.pol.java {
		c.tellCompleted()
	}
	c.Commits = append(c.Commits, commit{Op: op, Kind: kind, Offsets: offsets, Parts: parts})
	if c.cfg.pol.java && kind == commitSync && !c.Manual {
		fx.SetTimer(timerCommitTimeout, "", defaultAPITimeout)
	}
	c.sendCommits(fx)
	return op
}

// sendCommits sends what may be sent: in kgo the first that waits, in Java all
// but those that back off.
func (c *Consumer) sendCommits(fx *sim.Effects) {
	if c.Manual {
		c.sendManual(fx)
		return
	}
	if c.cfg.pol.java {
		c.sendJavaCommits(fx)
		return
	}
	c.autoCommit(fx)
	if len(c.Commits) == 0 || c.Commits[0].Sent || c.Phase == joining || c.Phase == syncing {
		return
	}
	c.sendCommit(&c.Commits[0], fx)
}

func (c *Consumer) sendCommit(w *commit, fx *sim.Effects) {
	if w.Tries == 0 {
		c.observe(fx, model.Event{Kind: model.Commit, Op: w.Op, Partitions: w.Offsets})
	}
	r := &api.OffsetCommitRequest{Header: c.header(9), GroupID: c.cfg.Group, GroupInstanceID: c.cfg.InstanceID,
		GenerationIDOrMemberEpoch: c.Generation, MemberID: c.MemberID, Partitions: w.Parts}
	if c.Manual {
		r.GroupInstanceID = ""
	}
	w.Sent, w.Request, w.Tries = true, r, w.Tries+1
	c.begin(forCommit, 0, r, fx)
}

// committed takes the coordinator's answer to a commit.
func (c *Consumer) committed(k call, r *api.OffsetCommitResponse, fx *sim.Effects) {
	err := api.None
	for _, p := range r.Partitions {
		if p.ErrorCode != api.None {
			err = p.ErrorCode
			break
		}
	}
	if c.Manual {
		c.manualAnswered(k, err, fx)
		return
	}
	if c.cfg.pol.java {
		c.javaCommitAnswered(k, err, fx)
		return
	}
	if retriable(err) {
		c.retry(k, fx)
		return
	}
	w := c.Commits[0]
	c.Commits = append(c.Commits[:0], c.Commits[1:]...)
	if err == api.None {
		c.storeCommitted(&w)
	}
	c.commitOver(&w, err, fx)
	c.commitRefused(err, fx)
	c.sendCommits(fx)
}

// commitOver tells the history and the application how a commit ended.
func (c *Consumer) commitOver(w *commit, err api.ErrorCode, fx *sim.Effects) {
	ev := model.Event{Kind: model.CommitDone, Op: w.Op, Partitions: w.Offsets}
	if err != api.None {
		ev.Error = err.String()
	}
	c.observe(fx, ev)
	switch w.Kind {
	case commitSync:
		c.tell(AppEvent{Kind: AppCommitted, Op: w.Op, Err: err})
	case commitAsync:
		done := AppEvent{Kind: AppCommitted, Op: w.Op, Err: err}
		if c.cfg.pol.java && c.Polling == 0 {
			c.Completed = append(c.Completed, done)
		} else {
			c.tell(done)
		}
	case commitAuto, commitRevoke:
		c.autoCommitted(w, err, fx)
	}
}

// takeCommit takes the commit that a request was sent for; nil when nobody
// waits for it any more.
func (c *Consumer) takeCommit(k call) *commit {
	at := slices.IndexFunc(c.Commits, func(w commit) bool { return w.Sent && sim.Message(w.Request) == k.Req })
	if at < 0 {
		return nil
	}
	w := c.Commits[at]
	c.Commits = slices.Delete(c.Commits, at, at+1)
	return &w
}
