// Package cluster gives a running Apache Kafka to scenarios, conformance runs
// and tests.
//
// [Process] runs it as local Java processes: jars resolved once by Maven into a
// cache folder, storage formatted from a cached template, ready only when the
// group coordinator answers, and gone without a trace after Close — or, on
// Linux, when the program that started it is killed. [Container] runs it in a
// Docker engine, and is as careful. [Address] is a cluster that somebody else
// runs, with TLS and SASL as it wants them. [Open] gives one of the three by a
// word of the user's.
//
// The package writes nothing to standard output or standard error. What the
// machine lacks is told by [*EnvError].
package cluster

import "context"

// KafkaVersion is the version of Apache Kafka that pom.xml asks for.
const KafkaVersion = "4.3.1"

// Cluster is a running Apache Kafka. Its methods may be called from any
// goroutine.
type Cluster interface {
	// Bootstrap returns the host:port of each broker's client listener, one at
	// least, in order of node id. The caller owns the slice.
	Bootstrap() []string

	// Access returns what a connection to the clients' listener takes.
	Access() Access

	// Version returns the Kafka version, such as "4.3.1", or "4.3" where only
	// the brokers' protocol tells it, or "" if unknown.
	Version() string

	// Check returns an *EnvError if the cluster can no longer be used: a broker
	// that the implementation started has ended, or nobody answers at any
	// address. It says why as far as that can be known.
	Check(ctx context.Context) error

	// Logs returns the end of the servers' logs as text, at most 1 MiB a
	// broker; "" if they cannot be had. It works after Close too.
	Logs() string

	// SaveLogs copies logs and settings of every broker into the folder dir,
	// which it makes if need be. Call it before Close.
	SaveLogs(dir string) error

	// Close stops what the implementation itself started, waits for its end,
	// and removes its data. Only the first call acts; later ones wait for it
	// and return the same error.
	Close() error
}
