package client

import (
	"cmp"

	"github.com/groundhogsim/groundhog/sim"
)

// ShareConfig is what a share consumer is set to. Zero fields mean the profile's
// default. Of Config it uses ClientID, Group, Topics, RackID, Brokers, Profile,
// HeartbeatInterval (until a broker has said another), MaxPollRecords,
// MaxPollInterval, FetchMaxWait, RequestTimeout and MetadataMaxAge.
type ShareConfig struct {
	Config
	// MaxRecords is how many records a ShareFetch asks for: 500 in franz-go
	// (kgo.ShareMaxRecords), MaxPollRecords in Java. A broker may acquire more,
	// to the end of a batch.
	MaxRecords int32
	// Strict lets brokers acquire no more than MaxRecords (KIP-1206:
	// kgo.ShareMaxRecordsStrict, share.acquire.mode=record_limit).
	Strict bool
	// Explicit is share.acknowledgement.mode=explicit of Java: polling does not
	// accept what it gave last. kgo has no such mode: its poll always accepts what
	// nobody acknowledged.
	Explicit bool
}

// WithDefaults fills what is zero.
func (s ShareConfig) WithDefaults() *ShareConfig {
	orTime(&s.FetchMaxWait, 500*sim.Millisecond) // kgo's differs from that of its other consumers
	s.Config = *s.Config.WithDefaults()
	if s.pol.java {
		s.MaxRecords = int32(s.MaxPollRecords)
	}
	s.MaxRecords = cmp.Or(s.MaxRecords, 500)
	return &s
}
