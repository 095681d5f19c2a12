// Package model says what correct means for consumer groups: the events of a
// history, the anomalies that one can show, the monitors that find them, and
// the reference models for porcupine. It reads histories only, so the history
// of a simulated run, of a run on Apache Kafka and of somebody's production
// service are judged alike.
//
// An [Event] is a line of a history; [NewReader] and [NewWriter] know its form
// as text, which docs/history.md describes. A [Judge] takes events one by one
// and gives a [Report]: first whether the history can be believed (see
// [Assumptions]), then what its [Monitor]s found, then what porcupine says of
// the committed offsets ([Offsets]), and always what was not checked. The
// [Catalogue] has the names of the anomalies.
package model
