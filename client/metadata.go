package client

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

type topic struct {
	Name    string
	Leaders []int32 // by partition; -1 for none
	Epochs  []int32 // of these leaders
}

// TopicSize is a topic and its number of partitions.
type TopicSize struct {
	Name       string
	Partitions int32
}

func (c *Consumer) askMetadata(fx *sim.Effects) {
	if c.under(forMetadata) {
		return
	}
	topics := c.cfg.Topics
	if len(c.Outside) > 0 {
		topics = slices.Concat(topics, c.Outside)
	}
	c.begin(forMetadata, 0, &api.MetadataRequest{Header: c.header(12), Topics: topics}, fx)
}

// gotMetadata takes what a broker knows, starts kgo's membership once a topic
// is there, and lets the leader see that the number of partitions has changed.
func (c *Consumer) gotMetadata(k call, r *api.MetadataResponse, fx *sim.Effects) {
	before := c.sizes()
	own := len(c.Topics)
	c.learnBrokers(r.Brokers)
	c.learnTopics(r)
	switch {
	case c.Manual:
	case c.cfg.pol.java: // its poll compares with Snapshot
	case c.Phase == starting && len(c.Topics) > 0 && !c.Leaving:
		c.autoCommitBegins(fx)
		c.join("start", fx)
	case len(c.Topics) > own:
		c.rejoin(whyMetadata, fx)
	case c.Leader && c.changed(before):
		c.rejoin(whyMetadata, fx)
	}
	if e := c.Electing; e != nil {
		if slices.Equal(k.Req.(*api.MetadataRequest).Topics, slices.Concat(c.cfg.Topics, c.Outside)) {
			c.assign(e, fx)
		} else {
			c.askMetadata(fx) // this one was asked before the election
		}
	}
	again := c.cfg.MetadataMaxAge
	if c.Missing++; len(c.Topics) == len(c.cfg.Topics) {
		c.Missing = 0
	} else {
		again = c.cfg.missingPause(c.Missing, fx)
	}
	if again >= 0 {
		fx.SetTimer(timerMetadata, "", again)
	}
	c.MetadataSoon = false
	c.newLeaders(fx)
}

// quickTries is how often kgo asks for a topic that is not there in quick
// succession, every quickPause; after that it asks as often as for anything
// that is not urgent (updateMetadataLoop).
const (
	quickTries = 8
	quickPause = 250 * sim.Millisecond
)

// missingPause is how long to wait before asking again for topics that do not
// exist yet, after so many answers without them. Java backs off as long as the answers stay the same
// (Metadata.timeToAllowUpdate).
func (c *Config) missingPause(misses int64, fx *sim.Effects) sim.Time {
	switch {
	case c.pol.java:
		return c.backoff(misses, fx)
	case misses < quickTries:
		return quickPause
	}
	return c.pol.metadataPause
}

// learnTopics notes the topics in the order in which they were asked for, this
// member's own first.
func (c *Consumer) learnTopics(r *api.MetadataResponse) {
	old, others := c.Topics, c.Others
	c.Topics, c.Others = make([]topic, 0, len(r.Topics)), nil
	for i := range r.Topics {
		m := &r.Topics[i]
		mine := slices.Contains(c.cfg.Topics, m.Name)
		was := find(old, m.Name)
		if !mine {
			was = find(others, m.Name)
		}
		t := topic{Name: m.Name}
		if m.ErrorCode == api.None {
			t = learnTopic(was, m)
		}
		if c.cfg.pol.keepsTopics && was != nil && mine && len(was.Leaders) > len(t.Leaders) {
			t.Epochs = append(t.Epochs, was.Epochs[len(t.Leaders):]...)
			t.Leaders = append(t.Leaders, was.Leaders[len(t.Leaders):]...)
		}
		switch {
		case len(t.Leaders) == 0:
		case mine:
			c.Topics = append(c.Topics, t)
		default:
			c.Others = append(c.Others, t)
		}
	}
}

// changed tells whether a leader of kgo rejoins because of new metadata
// (findNewAssignments): a topic of its own has more partitions, or one of the
// others' has another number of them.
func (c *Consumer) changed(before []TopicSize) bool {
	for _, was := range before {
		for _, t := range c.Topics {
			if t.Name == was.Name && len(t.Leaders) > int(was.Partitions) {
				return true
			}
		}
		for _, t := range c.Others {
			if t.Name == was.Name && len(t.Leaders) != int(was.Partitions) {
				return true
			}
		}
	}
	return false
}

func find(topics []topic, name string) *topic {
	for i := range topics {
		if topics[i].Name == name {
			return &topics[i]
		}
	}
	return nil
}

func (c *Consumer) topic(name string) *topic { return find(c.Topics, name) }

// sizes are the topics that the member knows of, its own and those it follows
// as leader.
func (c *Consumer) sizes() []TopicSize {
	out := make([]TopicSize, 0, len(c.Topics)+len(c.Others))
	for _, topics := range [2][]topic{c.Topics, c.Others} {
		for _, t := range topics {
			out = append(out, TopicSize{t.Name, int32(len(t.Leaders))})
		}
	}
	return out
}
