package sources

import (
	"slices"

	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/model"
)

// The variants of Group, besides CommitsOutOfOrder, and what they show.
const (
	// CommitsRevoked commits what a checkpoint holds of partitions that have been
	// given up or lost since (A16).
	CommitsRevoked Variant = "commits-revoked"
	// IgnoresLost takes no notice of lost partitions: it stores and commits where
	// it was in them (A17).
	IgnoresLost Variant = "ignores-lost"
)

// GroupWith is Group with a variant.
func GroupWith(v Variant, topics ...string) func(checkpoint.Env) checkpoint.Source {
	return func(env checkpoint.Env) checkpoint.Source {
		return &wrongGroup{group{env: env, topics: topics}, v}
	}
}

type wrongGroup struct {
	group
	variant Variant
}

// PartitionsRevoked implements checkpoint.Rebalanced.
func (w *wrongGroup) PartitionsRevoked(partitions []model.TopicPartition) {
	if w.variant == CommitsRevoked || w.variant == CommitsOutOfOrder {
		w.giveUp(partitions)
		return
	}
	w.group.PartitionsRevoked(partitions)
}

// PartitionsLost implements checkpoint.Rebalanced.
func (w *wrongGroup) PartitionsLost(partitions []model.TopicPartition) {
	if w.variant != IgnoresLost {
		w.PartitionsRevoked(partitions)
	}
}

// PartitionsAssigned implements checkpoint.Rebalanced.
func (w *wrongGroup) PartitionsAssigned(partitions []model.TopicPartition) {
	w.giveUp(partitions) // those that it never gave up
	w.group.PartitionsAssigned(partitions)
}

// NotifyCheckpointComplete implements checkpoint.Source.
func (w *wrongGroup) NotifyCheckpointComplete(id int64) error {
	if w.variant != CommitsOutOfOrder {
		return w.group.NotifyCheckpointComplete(id)
	}
	if i := slices.IndexFunc(w.commits, func(c commit) bool { return c.id == id }); i >= 0 {
		w.env.CommitAsync(w.commits[i].offsets, nil)
	}
	return nil
}
