package realkafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
)

// brokerPid finds the process of a broker whose files are below dir.
func brokerPid(t *testing.T, dir string) int {
	t.Helper()
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), dir) && strings.Contains(string(text), "kafka.Kafka") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err == nil {
				return pid
			}
		}
	}
	t.Skip("the broker's process cannot be found here")
	return 0
}

// TestBrokerDiesInMidRun: a run without its cluster is no run that fails, but
// one that did not take place.
func TestBrokerDiesInMidRun(t *testing.T) {
	kafka(t) // skips where there is none
	dir := t.TempDir()
	c, err := cluster.StartProcess(t.Context(), cluster.ProcessConfig{RunDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	broker, err := os.FindProcess(brokerPid(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	spec := baseSpec()
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(2*time.Second, func() { broker.Kill() })
	began := time.Now()
	o, err := Play(t.Context(), c, trial, Options{})
	var lacking *cluster.EnvError
	if o != nil || !errors.As(err, &lacking) || !strings.Contains(err.Error(), "ended on its own (signal: killed)") {
		t.Errorf("got %v, %v", o, err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestPlaysBehindTLSAndSASL plays where frames go through TLS, after the frames
// that present credentials.
func TestPlaysBehindTLSAndSASL(t *testing.T) {
	kafka(t)
	// The certificate that net/http tests with is for the loopback address.
	server := httptest.NewTLSServer(nil)
	server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := cluster.StartProcess(t.Context(), cluster.ProcessConfig{Protocol: "SASL_SSL", Access: secret(t), Settings: map[string]string{
		"group.initial.rebalance.delay.ms": "0",
		"ssl.keystore.type":                "PEM", "ssl.keystore.certificate.chain": string(cert),
		"ssl.keystore.key":                              string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
		"sasl.enabled.mechanisms":                       "PLAIN",
		"listener.name.sasl_ssl.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="open sesame";`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := cluster.Open(context.WithoutCancel(t.Context()), cluster.Choice{Kafka: p.Bootstrap()[0], CA: ca, SASL: "plain", User: "alice", Password: "open sesame"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	list := []*scenarios.Scenario{}
	for _, x := range plays[:1] {
		list = append(list, x.scenario())
	}
	for _, r := range PlayAll(t.Context(), c, list, AllOptions{Seed: 1}) {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Scenario.Name, r.Err)
			continue
		}
		settled(t, &course{Result: r})
	}
}

// secret is how the test's own cluster is reached before its certificate is in a
// file: readiness is all that this is for.
func secret(t *testing.T) cluster.Access {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return cluster.Access{TLS: &tls.Config{RootCAs: roots}, SASL: plain.Auth{User: "alice", Pass: "open sesame"}.AsMechanism()}
}
