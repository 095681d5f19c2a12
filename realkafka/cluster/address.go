package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Address is a Kafka cluster that somebody else runs.
type Address struct {
	bootstrap []string
	access    Access
	version   string
	brokers   []string // as they advertise themselves
}

var _ Cluster = (*Address)(nil)

// OpenAddress finds the cluster behind bootstrap addresses. It makes sure that
// one of them answers, that all brokers that it names can be reached and let us
// in, and that they are not too old. Else the error is an *EnvError.
func OpenAddress(ctx context.Context, bootstrap []string, access Access) (*Address, error) {
	a := &Address{bootstrap: slices.Clone(bootstrap), access: access}
	var errs []error
	for _, addr := range a.bootstrap {
		found, err := meet(ctx, addr, access)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		a.brokers, a.version = found.brokers, found.version
		return a, a.meetOthers(ctx)
	}
	return nil, errors.Join(errs...)
}

// meetOthers makes sure that clients get through to where they are sent.
func (a *Address) meetOthers(ctx context.Context) error {
	for _, addr := range a.brokers {
		if slices.Contains(a.bootstrap, addr) {
			continue
		}
		if _, err := meet(ctx, addr, a.access); err != nil {
			return &EnvError{
				What:   fmt.Sprintf("the cluster at %v sends its clients to %s, which does not work from here", a.bootstrap, addr),
				Remedy: "let advertised.listeners of that broker name an address that this machine reaches",
				Err:    err,
			}
		}
	}
	return nil
}

var errController = errors.New("it has no Metadata")

// met is what a broker tells of itself and its cluster.
type met struct {
	version string
	brokers []string
}

// meet connects to a broker as a client does, and asks who is there. The error
// is an *EnvError that tells what to change.
func meet(ctx context.Context, addr string, access Access) (*met, error) {
	c, err := access.Connect(ctx, addr)
	if err != nil {
		return nil, explain(addr, access, connecting, err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, fmt.Errorf("no answer within %v", dialTimeout))
	defer cancel()
	v, err := askVersions(ctx, c)
	if err != nil {
		return nil, explain(addr, access, asking, err)
	}
	release, old := releaseOf(v)
	if old {
		return nil, tooOld(addr, release)
	}
	if !slices.ContainsFunc(v.ApiKeys, func(k kmsg.ApiVersionsResponseApiKey) bool { return k.ApiKey == int16(kmsg.Metadata) }) {
		return nil, explain(addr, access, using, errController)
	}
	// A listener that wants credentials tells its versions to anybody, and hangs
	// up at whatever comes next.
	m, err := exchange[*kmsg.MetadataResponse](ctx, c, &kmsg.MetadataRequest{Version: 9, Topics: []kmsg.MetadataRequestTopic{}})
	if err != nil {
		return nil, explain(addr, access, using, err)
	}
	found := &met{version: release}
	for _, b := range m.Brokers {
		found.brokers = append(found.brokers, net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port))))
	}
	if len(found.brokers) == 0 {
		return nil, explain(addr, access, using, kerr.BrokerNotAvailable)
	}
	return found, nil
}

// Bootstrap implements Cluster.
func (a *Address) Bootstrap() []string { return slices.Clone(a.bootstrap) }

// Access implements Cluster.
func (a *Address) Access() Access { return a.access }

// Version implements Cluster.
func (a *Address) Version() string { return a.version }

// Check implements Cluster: one broker that answers is enough, for somebody
// else's cluster may be repaired while it works.
func (a *Address) Check(ctx context.Context) error {
	var errs []error
	for _, addr := range slices.Compact(append(a.Bootstrap(), a.brokers...)) {
		_, err := meet(ctx, addr, a.access)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Logs implements Cluster.
func (a *Address) Logs() string { return "" }

// SaveLogs implements Cluster.
func (a *Address) SaveLogs(string) error {
	return errors.New("the logs of a cluster that is only known by its address cannot be had")
}

// Close implements Cluster.
func (a *Address) Close() error { return nil }
