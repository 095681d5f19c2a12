package client

import (
	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// commit is an application's wish to store offsets.
type commit struct {
	Op      int64 `canon:"-"`
	Offsets []model.PartitionOffset
	Sent    bool
}

// Commit stores offsets (of the next record to read) for the group; the event
// AppCommitted with the number given back tells when that is over. Commits go
// one after the other, and wait while the member joins and syncs
// (noCommitDuringJoinAndSync of kgo): then they carry the new generation.
func (c *Consumer) Commit(offsets []model.PartitionOffset, fx *sim.Effects) int64 {
	c.LastOp++
	c.Commits = append(c.Commits, commit{Op: c.LastOp, Offsets: offsets})
	c.sendCommits(fx)
	return c.LastOp
}

func (c *Consumer) sendCommits(fx *sim.Effects) {
	if len(c.Commits) == 0 || c.Commits[0].Sent || c.Phase == joining || c.Phase == syncing {
		return
	}
	w := &c.Commits[0]
	w.Sent = true
	c.observe(fx, model.Event{Kind: model.Commit, Op: w.Op, Partitions: w.Offsets})
	r := &api.OffsetCommitRequest{Header: c.header(9), GroupID: c.cfg.Group,
		GenerationIDOrMemberEpoch: c.Generation, MemberID: c.MemberID}
	for _, p := range w.Offsets {
		r.Partitions = append(r.Partitions, api.OffsetCommitPartition{
			TopicPartition: p.TopicPartition, CommittedOffset: p.Offset, CommittedLeaderEpoch: -1})
	}
	c.begin(forCommit, 0, r, fx)
}

func (c *Consumer) committed(k call, r *api.OffsetCommitResponse, fx *sim.Effects) {
	err := api.None
	for _, p := range r.Partitions {
		if p.ErrorCode != api.None {
			err = p.ErrorCode
			break
		}
	}
	if retriable(err) {
		c.retry(k, fx)
		return
	}
	w := c.Commits[0]
	c.Commits = append(c.Commits[:0], c.Commits[1:]...)
	ev := model.Event{Kind: model.CommitDone, Op: w.Op, Partitions: w.Offsets}
	if err != api.None {
		ev.Error = err.String()
	}
	c.observe(fx, ev)
	c.tell(AppEvent{Kind: AppCommitted, Op: w.Op, Err: err})
	// The coordinator does not know the member any more: kgo joins again at
	// once, as in a rebalance, and does not wait for the next heartbeat
	// (commitHasFatalMemberError).
	if c.Phase == member && (err == api.UnknownMemberID || err == api.IllegalGeneration) {
		c.sessionEnds(api.RebalanceInProgress, fx)
	}
	c.sendCommits(fx)
}
