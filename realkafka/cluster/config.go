package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// layout is what the brokers of one cluster must agree on.
type layout struct {
	nodes     []nodeConfig
	overrides map[string]string
}

// nodeConfig is one node: a broker and a controller in one JVM.
type nodeConfig struct {
	id             int    // node.id, from 1
	clientPort     int    // TCP port of the clients' listener
	controllerPort int    // TCP port of the controller's listener
	dataDir        string // log.dirs

	// protocol is the security protocol of the clients' listener, and its name;
	// "" means PLAINTEXT.
	protocol string
	// innerPort is the TCP port of a listener for brokers alone; 0 if they use
	// that of the clients.
	innerPort int
	// bind and advertised are the clients' listener where it is not simply the
	// loopback address with clientPort: in a container.
	bind, advertised string
}

func (n nodeConfig) controllerAddr() string { return addr(n.controllerPort) }

// clientAddr is where clients reach the node.
func (n nodeConfig) clientAddr() string { return cmp.Or(n.advertised, addr(n.clientPort)) }

// listeners are the settings of the node's listeners.
func (n nodeConfig) listeners() []setting {
	name := cmp.Or(n.protocol, "PLAINTEXT")
	bound := name + "://" + cmp.Or(n.bind, addr(n.clientPort))
	told := name + "://" + n.clientAddr()
	protocols := name + ":" + name
	var between []setting
	if n.innerPort != 0 {
		bound += "," + innerListener + "://" + addr(n.innerPort)
		told += "," + innerListener + "://" + addr(n.innerPort)
		protocols += "," + innerListener + ":PLAINTEXT"
		between = []setting{{"inter.broker.listener.name", innerListener}}
	}
	return append([]setting{
		{"listeners", bound + ",CONTROLLER://" + n.controllerAddr()},
		{"advertised.listeners", told},
		{"controller.listener.names", "CONTROLLER"},
		{"listener.security.protocol.map", protocols + ",CONTROLLER:PLAINTEXT"},
	}, between...)
}

// innerListener is the name of the listener that innerPort is of.
const innerListener = "INTERNAL"

func addr(port int) string { return loopback + ":" + strconv.Itoa(port) }

type setting struct{ key, value string }

// owned are the settings that make the node this node of this cluster. They
// also decide how storage is formatted, so an override would be unsound.
var owned = []string{
	"advertised.listeners", "broker.id", "controller.listener.names",
	"controller.quorum.bootstrap.servers", "controller.quorum.voters",
	"inter.broker.listener.name", "listener.security.protocol.map", "listeners",
	"log.dir", "log.dirs", "metadata.log.dir", "node.id", "process.roles",
}

// checkOverrides fails if an override would break the harness.
func checkOverrides(overrides map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		if key == "" || slices.Contains(owned, key) || strings.HasPrefix(key, "unstable.") {
			return fmt.Errorf("the Kafka setting %q is chosen by the cluster package and cannot be overridden", key)
		}
	}
	return nil
}

// identity are the owned settings of one node.
func (l layout) identity(n nodeConfig) []setting {
	var voters []string
	for _, v := range l.nodes {
		voters = append(voters, fmt.Sprintf("%d@%s", v.id, v.controllerAddr()))
	}
	all := append([]setting{
		{"process.roles", "broker,controller"},
		{"node.id", strconv.Itoa(n.id)},
		{"controller.quorum.voters", strings.Join(voters, ",")},
	}, n.listeners()...)
	return append(all, setting{"log.dirs", n.dataDir})
}

// defaults are the settings that overrides may change, for a cluster of so
// many brokers.
func defaults(brokers int) []setting {
	replicas := strconv.Itoa(min(brokers, 3))
	inSync := strconv.Itoa(min(brokers, 2))
	return []setting{
		{"default.replication.factor", replicas},
		{"offsets.topic.num.partitions", "1"},
		{"offsets.topic.replication.factor", replicas},
		{"transaction.state.log.num.partitions", "1"},
		{"transaction.state.log.replication.factor", replicas},
		{"transaction.state.log.min.isr", inSync},
		{"share.coordinator.state.topic.num.partitions", "1"},
		{"share.coordinator.state.topic.replication.factor", replicas},
		{"share.coordinator.state.topic.min.isr", inSync},
		// A scenario makes its topics; one that comes from a typing error hides it.
		{"auto.create.topics.enable", "false"},

		{"group.coordinator.rebalance.protocols", "classic,consumer,share,streams"},
		// Lower bounds only: a scenario's own time-outs may be short.
		{"group.min.session.timeout.ms", "1"},
		{"group.consumer.min.session.timeout.ms", "1"},
		{"group.consumer.min.heartbeat.interval.ms", "1"},
		{"group.share.min.session.timeout.ms", "1"},
		{"group.share.min.heartbeat.interval.ms", "1"},
		{"group.share.min.record.lock.duration.ms", "1000"},
		{"group.streams.min.session.timeout.ms", "1"},
		{"group.streams.min.heartbeat.interval.ms", "1"},

		// Small machines: fewer threads, and 2 MiB instead of 128 MiB of heap
		// for the log cleaner, which halve the resident memory.
		{"background.threads", "2"},
		{"group.coordinator.threads", "1"},
		{"log.cleaner.dedupe.buffer.size", "2097152"},
		{"num.io.threads", "4"},
		{"num.network.threads", "1"},
	}
}

// render returns the text of node n's server.properties: the owned settings,
// the defaults with overrides in their places, then the other overrides sorted.
func (l layout) render(n nodeConfig) string {
	rest := maps.Clone(l.overrides)
	all := l.identity(n)
	for _, s := range defaults(len(l.nodes)) {
		if v, ok := rest[s.key]; ok {
			s.value = v
			delete(rest, s.key)
		}
		all = append(all, s)
	}
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		all = append(all, setting{key, rest[key]})
	}
	return properties(all)
}

// properties writes settings as a properties file.
func properties(all []setting) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "%s=%s\n", escapeProperty(s.key, true), escapeProperty(s.value, false))
	}
	return b.String()
}

// escapeProperty writes s as java.util.Properties reads it. A key must also
// hide the characters that end a key.
func escapeProperty(s string, key bool) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\', r == ' ' && (key || i == 0), key && strings.ContainsRune("=:#!", r):
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < 0x20 || r > 0x7e && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
