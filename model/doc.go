// Package model says what correct means for consumer groups: the events of a
// history, the anomalies that one can show, the monitors that find them, and
// the reference models for porcupine. It reads histories only, so the history
// of a simulated run, of a run on Apache Kafka and of somebody's production
// service are judged alike.
package model
