package model

import (
	"testing"

	"pgregory.net/rapid"
)

// TestGoodGroupIsAccepted: whatever crashes, is lost or comes late, a group
// that does everything right shows no anomaly, and its duplicates stay within
// the bound that the judge computes.
func TestGoodGroupIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newRefGroup(t)
		r := g.run()
		if !r.OK() {
			t.Fatalf("found in a good group:\n%s\n%s", reportText(&r), g.trace())
		}
		lost, duplicates := g.truth()
		s := r.Summary
		if lost != 0 || s.Lost != 0 || s.Unseen != 0 || s.Produced != g.ends[0]+g.ends[1] || s.Distinct != s.Produced {
			t.Fatalf("lost %d; summary %+v\n%s", lost, s, g.trace())
		}
		if s.ProcessedDuplicates != duplicates || s.LegalDuplicates != duplicates || duplicates > s.LegalBound {
			t.Fatalf("%d duplicates; summary %+v\n%s", duplicates, s, g.trace())
		}
	})
}

// TestLossIsCountedRight: of a group that commits what it has only polled,
// the judge finds exactly the records that are lost.
func TestLossIsCountedRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newRefGroup(t)
		g.commitAhead = true
		r := g.run()
		lost, _ := g.truth()
		if r.Summary.Lost != lost || (r.Counts[CommitAheadOfProcessing] > 0) != (lost > 0) || r.Counts[LostRecord] > 0 {
			t.Fatalf("lost %d, found %d:\n%s\n%s", lost, r.Summary.Lost, reportText(&r), g.trace())
		}
	})
}

// TestForgivingCoordinatorIsFound: of a coordinator that does not look at
// generations, the judge finds exactly the commits that it should have refused.
func TestForgivingCoordinatorIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newRefGroup(t)
		g.forgiving = true
		r := g.run()
		if r.Counts[ZombieCommitAccepted] != g.zombieAcked {
			t.Fatalf("%d accepted, found %d:\n%s\n%s", g.zombieAcked, r.Counts[ZombieCommitAccepted], reportText(&r), g.trace())
		}
	})
}
