// Package cluster gives a running Apache Kafka to scenarios, conformance runs
// and tests.
//
// [Process] runs it as local Java processes: jars resolved once by Maven into a
// cache folder, storage formatted from a cached template, ready only when the
// group coordinator answers, and gone without a trace after Close — or, on
// Linux, when the program that started it is killed.
//
// The package writes nothing to standard output or standard error. What the
// machine lacks is told by [*EnvError].
package cluster

// KafkaVersion is the version of Apache Kafka that pom.xml asks for.
const KafkaVersion = "4.3.1"

// Cluster is a running Apache Kafka. Its methods may be called from any
// goroutine.
type Cluster interface {
	// Bootstrap returns the host:port of each broker's client listener, one at
	// least, in order of node id. The caller owns the slice.
	Bootstrap() []string

	// Version returns the Kafka version, such as "4.3.1", or "" if unknown.
	Version() string

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
