// Package telemetry tells of a checkpointing job what OpenTelemetry would:
// metrics, spans and health, made of a history alone. Names and attributes are
// those of the semantic conventions for messaging where these have them.
package telemetry

// Kind says what a metric is.
type Kind string

// The kinds.
const (
	Counter Kind = "counter"
	Gauge   Kind = "gauge"
)

// Attributes of metrics and spans.
const (
	System      = "messaging.system"                   // kafka
	Topic       = "messaging.destination.name"         // orders
	Partition   = "messaging.destination.partition.id" // 3
	Offset      = "messaging.kafka.offset"             // 17
	Group       = "messaging.consumer.group.name"      // order-job
	Correlation = "messaging.message.conversation_id"  // a record's correlation id: orders/3@17
	Client      = "messaging.client.id"                // tm1
	Task        = "job.task"                           // source-0
	Attempt     = "job.attempt"                        // 2
	Checkpoint  = "job.checkpoint.id"                  // 5
	ErrorType   = "error.type"                         // task-failed, checkpoint-aborted, commit-failed
)

// Metrics that Telemetry gives.
const (
	Produced   = "messaging.client.sent.messages"     // records acknowledged to producers, by partition
	Consumed   = "messaging.client.consumed.messages" // records that sources gave, repetitions too, by partition
	Lag        = "kafka.consumer_group.lag"           // records not given by a source yet, by partition
	Throughput = "job.throughput"                     // records applied, a second since the first
	Errors     = "job.errors"                         // by type
	ErrorRate  = "job.error_rate"                     // errors a minute since the job began
	Restarts   = "job.restarts"
	Completed  = "job.checkpoints.completed"
)

// Spans that Telemetry gives.
const (
	SpanCheckpoint = "checkpoint" // from trigger to end
	SpanSnapshot   = "snapshot"   // of a task: until it is durable; a child of the checkpoint
	SpanRecord     = "record"     // from production to the outside store
	SpanPoll       = "poll"       // children of a record: until each step was reached
	SpanEmit       = "emit"
	SpanApply      = "apply"
	SpanStore      = "store"
)

// Field is one thing that Telemetry may tell, and how.
type Field struct {
	Name       string
	Kind       Kind   // empty for a span
	Unit       string // UCUM
	Attributes []string
}

// Schema is all that Telemetry may tell.
var Schema = []Field{
	{Produced, Counter, "{message}", []string{System, Topic, Partition}},
	{Consumed, Counter, "{message}", []string{System, Topic, Partition, Group}},
	{Lag, Gauge, "{message}", []string{System, Topic, Partition, Group}},
	{Throughput, Gauge, "{message}/s", nil},
	{Errors, Counter, "{error}", []string{ErrorType}},
	{ErrorRate, Gauge, "{error}/min", nil},
	{Restarts, Counter, "{restart}", nil},
	{Completed, Counter, "{checkpoint}", nil},
	{SpanCheckpoint, "", "us", []string{Checkpoint, Attempt, ErrorType}},
	{SpanSnapshot, "", "us", []string{Checkpoint, Attempt, Task, Client}},
	{SpanRecord, "", "us", []string{System, Topic, Partition, Offset, Correlation}},
	{SpanPoll, "", "us", []string{Correlation, Task, Client, Attempt}},
	{SpanEmit, "", "us", []string{Correlation, Task, Client, Attempt}},
	{SpanApply, "", "us", []string{Correlation, Task, Client, Attempt}},
	{SpanStore, "", "us", []string{Correlation, Task, Client, Attempt}},
}
