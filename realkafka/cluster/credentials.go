package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// mechanisms are the SASL mechanisms by their names in settings.
var mechanisms = map[string]func(user, password string) sasl.Mechanism{
	"plain":         func(u, p string) sasl.Mechanism { return plain.Auth{User: u, Pass: p}.AsMechanism() },
	"scram-sha-256": func(u, p string) sasl.Mechanism { return scram.Auth{User: u, Pass: p}.AsSha256Mechanism() },
	"scram-sha-512": func(u, p string) sasl.Mechanism { return scram.Auth{User: u, Pass: p}.AsSha512Mechanism() },
}

func mechanismNames() string {
	return strings.Join(slices.Sorted(maps.Keys(mechanisms)), ", ")
}

// access reads the files that a choice names.
func (c Choice) access() (a Access, err error) {
	if c.TLS || c.CA != "" || c.Cert != "" {
		if a.TLS, err = c.tls(); err != nil {
			return a, err
		}
	}
	if c.SASL != "" {
		user, password, err := c.credentials()
		if err != nil {
			return a, err
		}
		a.SASL = mechanisms[strings.ToLower(c.SASL)](user, password)
	}
	return a, nil
}

func (c Choice) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, &EnvError{What: "the certificates of who signs the brokers' cannot be read", Remedy: "set " + caSetting + " to a PEM file", Err: err}
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, &EnvError{What: c.CA + " has no certificate in it",
				Remedy: caSetting + " wants a PEM file (BEGIN CERTIFICATE); of a Java key store, keytool -exportcert -rfc makes one"}
		}
	}
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, &EnvError{What: "this client's certificate cannot be used", Err: err,
				Remedy: certSetting + " and " + keySetting + " want PEM files that belong together, the key without a password"}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func (c Choice) credentials() (user, password string, err error) {
	if c.Credentials == "" {
		return c.User, string(c.Password), nil
	}
	const form = "its first line is the user, its second the password"
	text, err := os.ReadFile(c.Credentials)
	if err != nil {
		return "", "", &EnvError{What: "the file with the credentials cannot be read", Remedy: credentialsSetting + " names it; " + form, Err: err}
	}
	// Lines may end as on Windows; spaces may be part of a password.
	lines := strings.Split(strings.ReplaceAll(strings.TrimRight(string(text), "\r\n"), "\r\n", "\n"), "\n")
	if len(lines) != 2 || lines[0] == "" || lines[1] == "" {
		return "", "", &EnvError{What: "the file " + c.Credentials + " has no credentials", Remedy: form}
	}
	return lines[0], lines[1], nil
}
