package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ProcessConfig says how to run Kafka as local processes. The zero value is one
// broker with the package's defaults.
type ProcessConfig struct {
	// Brokers is how many brokers there are, each also a controller; 0 means 1.
	// Only 1 and 3 are allowed.
	Brokers int

	// Settings go into every broker's server.properties and override the
	// package's defaults there, for example
	// "group.initial.rebalance.delay.ms": "0". Settings that identify a node,
	// such as listeners and log.dirs, cannot be overridden.
	Settings map[string]string

	// Protocol is the security protocol of the clients' listener: "" for
	// PLAINTEXT, or SSL, SASL_PLAINTEXT or SASL_SSL, with what that takes in
	// Settings (ssl.…, listener.name.sasl_ssl.…) and in Access. Brokers then
	// have a plain listener of their own.
	Protocol string

	// Access is how to get in by that protocol.
	Access Access

	// CacheDir keeps jars and the storage template, in a subfolder by Kafka's
	// version. Empty: the environment variable GROUNDHOG_CACHE, then groundhog
	// in the user's cache folder.
	CacheDir string

	// RunDir is where the folder with data and logs is made, and removed by
	// Close. Empty: the system's folder for temporary files.
	RunDir string

	// KeepLogs, if not empty, is a folder into which a failed start and Close
	// copy logs and settings before they remove the run folder.
	KeepLogs string

	// Grace is how long a broker may take to end after SIGTERM before it gets
	// SIGKILL; 0 means 10 s for one broker and 2 s for three, since those would
	// wait 5 s for the quorum that ends with them.
	Grace time.Duration

	ports func(n int) ([]int, error) // freePorts but in tests
}

const (
	defaultGrace       = 10 * time.Second
	defaultQuorumGrace = 2 * time.Second
	// defaultStartTimeout bounds a start, after jars are resolved, if the
	// context has no deadline.
	defaultStartTimeout = 60 * time.Second
	startAttempts       = 5
)

func (cfg ProcessConfig) withDefaults() (ProcessConfig, error) {
	if cfg.Brokers == 0 {
		cfg.Brokers = 1
	}
	if cfg.Brokers != 1 && cfg.Brokers != 3 {
		return cfg, fmt.Errorf("a cluster has 1 or 3 brokers, not %d", cfg.Brokers)
	}
	if cfg.Grace == 0 {
		cfg.Grace = defaultGrace
		if cfg.Brokers > 1 {
			cfg.Grace = defaultQuorumGrace
		}
	}
	if cfg.ports == nil {
		cfg.ports = freePorts
	}
	return cfg, checkOverrides(cfg.Settings)
}

// Process is a Kafka cluster of local Java processes.
type Process struct {
	cfg     ProcessConfig
	inst    *installation
	dir     *runDir
	nodes   []*node
	closing sync.Once
	closed  error // of Close

	mu       sync.Mutex
	lastLogs string // what Logs returns once the files are gone
	gone     bool
}

var _ Cluster = (*Process)(nil)

// StartProcess starts Kafka and returns when its group coordinator answers. ctx
// bounds the start only; without a deadline the start, but not the one-time
// download of jars, may take 60 s. The cluster then runs until Close, or until
// this program ends: on Linux brokers are killed with it, however it ends.
//
// The error is an *EnvError if the machine lacks something or is in the way;
// else it has what matters of the broker's log.
func StartProcess(ctx context.Context, cfg ProcessConfig) (*Process, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	inst, err := install(ctx, cfg.CacheDir)
	if err != nil {
		return nil, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultStartTimeout)
		defer cancel()
	}
	for range startAttempts {
		var p *Process
		if p, err = startOnce(ctx, cfg, inst); err == nil {
			return p, nil
		}
		if !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
	return nil, &EnvError{
		What:   fmt.Sprintf("Kafka found its ports in use %d times over", startAttempts),
		Remedy: "end programs that open very many local connections, then try again",
		Err:    err,
	}
}

// startOnce is StartProcess on one choice of ports. If it fails, nothing is left
// but what KeepLogs asks for.
func startOnce(ctx context.Context, cfg ProcessConfig, inst *installation) (*Process, error) {
	dir, err := newRunDir(cfg.RunDir)
	if err != nil {
		return nil, err
	}
	p := &Process{cfg: cfg, inst: inst, dir: dir}
	if err := p.start(ctx); err != nil {
		for _, n := range p.nodes {
			if n.jvm != nil {
				n.jvm.kill()
			}
		}
		return nil, errors.Join(err, p.discard())
	}
	return p, nil
}

