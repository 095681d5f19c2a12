package handlers

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
)

// LogLoad does the work, commits, and logs what document B's task managers
// log of their load (B14): which partitions they were assigned and are ACTIVE
// with, or that they are IDLE, every hundredth message, and what was revoked
// or lost, with the position in it. The lines go to a sink of the caller's, by
// package log/slog; their times are the process's own.
func LogLoad(sink io.Writer) Kind {
	return func(env scenarios.Env) scenarios.Handler {
		return &loadLog{env: env, out: slog.NewTextHandler(sink, nil)}
	}
}

type loadLog struct {
	env      scenarios.Env
	out      slog.Handler
	owned    []scenarios.Offset // its partitions, with the next offset
	consumed int
	status   string // as it was logged last
}

// Process implements scenarios.Handler.
func (l *loadLog) Process(records []scenarios.Record) {
	for _, r := range records {
		l.env.Sleep(Work)
		l.env.Emit(r)
		l.at(r.Partition).At = r.Offset + 1
		if l.consumed++; l.consumed%100 == 0 {
			l.log(slog.LevelInfo, fmt.Sprintf("Consumed %d messages (partition %d, offset %d)", l.consumed, r.Partition.Partition, r.Offset))
		}
	}
	l.env.Commit(records...)
}

// Assigned implements scenarios.Assigner.
func (l *loadLog) Assigned(partitions []scenarios.Partition) {
	for _, p := range partitions {
		l.at(p)
	}
	l.log(slog.LevelInfo, fmt.Sprintf("assigned %d partitions: %s", len(partitions), list(partitions)))
	l.load()
	if from, err := l.env.Committed(partitions...); err == nil { // else the first record tells
		for _, o := range from {
			l.at(o.Partition).At = max(o.At, 0)
		}
	}
}

// Idle implements scenarios.Idler. A member that is given nothing is not
// called for it: it finds out here.
func (l *loadLog) Idle() { l.load() }

// Revoked implements scenarios.Revoker.
func (l *loadLog) Revoked(partitions []scenarios.Partition) {
	l.gone(slog.LevelInfo, "revoked", partitions)
}

// Lost implements scenarios.Loser.
func (l *loadLog) Lost(partitions []scenarios.Partition) { l.gone(slog.LevelWarn, "lost", partitions) }

func (l *loadLog) gone(level slog.Level, how string, partitions []scenarios.Partition) {
	var next []int64
	for _, p := range partitions {
		next = append(next, l.at(p).At)
	}
	l.log(level, fmt.Sprintf("%s %d partitions: %s %v", how, len(partitions), list(partitions), next))
	l.owned = slices.DeleteFunc(l.owned, func(o scenarios.Offset) bool { return slices.Contains(partitions, o.Partition) })
}

// load logs whether there is work, when that has changed.
func (l *loadLog) load() {
	status := "IDLE"
	if len(l.owned) > 0 {
		status = "ACTIVE"
	}
	if status != l.status {
		l.status = status
		l.log(slog.LevelInfo, "Load Status: "+status)
	}
}

// at is the place of a partition among those that it has.
func (l *loadLog) at(p scenarios.Partition) *scenarios.Offset {
	i := slices.IndexFunc(l.owned, func(o scenarios.Offset) bool { return o.Partition == p })
	if i < 0 {
		i = len(l.owned)
		l.owned = append(l.owned, scenarios.Offset{Partition: p})
	}
	return &l.owned[i]
}

func (l *loadLog) log(level slog.Level, text string) {
	r := slog.NewRecord(l.env.Now(), level, text, 0)
	r.AddAttrs(slog.String("member", l.env.Member()))
	l.out.Handle(context.Background(), r)
}

// list is "orders [0 1]", one topic after the other.
func list(partitions []scenarios.Partition) string {
	var topics []string
	of := map[string][]int32{}
	for _, p := range partitions {
		if of[p.Topic] == nil {
			topics = append(topics, p.Topic)
		}
		of[p.Topic] = append(of[p.Topic], p.Partition)
	}
	var out []string
	for _, t := range topics {
		out = append(out, fmt.Sprintf("%s %v", t, of[t]))
	}
	return strings.Join(out, ", ")
}
