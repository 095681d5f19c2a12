package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// authority signs certificates of a test.
type authority struct {
	t    *testing.T
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.key, a.cert = a.sign("ca", true, nil)
	return a
}

// sign makes a key and a certificate for the loopback address, or for host
// names, and writes both into PEM files.
func (a *authority) sign(name string, isCA bool, hosts []string) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: isCA, BasicConstraintsValid: true, DNSNames: hosts,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if hosts == nil {
		template.IPAddresses = []net.IP{net.ParseIP(loopback)}
	}
	parent, signer := template, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", &pem.Block{Type: "CERTIFICATE", Bytes: der})
	a.write(name+".key", &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, cert
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name string, block *pem.Block) {
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(block), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) text(name string) string {
	b, err := os.ReadFile(a.path(name))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(b)
}

// secure are a broker's settings for a listener with TLS and, unless the
// client's certificate is all it wants, SASL.
func (a *authority) secure(clientAuth string) map[string]string {
	a.sign("broker", false, nil)
	const login = "org.apache.kafka.common.security."
	s := map[string]string{
		"ssl.keystore.type": "PEM", "ssl.keystore.key": a.text("broker.key"), "ssl.keystore.certificate.chain": a.text("broker.pem"),
		"ssl.truststore.type": "PEM", "ssl.truststore.certificates": a.text("ca.pem"), "ssl.client.auth": clientAuth,
		"sasl.enabled.mechanisms":                               "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"listener.name.sasl_ssl.plain.sasl.jaas.config":         login + `plain.PlainLoginModule required user_alice="open sesame";`,
		"listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": login + "scram.ScramLoginModule required;",
		"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": login + "scram.ScramLoginModule required;",
	}
	return s
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// TestAddressWithTLSAndSASL opens a secured broker in every right way, and in
// every wrong one that a user may come to.
func TestAddressWithTLSAndSASL(t *testing.T) {
	a := newAuthority(t)
	p := start(t, ProcessConfig{Protocol: "SASL_SSL", Settings: a.secure("none"), Access: Access{
		TLS:  &tls.Config{RootCAs: a.pool()},
		SASL: plain.Auth{User: "alice", Pass: "open sesame"}.AsMechanism(),
	}})
	addUser(t, p, "bob", "hush hush")
	addr := p.Bootstrap()[0]
	other := newAuthority(t)
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("alice\nopen sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ca := a.path("ca.pem")
	for _, x := range []struct {
		name   string
		choice Choice
		want   []string // of the error; nil for none
	}{
		{"PLAIN", Choice{CA: ca, SASL: "plain", User: "alice", Password: "open sesame"}, nil},
		{"credentials of a file", Choice{CA: ca, SASL: "PLAIN", Credentials: file}, nil},
		{"SCRAM-SHA-256", Choice{CA: ca, SASL: "scram-sha-256", User: "bob", Password: "hush hush"}, nil},
		{"SCRAM-SHA-512", Choice{CA: ca, SASL: "scram-sha-512", User: "bob", Password: "hush hush"}, nil},
		{"wrong password", Choice{CA: ca, SASL: "plain", User: "alice", Password: "shut"}, []string{"does not accept the credentials", passwordSetting}},
		{"wrong SCRAM password", Choice{CA: ca, SASL: "scram-sha-512", User: "bob", Password: "loud"}, []string{"does not accept the credentials"}},
		{"unknown user", Choice{CA: ca, SASL: "scram-sha-256", User: "carol", Password: "x"}, []string{"does not accept the credentials"}},
		{"no credentials", Choice{CA: ca}, []string{"without credentials", saslSetting}},
		{"no TLS", Choice{}, []string{"speaks TLS", tlsSetting}},
		{"no TLS, but credentials", Choice{SASL: "plain", User: "alice", Password: "open sesame"}, []string{"speaks TLS", tlsSetting}},
		{"strange CA", Choice{CA: other.path("ca.pem"), SASL: "plain", User: "alice", Password: "open sesame"}, []string{"nobody who is trusted", caSetting}},
		{"the system's CAs", Choice{TLS: true, SASL: "plain", User: "alice", Password: "open sesame"}, []string{"nobody who is trusted", caSetting}},
		{"no CA file", Choice{CA: file + "x"}, []string{"cannot be read", caSetting}},
		{"no PEM file", Choice{CA: file}, []string{"no certificate", caSetting}},
		{"no credentials file", Choice{CA: ca, SASL: "plain", Credentials: file + "x"}, []string{"cannot be read", credentialsSetting}},
		{"no credentials in the file", Choice{CA: ca, SASL: "plain", Credentials: os.DevNull}, []string{"has no credentials"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.choice.Kafka = addr
			c, err := Open(t.Context(), x.choice, nil)
			if x.want != nil {
				wantEnvError(t, err, x.want...)
				if x.choice.Password != "" && strings.Contains(err.Error(), string(x.choice.Password)) {
					t.Error("the password is in ", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Version() != "4.3" {
				t.Errorf("version %q", c.Version())
			}
			if err := c.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	c, err := Open(t.Context(), Choice{Kafka: addr, CA: ca, SASL: "scram-sha-256", User: "bob", Password: "hush hush"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	produceAndConsume(t, c, 1)
	p.nodes[0].jvm.kill()
	wantEnvError(t, c.Check(t.Context()), "nobody listens")
	wantEnvError(t, p.Check(t.Context()), "ended on its own")
}

// addUser makes a SCRAM user.
func addUser(t *testing.T, c Cluster, user, password string) {
	t.Helper()
	client, err := kgo.NewClient(append(c.Access().Options(), kgo.SeedBrokers(c.Bootstrap()...))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	// A request may name a user once.
	for _, m := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} {
		user := kadm.UpsertSCRAM{User: user, Mechanism: m, Iterations: 4096, Password: password}
		altered, err := kadm.NewClient(client).AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{user})
		if err == nil {
			err = altered.Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAddressWithClientCertificates is of a listener that knows its clients by
// their certificates.
func TestAddressWithClientCertificates(t *testing.T) {
	a := newAuthority(t)
	settings := a.secure("required")
	a.sign("client", false, nil)
	a.sign("elsewhere", false, []string{"kafka.example"})
	pair, err := tls.LoadX509KeyPair(a.path("client.pem"), a.path("client.key"))
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, ProcessConfig{Protocol: "SSL", Settings: settings, Access: Access{TLS: &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{pair}}}})
	right := Choice{Kafka: p.Bootstrap()[0], CA: a.path("ca.pem"), Cert: a.path("client.pem"), Key: a.path("client.key")}
	if _, err := Open(t.Context(), right, nil); err != nil {
		t.Error(err)
	}
	other := newAuthority(t)
	other.sign("client", false, nil)
	none, strange, mixed, saslToo := right, right, right, right
	none.Cert, none.Key = "", ""
	strange.Cert, strange.Key = other.path("client.pem"), other.path("client.key")
	mixed.Key = a.path("ca.key")
	saslToo.SASL, saslToo.User, saslToo.Password = "plain", "alice", "open sesame"
	for name, x := range map[string]struct {
		choice Choice
		want   []string
	}{
		"none":           {none, []string{"wants one", certSetting}},
		"a stranger's":   {strange, []string{"refuses this client's certificate", certSetting}},
		"another's key":  {mixed, []string{"cannot be used", keySetting}},
		"no SASL wanted": {saslToo, []string{"takes no credentials", saslSetting}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), x.choice, nil)
			wantEnvError(t, err, x.want...)
		})
	}
	t.Run("another name", func(t *testing.T) {
		// The broker's certificate has the address alone.
		_, port, _ := net.SplitHostPort(right.Kafka)
		x := right
		x.Kafka = "localhost:" + port
		_, err := Open(t.Context(), x, nil)
		wantEnvError(t, err, "for another name")
	})
}

// TestAddressOfAPlainListener is what goes wrong with one that is not secured.
func TestAddressOfAPlainListener(t *testing.T) {
	p := start(t, ProcessConfig{})
	addr := p.Bootstrap()[0]
	c, err := Open(t.Context(), Choice{Kafka: "127.0.0.1:1," + addr}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SaveLogs(t.TempDir()); err == nil || c.Logs() != "" || c.Close() != nil {
		t.Error("a cluster of somebody else's was treated as one's own")
	}
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for name, x := range map[string]struct {
		choice Choice
		want   []string
	}{
		"TLS":               {Choice{Kafka: addr, TLS: true}, []string{"does not speak TLS", tlsSetting}},
		"credentials":       {Choice{Kafka: addr, SASL: "plain", User: "alice", Password: "open sesame"}, []string{"takes no credentials", saslSetting}},
		"controller's port": {Choice{Kafka: p.nodes[0].controllerAddr()}, []string{"controller's listener"}},
		"nobody":            {Choice{Kafka: "127.0.0.1:1"}, []string{"127.0.0.1:1", "nobody listens"}},
		"no such host":      {Choice{Kafka: "kafka.invalid:9092"}, []string{"name is not known"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := Open(ctx, x.choice, nil)
			wantEnvError(t, err, x.want...)
			t.Log(err)
		})
	}
	t.Run("not Kafka", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
				c.Close()
			}
		}()
		_, err = Open(t.Context(), Choice{Kafka: l.Addr().String()}, nil)
		wantEnvError(t, err, "no Kafka")
	})
}

func TestChoice(t *testing.T) {
	for _, x := range []struct {
		choice Choice
		want   string // of the error; "" for none
	}{
		{Choice{}, ""},
		{Choice{Kafka: "container"}, ""},
		{Choice{Kafka: "a:1,b:2"}, ""},
		{Choice{Kafka: "[::1]:9092"}, ""},
		{Choice{Kafka: "somewhere"}, "want process, container, or HOST:PORT"},
		{Choice{Kafka: "a:1,"}, "want process"},
		{Choice{Kafka: "a:99999"}, "want process"},
		{Choice{Kafka: ":9092"}, "want process"},
		{Choice{Kafka: "a:1", Cert: "x"}, keySetting},
		{Choice{Kafka: "a:1", User: "x"}, saslSetting},
		{Choice{Kafka: "a:1", SASL: "kerberos", User: "x", Password: "y"}, "want plain, scram-sha-256, scram-sha-512"},
		{Choice{Kafka: "a:1", SASL: "plain", User: "x"}, passwordSetting},
	} {
		err := x.choice.Validate()
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%+v: %v", x.choice, err)
		}
	}
	c := Choice{Kafka: "a:1", Password: "open sesame"}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %q %s %x", c, c, c.Password, c.Password, c.Password)} {
		if strings.Contains(text, "sesame") {
			t.Error(text)
		}
	}
	t.Setenv(kafkaSetting, "a:1")
	t.Setenv(tlsSetting, "yes")
	t.Setenv(passwordSetting, "open sesame")
	t.Setenv(saslSetting, "plain")
	t.Setenv(userSetting, "alice")
	if c := FromEnvironment(); !c.TLS || c.Kafka != "a:1" || c.Password != "open sesame" || c.User != "alice" || c.Validate() != nil {
		t.Errorf("%+v", c)
	}
	t.Setenv(tlsSetting, "0")
	if FromEnvironment().TLS {
		t.Error("0 was taken for yes")
	}
}