func (p *Process) start(ctx context.Context) error {
	const each = 3
	ports, err := p.cfg.ports(each * p.cfg.Brokers)
	if err != nil {
		return err
	}
	l := layout{overrides: p.cfg.Settings}
	for i := range p.cfg.Brokers {
		n := &node{dir: filepath.Join(p.dir.path, fmt.Sprintf("broker-%d", i+1))}
		n.nodeConfig = nodeConfig{id: i + 1, clientPort: ports[each*i], controllerPort: ports[each*i+1], dataDir: n.file(dataDir), protocol: p.cfg.Protocol}
		if p.cfg.Protocol != "" {
			n.innerPort = ports[each*i+2]
		}
		p.nodes = append(p.nodes, n)
		l.nodes = append(l.nodes, n.nodeConfig)
	}
	clusterID := newUUID()
	for i, n := range p.nodes {
		if err := n.start(p.inst, l, clusterID, i == 0); err != nil {
			return folderError(fmt.Errorf("broker %d: %w", n.id, err), p.dir.path, runDirSetting)
		}
	}
	return p.awaitReady(ctx, clusterID, l.nodes)
}

// awaitReady waits until the cluster is ready, a broker ends, or ctx ends.
func (p *Process) awaitReady(ctx context.Context, clusterID string, nodes []nodeConfig) error {
	probe, err := newProbe(clusterID, nodes, p.cfg.Access)
	if err != nil {
		return err
	}
	defer probe.close()
	ended, watching := p.anyEnded(ctx)
	defer watching()
	if err := probe.await(ctx, ended); err != nil {
		return startFailure(err, p.Logs(), p.dir.path)
	}
	return nil
}

// anyEnded returns a channel that is closed when one of the brokers ends, and a
// function to call when that is no longer of interest.
func (p *Process) anyEnded(ctx context.Context) (<-chan struct{}, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	var once sync.Once
	for _, n := range p.nodes {
		go func() {
			select {
			case <-n.jvm.done:
				once.Do(func() { close(ended) })
			case <-ctx.Done():
			}
		}()
	}
	return ended, cancel
}

// Bootstrap returns the brokers' addresses.
func (p *Process) Bootstrap() []string {
	var addrs []string
	for _, n := range p.nodes {
		addrs = append(addrs, n.clientAddr())
	}
	return addrs
}

// Access is that of the configuration.
func (p *Process) Access() Access { return p.cfg.Access }

// Check returns an *EnvError with the end of its log if a broker has ended.
func (p *Process) Check(context.Context) error {
	for _, n := range p.nodes {
		if n.jvm.ended() {
			return p.endedAlone(n)
		}
	}
	return nil
}

func (p *Process) endedAlone(n *node) error {
	return endedAlone(fmt.Errorf("broker %d had ended on its own (%v)", n.id, n.jvm.err), n.log(), p.dir.path)
}

// Version returns KafkaVersion.
func (p *Process) Version() string { return KafkaVersion }

// Logs returns the end of each broker's log. With several brokers a line with
// the node id goes before each.
func (p *Process) Logs() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return p.lastLogs
	}
	return p.readLogs()
}

func (p *Process) readLogs() string {
	logs := ""
	for _, n := range p.nodes {
		if len(p.nodes) > 1 {
			logs += fmt.Sprintf("--- broker %d ---\n", n.id)
		}
		logs += n.log()
	}
	return logs
}

// SaveLogs copies each broker's server.log and server.properties into the
// folder dir/broker-ID. A test that fails calls it before Close.
func (p *Process) SaveLogs(dir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return errors.New("the cluster is closed and its logs are gone")
	}
	for _, n := range p.nodes {
		if err := n.saveLogs(filepath.Join(dir, filepath.Base(n.dir))); err != nil {
			return folderError(err, dir, "another folder for logs")
		}
	}
	return nil
}

// Close stops the brokers, first by SIGTERM, then by SIGKILL, waits until they
// are gone, and removes their data. The first broker that is closed with a
// given Java and set of jars takes 2 to 3 s longer, for it writes a class
// archive that halves later starts. Close fails if a broker had died before, or
// if logs cannot be kept or data not be removed; no process is left even then.
func (p *Process) Close() error {
	p.closing.Do(func() {
		errs := make([]error, len(p.nodes))
		var stopping sync.WaitGroup
		for i, n := range p.nodes {
			stopping.Go(func() {
				if n.jvm != nil && n.jvm.ended() {
					errs[i] = p.endedAlone(n)
					return
				}
				n.stop(p.cfg.Grace, p.inst.archive)
			})
		}
		stopping.Wait()
		p.closed = errors.Join(append(errs, p.discard())...)
	})
	return p.closed
}

// discard keeps the logs as KeepLogs says and removes the run folder.
func (p *Process) discard() error {
	var kept error
	if p.cfg.KeepLogs != "" {
		kept = p.SaveLogs(p.cfg.KeepLogs)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastLogs, p.gone = p.readLogs(), true
	if err := p.dir.remove(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(kept, folderError(err, p.dir.path, runDirSetting))
	}
	return kept
}
