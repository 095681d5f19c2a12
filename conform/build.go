package conform

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/broker/api"
)

// The lanes that requests go out on if they do not say: as in the golden
// scripts.
const (
	laneGroup = iota // JoinGroup and SyncGroup
	laneBeat         // all other requests to the coordinator
	laneData         // requests to partitions, and about topics
)

// verb is a kind of request.
type verb struct {
	opts       []string // the operands it has beside commonOpts
	partitions bool     // it also has operands TOPIC/PARTITION
	lane       int
	newest     int16 // the version that goes out if the step does not say
	oldest     int16 // that Kafka 4.3.1 knows
	make       func(*maker) api.Request
}

// verbs are all requests that there are; see conform/README.md. The versions
// are those that both the model and Kafka know.
var verbs map[string]verb

func init() {
	verbs = map[string]verb{
		"join":              {[]string{"group", "id", "instance", "session", "rebalance", "type", "protocols", "topics", "userdata"}, false, laneGroup, 9, 2, makeJoin},
		"sync":              {[]string{"group", "gen", "id", "instance", "type", "protocol", "assign"}, false, laneGroup, 5, 0, makeSync},
		"heartbeat":         {[]string{"group", "gen", "id", "instance"}, false, laneBeat, 4, 0, makeHeartbeat},
		"leave":             {[]string{"group", "id", "instance"}, false, laneBeat, 5, 0, makeLeave},
		"commit":            {[]string{"group", "gen", "id", "instance", "metadata", "epoch"}, true, laneBeat, 9, 2, makeCommit},
		"fetch-offsets":     {[]string{"group", "stable"}, true, laneBeat, 9, 1, makeFetchOffsets},
		"find-coordinator":  {[]string{"group"}, false, laneBeat, 6, 0, makeFindCoordinator},
		"describe-groups":   {[]string{"groups"}, false, laneBeat, 6, 0, makeDescribeGroups},
		"list-groups":       {[]string{"states", "types"}, false, laneBeat, 5, 0, makeListGroups},
		"delete-groups":     {[]string{"groups"}, false, laneBeat, 2, 0, makeDeleteGroups},
		"delete-offsets":    {[]string{"group"}, true, laneBeat, 0, 0, makeDeleteOffsets},
		"produce":           {[]string{"acks", "timeout"}, true, laneData, 12, 3, makeProduce},
		"fetch":             {[]string{"max-wait", "min", "epoch"}, true, laneData, 12, 4, makeFetch},
		"list-offsets":      {[]string{"epoch"}, true, laneData, 10, 1, makeListOffsets},
		"epoch-end":         {[]string{"epoch"}, true, laneData, 4, 2, makeEpochEnd},
		"metadata":          {[]string{"topics"}, false, laneData, 12, 0, makeMetadata},
		"create-topics":     {[]string{"topics", "replicas", "validate"}, false, laneData, 7, 2, makeCreateTopics},
		"create-partitions": {[]string{"topics", "validate"}, false, laneData, 3, 0, makeCreatePartitions},
	}
}

func verbNames() []string { return slices.Sorted(maps.Keys(verbs)) }

// maker makes the request that a step stands for. The first error stays.
type maker struct {
	Step
	cast  cast
	names names
	head  api.Header
	err   error
}

// build makes a step's request, as it goes out as the n-th step. The client id
// tells steps apart, for a broker makes member ids of it.
func build(s Step, c cast, n names, step int) (api.Request, error) {
	v, ok := verbs[s.Verb]
	if !ok {
		return nil, fmt.Errorf("%s: no such verb", s)
	}
	m := &maker{Step: s, cast: c, names: n}
	m.head = api.Header{APIVersion: int16(m.num("v", int64(v.newest))), ClientID: clientID(s, step)}
	if m.head.APIVersion < v.oldest || m.head.APIVersion > v.newest {
		m.fail("v=%d: there are versions %d to %d", m.head.APIVersion, v.oldest, v.newest)
	}
	if lane := m.num("lane", int64(v.lane)); lane < 0 || lane >= Lanes {
		m.fail("lane=%d: there are lanes 0 to %d", lane, Lanes-1)
	}
	r := v.make(m)
	if m.err != nil {
		return nil, fmt.Errorf("%s: %w", s, m.err)
	}
	return r, nil
}

func clientID(s Step, step int) string { return fmt.Sprintf("%s.%d", s.Who, step) }

// lane is the connection that a step's request goes out on.
func (s Step) lane() int {
	n, err := strconv.Atoi(s.get("lane", strconv.Itoa(verbs[s.Verb].lane)))
	if err != nil {
		return 0
	}
	return n
}

func (m *maker) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, args...)
	}
}

func (m *maker) num(key string, otherwise int64) int64 {
	o, ok := m.find(key)
	if !ok {
		return otherwise
	}
	return m.number(key, o.Value)
}

func (m *maker) number(key, value string) int64 {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		m.fail("%s=%s: want a number", key, value)
	}
	return n
}

// ms is a span in milliseconds.
func (m *maker) ms(key string, otherwise int32) int32 {
	o, ok := m.find(key)
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(o.Value)
	if err != nil || d != d.Truncate(time.Millisecond) || d.Milliseconds() != int64(int32(d.Milliseconds())) {
		m.fail("%s=%s: want a span of whole milliseconds, as in 1.5s", key, o.Value)
	}
	return int32(d.Milliseconds())
}

func (m *maker) group() string { return m.names.real(m.get("group", "g")) }

func (m *maker) id() string {
	if o, ok := m.find("id"); ok {
		return m.cast.memberID(o.Value)
	}
	return m.cast.role(m.Who).id
}

// instance is the instance id, which requests have from a version on: what a
// version cannot say, the model is not to hear.
func (m *maker) instance(since int16) string {
	if m.head.APIVersion < since {
		return ""
	}
	return m.get("instance", "")
}

// epoch is the leader epoch that the sender knows.
func (m *maker) epoch(since int16) int32 {
	if m.head.APIVersion < since {
		return -1
	}
	return int32(m.num("epoch", -1))
}

func (m *maker) generation() int32 {
	n, err := m.cast.generation(m.Who, m.get("gen", ""))
	if err != nil {
		m.fail("%v", err)
	}
	return n
}

func (m *maker) protocol() string {
	p := m.cast.role(m.Who).protocol
	if p == "" {
		p = "range"
	}
	return m.get("protocol", p)
}

func (m *maker) reals(list []string) []string {
	out := make([]string, 0, len(list))
	for _, name := range list {
		out = append(out, m.names.real(name))
	}
	return out
}

// each goes through the operands TOPIC/PARTITION.
func (m *maker) each(f func(p api.TopicPartition, value string)) {
	for _, o := range m.Opts {
		if strings.Contains(o.Key, "/") {
			f(m.partition(o.Key), o.Value)
		}
	}
}

func (m *maker) partition(s string) api.TopicPartition {
	topic, n, _ := strings.Cut(s, "/")
	return api.TopicPartition{Topic: m.names.real(topic), Partition: int32(m.number(topic, n))}
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
