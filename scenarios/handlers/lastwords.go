package handlers

import "github.com/groundhogsim/groundhog/scenarios"

// CommitsRevoked commits only when partitions are revoked; what is lost it
// forgets.
func CommitsRevoked(env scenarios.Env) scenarios.Handler { return &lastWords{env: env} }

// CommitsLost commits lost partitions, too. Wrong: somebody else has them.
func CommitsLost(env scenarios.Env) scenarios.Handler { return &lostWords{lastWords{env: env}} }

type lastWords struct {
	env  scenarios.Env
	done queue
}

// Process implements scenarios.Handler.
func (l *lastWords) Process(records []scenarios.Record) {
	process(l.env, records)
	l.done.add(records)
}

// Revoked implements scenarios.Revoker.
func (l *lastWords) Revoked([]scenarios.Partition) { l.commit() }

// Lost implements scenarios.Loser.
func (l *lastWords) Lost(partitions []scenarios.Partition) { l.done.drop(partitions) }

func (l *lastWords) commit() {
	l.env.Commit(l.done.all()...)
	l.done = queue{}
}

type lostWords struct{ lastWords }

// Lost implements scenarios.Loser.
func (l *lostWords) Lost([]scenarios.Partition) { l.commit() }
