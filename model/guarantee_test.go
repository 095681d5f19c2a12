package model

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestGuaranteeTable has the whole lattice: what each configuration promises,
// and what each cell comes to (testdata/guarantees.txt).
func TestGuaranteeTable(t *testing.T) {
	replays := []Replay{ReplayCheckpoint, ReplayStart, ReplayCommitted, ReplayNone}
	sinks := []SinkKind{SinkNone, SinkAtLeastOnce, SinkIdempotent, SinkTwoPhase}
	var b strings.Builder
	for _, replay := range replays {
		for _, how := range []struct {
			what          string
			unaligned, gr bool
		}{{"aligned, enumerator", false, false}, {"not aligned, enumerator", true, false}, {"aligned, group", false, true}, {"not aligned, group", true, true}} {
			for _, sink := range sinks {
				g := Promised(Configuration{replay, how.unaligned, how.gr, sink})
				b.WriteString(how.what + ": " + g.String() + "\n")
			}
		}
	}
	b.WriteString("\n")
	for _, replay := range replays {
		for _, state := range []Level{No, AtMostOnce, AtLeastOnce, ExactlyOnce} {
			for _, sink := range sinks {
				b.WriteString(Cell(replay, state, sink).String() + "\n")
			}
		}
	}
	checkGolden(t, filepath.Join("testdata", "guarantees.txt"), b.String())
}

// TestGuaranteeShown: what a report shows is compared with what was promised.
func TestGuaranteeShown(t *testing.T) {
	promise := Promised(Configuration{Replay: ReplayCheckpoint, Sink: SinkAtLeastOnce})
	for names, want := range map[string]struct {
		text string
		ok   bool
	}{
		"":                                    {"state exactly-once → end-to-end exactly-once", true},
		DuplicateInSink:                       {"state exactly-once → end-to-end at-least-once", true},
		LostFromSink:                          {"state exactly-once → end-to-end at-most-once", false},
		DuplicateInState:                      {"state at-least-once → end-to-end at-least-once", false},
		LostFromState + " " + DuplicateInSink: {"state at-most-once → end-to-end none", false},
	} {
		r := Report{Counts: map[string]int{}}
		for _, name := range strings.Fields(names) {
			r.Counts[name] = 1
		}
		if g := Shown(&r); g.String() != want.text || g.Within(promise) != want.ok {
			t.Errorf("%q: %s, within the promise %v", names, g, g.Within(promise))
		}
	}
}
