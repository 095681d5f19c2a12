package cluster

import (
	"context"
	"fmt"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// oldest is the oldest Kafka that groundhog works with: the first whose
// brokers all have KIP-848's groups and none of the versions that KIP-896
// removed.
const oldest = "4.0"

// metadataFeature is the feature that every KRaft broker tells (KIP-584).
const metadataFeature = "metadata.version"

// releases are the first levels of metadata.version that each release's brokers
// support in production (class MetadataVersion), newest first.
var releases = []struct {
	level   int16
	release string
	old     bool
}{
	{31, "4.4", false},
	{30, "4.3", false},
	{28, "4.2", false},
	{26, "4.1", false},
	{22, "4.0", false},
	{21, "3.9", true},
	{20, "3.8", true},
	{15, "3.7", true},
	{12, "3.6", true},
	{9, "3.5", true},
	{8, "3.4", true},
	{1, "3.3", true},
}

// oldestFetch is the oldest version of Fetch that KIP-896 has left.
const oldestFetch = 4

// releaseOf tells from a broker's versions which Kafka it is: such as "4.3", or
// "" where it is not known; and whether it is too old. A broker tells no
// release, but the highest metadata.version that it could work with; those
// with ZooKeeper tell none, and are told by what KIP-896 has removed.
func releaseOf(v *kmsg.ApiVersionsResponse) (release string, old bool) {
	for _, f := range v.SupportedFeatures {
		if f.Name != metadataFeature {
			continue
		}
		for _, r := range releases {
			if f.MaxVersion >= r.level {
				return r.release, r.old
			}
		}
	}
	for _, k := range v.ApiKeys {
		if k.ApiKey == int16(kmsg.Fetch) {
			return "", k.MinVersion < oldestFetch
		}
	}
	return "", true
}

// tooOld is the error for a broker that releaseOf finds too old.
func tooOld(addr, release string) error {
	if release == "" {
		release = "older than " + oldest
	}
	return &EnvError{
		What:   fmt.Sprintf("the Kafka at %s is %s, and groundhog needs %s or newer", addr, release, oldest),
		Remedy: "update it, or let groundhog start its own Kafka " + KafkaVersion + ": --kafka process",
	}
}

// askVersions asks a broker for its versions, in the newest way that it knows.
func askVersions(ctx context.Context, c net.Conn) (*kmsg.ApiVersionsResponse, error) {
	r := kmsg.NewPtrApiVersionsRequest()
	r.Version, r.ClientSoftwareName, r.ClientSoftwareVersion = 3, "groundhog", "1"
	v, err := exchange[*kmsg.ApiVersionsResponse](ctx, c, r)
	// Brokers before 2.4 answer such a question in version 0, which may not be
	// readable as 3, and go on (KIP-511).
	if err == nil && v.ErrorCode == kerr.UnsupportedVersion.Code {
		r.Version = 0
		v, err = exchange[*kmsg.ApiVersionsResponse](ctx, c, r)
	}
	if err != nil {
		return nil, err
	}
	return v, kerr.ErrorForCode(v.ErrorCode)
}
