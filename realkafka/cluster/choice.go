package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The words for the clusters that Open starts.
const (
	ProcessWord   = "process"
	ContainerWord = "container"
)

// Choice says which cluster is to be used, in the words of a user. The zero
// value is a local process.
type Choice struct {
	// Kafka is "process" or "", "container", or the bootstrap addresses of a
	// cluster that runs, HOST:PORT[,HOST:PORT…]. What follows is of those alone.
	Kafka string

	TLS       bool   // connections are TLS ones; so they are if CA or Cert is set
	CA        string // a PEM file of who signs the brokers' certificates; "": the system's
	Cert, Key string // PEM files of this client's certificate, for listeners that ask for one

	SASL string // plain, scram-sha-256 or scram-sha-512; "": no credentials
	User string
	// Password may come from the file Credentials instead, whose two lines are
	// user and password.
	Password    Secret
	Credentials string
}

// Secret is a text that no format prints.
type Secret string

// Format implements fmt.Formatter.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[not shown]") }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte("[not shown]"), nil }

// The environment variables that a Choice comes from.
const (
	kafkaSetting       = "GROUNDHOG_KAFKA"
	tlsSetting         = "GROUNDHOG_KAFKA_TLS"
	caSetting          = "GROUNDHOG_KAFKA_CA"
	certSetting        = "GROUNDHOG_KAFKA_CERT"
	keySetting         = "GROUNDHOG_KAFKA_KEY"
	saslSetting        = "GROUNDHOG_KAFKA_SASL"
	userSetting        = "GROUNDHOG_KAFKA_USER"
	passwordSetting    = "GROUNDHOG_KAFKA_PASSWORD"
	credentialsSetting = "GROUNDHOG_KAFKA_CREDENTIALS"
)

// FromEnvironment is the choice of the variables GROUNDHOG_KAFKA and
// GROUNDHOG_KAFKA_TLS, _CA, _CERT, _KEY, _SASL, _USER, _PASSWORD, _CREDENTIALS.
func FromEnvironment() Choice {
	on, err := strconv.ParseBool(os.Getenv(tlsSetting))
	return Choice{
		Kafka: os.Getenv(kafkaSetting),
		TLS:   on || err != nil && os.Getenv(tlsSetting) != "", // "yes" means yes
		CA:    os.Getenv(caSetting), Cert: os.Getenv(certSetting), Key: os.Getenv(keySetting),
		SASL: os.Getenv(saslSetting), User: os.Getenv(userSetting), Password: Secret(os.Getenv(passwordSetting)),
		Credentials: os.Getenv(credentialsSetting),
	}
}

// IsAddress tells whether the choice is a cluster that somebody else runs.
func (c Choice) IsAddress() bool {
	return c.Kafka != "" && c.Kafka != ProcessWord && c.Kafka != ContainerWord
}

// Validate tells what is wrong with the words of a choice; it opens nothing.
func (c Choice) Validate() error {
	if !c.IsAddress() {
		return nil
	}
	for _, addr := range c.addrs() {
		host, port, err := net.SplitHostPort(addr)
		if n, e := strconv.Atoi(port); err != nil || e != nil || host == "" || n < 1 || n > 65535 {
			return fmt.Errorf("kafka %q: want %s, %s, or HOST:PORT[,HOST:PORT…] of brokers that run", c.Kafka, ProcessWord, ContainerWord)
		}
	}
	switch {
	case (c.Cert == "") != (c.Key == ""):
		return errors.New("a client's certificate is two files: give both, or neither (" + certSetting + ", " + keySetting + ")")
	case c.SASL == "" && (c.User != "" || c.Password != "" || c.Credentials != ""):
		return errors.New("credentials are given, but not how to present them: set " + saslSetting + " to " + mechanismNames())
	case c.SASL != "" && mechanisms[strings.ToLower(c.SASL)] == nil:
		return fmt.Errorf("SASL mechanism %q: want %s", c.SASL, mechanismNames())
	case c.SASL != "" && c.Credentials == "" && (c.User == "" || c.Password == ""):
		return fmt.Errorf("%s wants a user and a password: set %s and %s, or %s to a file with the two on two lines",
			c.SASL, userSetting, passwordSetting, credentialsSetting)
	}
	return nil
}

func (c Choice) addrs() []string {
	var addrs []string
	for addr := range strings.SplitSeq(c.Kafka, ",") {
		addrs = append(addrs, strings.TrimSpace(addr))
	}
	return addrs
}

// Open gives the cluster of a choice. One that it starts has these settings in
// its brokers' server.properties, over the package's defaults; a cluster that
// runs is as it is. The caller closes it.
func Open(ctx context.Context, c Choice, settings map[string]string) (Cluster, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	switch c.Kafka {
	case "", ProcessWord:
		return opened(StartProcess(ctx, ProcessConfig{Settings: settings}))
	case ContainerWord:
		return opened(StartContainer(ctx, ContainerConfig{Settings: settings}))
	}
	access, err := c.access()
	if err != nil {
		return nil, err
	}
	return opened(OpenAddress(ctx, slices.Clip(c.addrs()), access))
}

// opened keeps a nil pointer from becoming a Cluster that is not nil.
func opened[C Cluster](c C, err error) (Cluster, error) {
	if err != nil {
		return nil, err
	}
	return c, nil
}
