package client

import (
	"cmp"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/sim"
)

// policy is what tells one profile's values from another's. Where the two
// differ in what they do, and not just in a value, the steps stand in files of
// their own: franz*.go and java*.go.
type policy struct {
	java bool

	// lanes is the connection of each purpose. kgo (broker.go) has one each for
	// produce, fetch, join and sync, and the rest; Java (NetworkClient) one for
	// everything and a second one to the coordinator, under a node id of its
	// own (AbstractCoordinator.FindCoordinatorResponseHandler).
	lanes [len(purposeNames)]sim.Lane

	// The back-off before try n is base·2ⁿ⁻¹, at most most, give or take a
	// fifth: kgo's retryBackoff; retry.backoff.ms and retry.backoff.max.ms.
	backoffBase, backoffMost sim.Time

	// timeoutIsWhole says that Config.RequestTimeout is how long a request may
	// take (request.timeout.ms); else it is what it may take on top of what the
	// broker is allowed to wait (kgo.RequestTimeoutOverhead).
	timeoutIsWhole bool

	// failsFast are the requests that are not sent again after their
	// connection broke: what sent them starts anew. kgo retries every request
	// by itself (retryable.Request); Java's membership requests do not.
	failsFast [len(purposeNames)]bool

	// cancelCostsConn says that giving up a fetch closes its connection: kgo
	// cancels the read; Java drops the answer when it comes.
	cancelCostsConn bool

	// keepsTopics says that metadata in which a topic has an error, or fewer
	// partitions than before, leave the topic as it was (kgo's metadata.go).
	keepsTopics bool

	// lookupPause is how long a position waits that could not be looked up
	// (a second in listOrEpoch of kgo; retry.backoff.ms), metadataPause how
	// long metadata are not asked for again where that is not urgent
	// (kgo.MetadataMinAge; retry.backoff.ms).
	lookupPause, metadataPause sim.Time
}

var franzPolicy = policy{
	lanes: [len(purposeNames)]sim.Lane{
		forFetch: LaneFetch, forJoin: LaneGroup, forSync: LaneGroup, forProduce: LaneProduce,
		forShareFetch: LaneFetch, forShareAck: LaneFetch, forShareClose: LaneFetch}, // a share session is bound to its connection
	failsFast:   [len(purposeNames)]bool{forShareBeat: true, forShareClose: true},
	backoffBase: 250 * sim.Millisecond, backoffMost: 5 * sim.Second,
	cancelCostsConn: true, keepsTopics: true,
	lookupPause: sim.Second, metadataPause: 5 * sim.Second,
}

var javaPolicy = policy{
	java: true,
	lanes: [len(purposeNames)]sim.Lane{
		forJoin: LaneGroup, forSync: LaneGroup, forHeartbeat: LaneGroup, forLeave: LaneGroup,
		forCommit: LaneGroup, forOffsets: LaneGroup, forCommitted: LaneGroup, forShareBeat: LaneGroup, forShareLeave: LaneGroup},
	backoffBase: 100 * sim.Millisecond, backoffMost: sim.Second,
	timeoutIsWhole: true,
	failsFast: [len(purposeNames)]bool{forJoin: true, forSync: true, forHeartbeat: true, forLeave: true, forCommit: true,
		forShareBeat: true, forShareLeave: true, forShareAck: true, forShareClose: true},
	lookupPause: 100 * sim.Millisecond, metadataPause: 100 * sim.Millisecond,
}

func (p Profile) policy() *policy {
	if p == Java {
		return &javaPolicy
	}
	return &franzPolicy
}

// joinLapse is what JoinGroup may take on top of the rebalance timeout
// (AbstractCoordinator.JOIN_GROUP_TIMEOUT_LAPSE).
const joinLapse = 5 * sim.Second

// timeout is how long an answer to a request is awaited.
func (c *Config) timeout(p purpose) sim.Time {
	t := c.RequestTimeout
	if c.pol.timeoutIsWhole {
		if p == forJoin {
			t = max(t, c.RebalanceTimeout+joinLapse)
		}
		return t
	}
	switch p {
	case forJoin, forSync:
		t += c.RebalanceTimeout
	case forFetch:
		t += c.FetchMaxWait
	case forShareFetch:
		t = c.FetchMaxWait + shareFetchGrace
	}
	return t
}

// backoff is how long to wait before the next try.
func (c *Config) backoff(tries int64, fx *sim.Effects) sim.Time {
	d := min(c.pol.backoffBase<<(min(tries, 6)-1), c.pol.backoffMost)
	return d*4/5 + sim.Time(fx.Draw("backoff", uint64(fx.Now()), int64(d*2/5)))
}

// franzDefaults are kgo's (config.go), javaDefaults those of ConsumerConfig.
func (c *Config) franzDefaults() {
	orTime(&c.RebalanceTimeout, sim.Minute)
	orTime(&c.FetchMaxWait, 5*sim.Second)
	orTime(&c.RequestTimeout, 10*sim.Second)
	c.Reset = cmp.Or(c.Reset, Earliest)
	if len(c.Assignors) == 0 {
		c.Assignors = []assignor.Assignor{assignor.CooperativeSticky} // kgo.Balancers
	}
}

func (c *Config) javaDefaults() {
	c.MaxPollInterval = cmp.Or(c.MaxPollInterval, c.RebalanceTimeout, 5*sim.Minute)
	c.RebalanceTimeout = c.MaxPollInterval // GroupRebalanceConfig
	orTime(&c.FetchMaxWait, 500*sim.Millisecond)
	orTime(&c.RequestTimeout, 30*sim.Second)
	c.Reset = cmp.Or(c.Reset, Latest)
	if len(c.Assignors) == 0 {
		c.Assignors = []assignor.Assignor{assignor.Range, assignor.CooperativeSticky}
	}
}

func orTime(t *sim.Time, def sim.Time) { *t = cmp.Or(*t, def) }
