package controller

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
)

// none stands for no broker.
const none int32 = -1

// change is one that is about to be made to a partition (PartitionChangeBuilder
// with eligible leader replicas, KIP-966, as new clusters have them).
type change struct {
	isr        []int32
	gone       int32            // its process ended without a clean shutdown: it is no eligible leader replica
	acceptable func(int32) bool // may lead
	unclean    bool             // whoever is there may lead
	preferred  bool             // the first replica is to lead if it can
}

// apply makes a change. It tells whether anything did.
func (c *Controller) apply(p *api.PartitionImage, ch change) bool {
	minISR := min(int(c.settings.MinInsyncReplicas), len(p.Replicas))
	var elr []int32
	if len(ch.isr) < minISR {
		elr = slices.DeleteFunc(union(p.ELR, p.ISR), func(b int32) bool { return b == ch.gone || slices.Contains(ch.isr, b) })
	}
	next := *p
	next.ISR, next.ELR = ch.isr, elr
	if len(ch.isr) >= minISR {
		next.LastKnownELR = nil
	}
	leader, unclean := ch.elect(&next)
	switch {
	case leader == p.Leader:
	case unclean:
		// Whatever it does not have is lost.
		next.ISR, next.ELR, next.LastKnownELR = []int32{leader}, nil, nil
	case leader != none && slices.Contains(elr, leader):
		next.ISR = []int32{leader}
		next.ELR = slices.DeleteFunc(slices.Clone(elr), func(b int32) bool { return b == leader })
	}
	if len(next.ISR) == 0 && len(p.ISR) > 0 {
		next.LastKnownELR = []int32{p.Leader}
	}
	if leader != p.Leader {
		next.Leader = leader
		next.LeaderEpoch++
	} else if slices.Equal(next.ISR, p.ISR) && slices.Equal(next.ELR, p.ELR) && slices.Equal(next.LastKnownELR, p.LastKnownELR) {
		return false
	}
	next.PartitionEpoch++
	*p = next
	c.dirty = true
	return true
}

// elect chooses a leader: the present one if it can, else the first replica
// that is in sync, or eligible while none is; else who led last, or, if that is
// allowed, anybody.
func (ch *change) elect(p *api.PartitionImage) (leader int32, unclean bool) {
	valid := func(b int32) bool {
		return b != none && ch.acceptable(b) && (slices.Contains(p.ISR, b) || len(p.ISR) == 0 && slices.Contains(p.ELR, b))
	}
	if ch.preferred && valid(p.Replicas[0]) {
		return p.Replicas[0], false
	}
	if valid(p.Leader) {
		return p.Leader, false
	}
	if i := slices.IndexFunc(p.Replicas, valid); i >= 0 {
		return p.Replicas[i], false
	}
	if len(p.ISR) == 0 && len(p.ELR) == 0 && len(p.LastKnownELR) == 1 && ch.acceptable(p.LastKnownELR[0]) {
		return p.LastKnownELR[0], true
	}
	if ch.unclean {
		if i := slices.IndexFunc(p.Replicas, ch.acceptable); i >= 0 {
			return p.Replicas[i], true
		}
	}
	return none, false
}

func union(a, b []int32) []int32 {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// forAll goes through all partitions.
func (c *Controller) forAll(do func(p *api.PartitionImage)) {
	for i := range c.topics {
		for j := range c.topics[i].Partitions {
			do(&c.topics[i].Partitions[j])
		}
	}
}

func (c *Controller) leadsAny(id int32) (yes bool) {
	c.forAll(func(p *api.PartitionImage) { yes = yes || p.Leader == id })
	return yes
}

// handleGone takes a broker out of ISRs and leadership; unclean is it again
// when what it had may be gone with its process (handleBrokerFenced,
// handleBrokerInControlledShutdown, handleBrokerUncleanShutdown).
func (c *Controller) handleGone(id, unclean int32) {
	c.forAll(func(p *api.PartitionImage) {
		if !slices.Contains(p.ISR, id) && (unclean == none || !slices.Contains(p.ELR, id)) {
			return
		}
		c.apply(p, change{
			isr:        slices.DeleteFunc(slices.Clone(p.ISR), func(b int32) bool { return b == id }),
			gone:       unclean,
			acceptable: func(b int32) bool { return b != id && c.Active(b) },
			unclean:    c.settings.UncleanLeaderElectionEnable,
		})
	})
}

// handleUnfenced gives partitions without a leader one, now that there is a
// broker more.
func (c *Controller) handleUnfenced() {
	c.forAll(func(p *api.PartitionImage) {
		if p.Leader == none {
			c.apply(p, change{isr: p.ISR, gone: none, acceptable: c.Active, unclean: c.settings.UncleanLeaderElectionEnable})
		}
	})
}

// electPreferred lets preferred replicas lead that can
// (maybeBalancePartitionLeaders).
func (c *Controller) electPreferred() {
	c.forAll(func(p *api.PartitionImage) {
		if p.Leader != p.Replicas[0] && c.Active(p.Replicas[0]) && slices.Contains(p.ISR, p.Replicas[0]) {
			c.apply(p, change{isr: p.ISR, gone: none, acceptable: c.Active, preferred: true})
		}
	})
}
