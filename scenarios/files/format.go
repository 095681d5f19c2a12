// Package files reads scenarios from YAML, for those who write no Go: the same
// words as a Spec has, and handlers by the names of their kinds.
package files

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// file is a scenario file. Where a Spec's field is a function, a name or plain
// lines stand for it.
type file struct {
	Title   string   `yaml:"title"`
	Refs    []string `yaml:"refs"`
	Expect  string   `yaml:"expect"`  // hold, fail
	Anomaly string   `yaml:"anomaly"` // that a run must show, with fail
	Seeds   int      `yaml:"seeds"`

	Topics  []topic  `yaml:"topics"`
	Group   group    `yaml:"group"`
	Members int      `yaml:"members"`
	Brokers int      `yaml:"brokers"`
	Handler handler  `yaml:"handler"`
	Job     *job     `yaml:"job"` // in place of handler
	Load    load     `yaml:"load"`
	Loads   []load   `yaml:"loads"`
	Faults  []string `yaml:"faults"`
	Plan    []string `yaml:"plan"`
	Promise []string `yaml:"promise"`
	Client  settings `yaml:"client"`
	Broker  broker   `yaml:"broker"`
	Warmup  span     `yaml:"warmup"`
	Faulty  span     `yaml:"faulty"`
}

type topic struct {
	Name       string `yaml:"name"`
	Partitions int32  `yaml:"partitions"`
}

type group struct {
	Name      string   `yaml:"name"`
	Assignors []string `yaml:"assignors"`
	Static    bool     `yaml:"static"`
}

// handler is a kind's name, or a name with settings: {kind: batcher, size: 10}.
type handler struct {
	kind     string
	settings map[string]string
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (h *handler) UnmarshalYAML(node ast.Node) error {
	h.settings = map[string]string{}
	if s, ok := node.(*ast.StringNode); ok {
		h.kind = s.Value
		return nil
	}
	var values []*ast.MappingValueNode
	switch m := node.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return fmt.Errorf("want a handler's kind, or {kind: …} with its settings")
	}
	for _, v := range values {
		if text := v.Value.GetToken().Value; v.Key.String() == "kind" {
			h.kind = text
		} else {
			h.settings[v.Key.String()] = text
		}
	}
	return nil
}

type load struct {
	Count       int    `yaml:"count"`
	Keys        int    `yaml:"keys"`
	Pattern     string `yaml:"pattern"`
	Every       span   `yaml:"every"`
	PerTick     int    `yaml:"per-tick"`
	Topic       string `yaml:"topic"`
	From        span   `yaml:"from"`
	NoKeys      bool   `yaml:"no-keys"`
	Skew        []int  `yaml:"skew"`
	Partitioner string `yaml:"partitioner"`
	MetadataAge span   `yaml:"metadata-max-age"`
	File        string `yaml:"file"`     // records, one a line: key:value
	Comments    string `yaml:"comments"` // of the file: skip; by default they are errors
}

type settings struct {
	Profile              string `yaml:"profile"` // franz, java
	SessionTimeout       span   `yaml:"session-timeout"`
	HeartbeatInterval    span   `yaml:"heartbeat-interval"`
	RebalanceTimeout     span   `yaml:"rebalance-timeout"`
	MetadataMaxAge       span   `yaml:"metadata-max-age"`
	FetchMaxWait         span   `yaml:"fetch-max-wait"`
	MaxPollInterval      span   `yaml:"max-poll-interval"`
	MaxPollRecords       int    `yaml:"max-poll-records"`
	AutoOffsetReset      string `yaml:"auto-offset-reset"` // earliest, latest, none, by_duration:30s
	AutoCommit           bool   `yaml:"auto-commit"`
	AutoCommitInterval   span   `yaml:"auto-commit-interval"`
	BlockRebalanceOnPoll bool   `yaml:"block-rebalance-on-poll"`
}

type broker struct {
	InitialRebalanceDelay *span `yaml:"initial-rebalance-delay"`
	ReplicationDelay      span  `yaml:"replication-delay"`
	OffsetsRetention      span  `yaml:"offsets-retention"`
	OffsetsRetentionCheck span  `yaml:"offsets-retention-check"`
	MinInsyncReplicas     int32 `yaml:"min-insync-replicas"`
	UncleanElection       bool  `yaml:"unclean-election"`
	ReadyAt               span  `yaml:"ready-at"`
}

// span is a time as Go writes it: 250ms, 1m30s.
type span time.Duration

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (s *span) UnmarshalYAML(node ast.Node) error {
	d, err := time.ParseDuration(node.GetToken().Value)
	if err != nil || d < 0 {
		return &placed{node.GetToken(), fmt.Sprintf("%q is no time; want for instance 250ms, 30s or 5m", node.GetToken().Value)}
	}
	*s = span(d)
	return nil
}
