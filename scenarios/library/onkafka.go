package library

import (
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// onKafka is a Spec for a real cluster: the same, with the shortest timeouts
// that keep the ratios, so that a run takes seconds.
func onKafka(s scenarios.Spec) scenarios.Spec {
	c := s.Client.WithDefaults()
	scale := func(d time.Duration) time.Duration {
		return (d / time.Millisecond * kafkaSession / (c.SessionTimeout / time.Millisecond)).Round(100 * time.Millisecond)
	}
	s.Warmup, s.Faulty = max(scale(s.Warmup), 3*time.Second), scale(s.Faulty)
	if s.Load.Every > 0 {
		s.Load.Every = max(scale(s.Load.Every), 20*time.Millisecond)
	}
	s.Client.HeartbeatInterval = scale(c.HeartbeatInterval)
	s.Client.RebalanceTimeout = max(scale(c.RebalanceTimeout), 10*time.Second)
	s.Client.SessionTimeout = kafkaSession
	s.Client.FetchMaxWait = 500 * time.Millisecond
	none := time.Duration(0)
	s.Broker.InitialRebalanceDelay = &none
	return s
}

// kafkaSession is the session timeout on a real cluster: Kafka's own least
// by default.
const kafkaSession = 6 * time.Second
