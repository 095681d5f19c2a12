package conform

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/sim"
)

// Live is a broker behind an address, as a subject. Many scripts can play on it
// side by side.
type Live struct {
	at      place
	broker  cluster.Cluster // nil where there is no more than an address
	run     string          // part of all names of this run
	played  atomic.Int64
	own     bool // the broker ends with this run, and all it has
	topics  topicMaker
	offsets *offsets // nil where there is no such topic to read
}

// Dial finds a broker that has the settings of [Settings] and all the versions
// that scripts use. With records it also reads __consumer_offsets.
func Dial(ctx context.Context, addr string, access cluster.Access, records bool) (*Live, error) {
	var run [3]byte
	rand.Read(run[:])
	l := &Live{at: place{addr, access}, run: hex.EncodeToString(run[:])}
	c, err := dial(ctx, l.at)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if records {
		if err := checkVersions(ctx, c); err != nil {
			return nil, err
		}
		if l.offsets, err = tailOffsets(ctx, l.at); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Close deletes the topics that are left, and ends the reading of
// __consumer_offsets.
func (l *Live) Close() {
	if !l.own {
		l.topics.clear(l.at)
	}
	if l.offsets != nil {
		l.offsets.close()
	}
}

// ServerSettings are Settings as a broker's configuration has them, and those
// that keep a broker from doing things in its own time.
func ServerSettings() map[string]string {
	s := Settings()
	text := func(n int32) string { return strconv.Itoa(int(n)) }
	return map[string]string{
		"group.initial.rebalance.delay.ms":     text(s.GroupInitialRebalanceDelayMs),
		"group.min.session.timeout.ms":         text(s.GroupMinSessionTimeoutMs),
		"group.max.session.timeout.ms":         text(s.GroupMaxSessionTimeoutMs),
		"group.max.size":                       text(s.GroupMaxSize),
		"offset.metadata.max.bytes":            text(s.OffsetMetadataMaxBytes),
		"offsets.retention.check.interval.ms":  "86400000",
		"log.retention.ms":                     "-1", // the records' time stamps are old
		"group.coordinator.append.linger.ms":   "0",
		"offsets.topic.num.partitions":         "1",
		"controller.quorum.append.linger.ms":   "0",
		"num.io.threads":                       "1", // requests are handled in the order in which they come
		"num.network.threads":                  "1",
		"group.coordinator.threads":            "1",
		"log.segment.delete.delay.ms":          "1000",
		"auto.create.topics.enable":            "false",
		"group.coordinator.background.threads": "1",
	}
}

// checkVersions makes sure that the broker knows all versions that scripts use.
func checkVersions(ctx context.Context, c *conn) error {
	a, err := ask[*kmsg.ApiVersionsResponse](ctx, c, &kmsg.ApiVersionsRequest{Version: 0})
	if err != nil {
		return err
	}
	for _, name := range verbNames() {
		v := verbs[name]
		r, err := build(Step{Verb: name, Who: "m1"}, newCast(), nameless, 0)
		if err != nil {
			return err
		}
		k, err := wireRequest(r)
		if err != nil {
			return err
		}
		known := false
		for _, x := range a.ApiKeys {
			known = known || x.ApiKey == k.Key() && x.MinVersion <= v.oldest && x.MaxVersion >= v.newest
		}
		if !known {
			return fmt.Errorf("the broker does not know the versions %d to %d of %s: want Kafka 4.3", v.oldest, v.newest, r.MessageName())
		}
	}
	return nil
}

// settled waits until the broker knows and leads all partitions of topics.
func (l *Live) settled(ctx context.Context, c *conn, topics map[string]int) error {
	describe := &kmsg.MetadataRequest{Version: 9}
	for name := range topics {
		describe.Topics = append(describe.Topics, kmsg.MetadataRequestTopic{Topic: kmsg.StringPtr(name)})
	}
	for {
		m, err := ask[*kmsg.MetadataResponse](ctx, c, describe)
		if err != nil {
			return err
		}
		ends := &kmsg.ListOffsetsRequest{Version: 7, ReplicaID: -1}
		ready := true
		for _, t := range m.Topics {
			ready = ready && t.ErrorCode == 0 && len(t.Partitions) >= topics[*t.Topic]
			kt := kmsg.ListOffsetsRequestTopic{Topic: *t.Topic}
			for _, p := range t.Partitions {
				q := kmsg.NewListOffsetsRequestTopicPartition()
				q.Partition, q.Timestamp = p.Partition, api.LatestTimestamp
				kt.Partitions = append(kt.Partitions, q)
			}
			ends.Topics = append(ends.Topics, kt)
		}
		k, err := ask[*kmsg.ListOffsetsResponse](ctx, c, ends)
		if err != nil {
			return err
		}
		for _, t := range k.Topics {
			for _, p := range t.Partitions {
				ready = ready && p.ErrorCode == 0
			}
		}
		if ready {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Play implements Subject. That the broker has ended is an EnvError.
func (l *Live) Play(ctx context.Context, s *Script, plan *Plan) (*Recording, error) {
	r, err := l.play(ctx, s, plan)
	if err != nil && l.broker != nil && ctx.Err() == nil {
		if gone := l.broker.Check(ctx); gone != nil {
			err = gone
		}
	}
	return r, err
}

func (l *Live) play(ctx context.Context, s *Script, plan *Plan) (*Recording, error) {
	n := names{l.run + "x" + strconv.FormatInt(l.played.Add(1), 10)}
	control, err := dial(ctx, l.at)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	if err := l.topics.make(ctx, control, s, n); err != nil {
		return nil, err
	}
	defer l.topics.leave(ctx, control, s, n)
	p := &player{
		live: l, ctx: ctx, script: s, plan: plan, names: n, control: control, cast: newCast(), begun: time.Now(),
		conns: map[string]*conn{}, topics: map[string]int{}, wake: make(chan struct{}, 1), recording: &Recording{Tag: n.tag}, step: -1,
	}
	defer p.close()
	for _, t := range s.Topics {
		p.topics[n.real(t.Name)] = int(t.Partitions)
	}
	if err := l.settled(ctx, control, p.topics); err != nil {
		return nil, err
	}
	// Connections are made before: making one takes time.
	for _, step := range s.Steps {
		if step.Verb != verbWait {
			if _, err := p.connect(step); err != nil {
				return nil, err
			}
		}
	}
	p.begun = time.Now()
	for i := range s.Steps {
		if err := p.play(i); err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return p.end()
}

func (p *player) now() sim.Time { return sim.Span(time.Since(p.begun)) }

func laneName(s Step) string { return s.Who + strings.Repeat("'", s.lane()) }
