package model

import (
	"slices"
	"strings"
	"testing"
)

// breaking are the anomalies that break an invariant.
func breaking(id string) (names []string) {
	for _, m := range Catalogue {
		if slices.Contains(strings.Split(m.Invariants, ", "), id) {
			names = append(names, m.Name)
		}
	}
	return names
}

// TestInvariantsAreChecked: each has an anomaly, or somebody else who checks
// it, and the catalogue names no other but those of other protocols.
func TestInvariantsAreChecked(t *testing.T) {
	var ids []string
	for _, in := range Invariants {
		ids = append(ids, in.ID)
		if (len(breaking(in.ID)) > 0) == (in.Elsewhere != "") {
			t.Errorf("%s: anomalies %v, elsewhere %q", in.ID, breaking(in.ID), in.Elsewhere)
		}
	}
	for _, m := range Catalogue {
		for _, id := range strings.Split(m.Invariants, ", ") {
			if id != "" && !strings.HasPrefix(id, "I-M") && !slices.Contains(ids, id) {
				t.Errorf("%s breaks %s, which is not listed", m.Name, id)
			}
		}
	}
}
