// Package caches has the caches of consumers that keep something for each key
// (document E, E15–E19), as handlers that run in a Spec: a map in the process,
// a store outside, and a map with a changelog. Right ones and wrong ones differ
// in one setting.
//
// What they do with a key is told to the history as reads and writes of a
// register (model.Read, model.Write), so that package model can say whether the
// reads were stale; the gauges read what it costs from there.
package caches

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
)

// Entry is what is kept for a key: how many of its records were counted, and
// the offset of the last, by which a record that comes again is known.
type Entry struct {
	Count int
	Last  int64
}

// none is the entry of a key that has had no record.
var none = Entry{Last: -1}

// after is the entry when a record has been counted; new is false for one
// that it has counted already.
func (e Entry) after(r scenarios.Record) (next Entry, isNew bool) {
	if r.Offset <= e.Last {
		return e, false
	}
	return Entry{e.Count + 1, r.Offset}, true
}

// String is "3@17".
func (e Entry) String() string { return fmt.Sprintf("%d@%d", e.Count, e.Last) }

// parse reads what String writes; what is no entry is none.
func parse(s string) Entry {
	count, last, _ := strings.Cut(s, "@")
	n, err1 := strconv.Atoi(count)
	at, err2 := strconv.ParseInt(last, 10, 64)
	if err1 != nil || err2 != nil {
		return none
	}
	return Entry{n, at}
}
