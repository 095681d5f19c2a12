package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
)

// moment is how far a connection had come when it failed.
type moment int

const (
	connecting moment = iota // socket, TLS, credentials
	asking                   // the first question, which any listener answers
	using                    // later ones, which want to know who asks
)

// explain makes an *EnvError of what went wrong between a client and the broker
// at addr, with what to change.
func explain(addr string, access Access, when moment, err error) error {
	what, remedy := reason(access, when, err)
	return &EnvError{What: "the broker at " + addr + " cannot be used: " + what, Remedy: remedy, Err: err}
}

func reason(access Access, when moment, err error) (what, remedy string) {
	var handshake *handshakeError
	var refused *saslError
	switch {
	case errors.As(err, &handshake):
		return tlsReason(err)
	case errors.As(err, &refused):
		return saslReason(err)
	case errors.Is(err, errTLSAnswer):
		return "it speaks TLS there", "set " + tlsSetting + "=1 (--kafka-tls), and " + caSetting + " if its certificate is signed by nobody well known"
	case errors.Is(err, errController):
		return "it is a controller's listener", "want HOST:PORT of a broker's listener for clients"
	case errors.Is(err, errNoKafka):
		return "what answers there is no Kafka", "want HOST:PORT of a broker's listener for clients"
	}
	if what, remedy := socketReason(access, when, err); what != "" {
		return what, remedy
	}
	if alerted(err) { // TLS 1.3 tells only now that it wants a certificate
		return tlsReason(err)
	}
	return "it does not answer as Kafka does", "see the broker's log"
}

func socketReason(access Access, when moment, err error) (what, remedy string) {
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return "its name is not known here", "check the name, or give the address"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens there", "start the broker, or check host and port"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "it does not answer in time", "check host and port, the network, and what is between"
	case !hungUp(err):
		return "", ""
	case when == using && access.SASL == nil:
		return "it hangs up on clients without credentials", "set " + saslSetting + ", " + userSetting + " and " + passwordSetting + " (--kafka-sasl, --kafka-credentials)"
	case access.TLS == nil:
		return "it hangs up", "check that the port is a listener for clients, not a controller's; where it speaks TLS set " + tlsSetting + "=1 (--kafka-tls)"
	}
	return "it hangs up", "see the broker's log"
}

// hungUp tells whether the other side closed the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// alerted tells whether the other side ended TLS and said why. Package crypto/tls
// has no type for that but of the operation.
func alerted(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

func tlsReason(err error) (what, remedy string) {
	var (
		record  tls.RecordHeaderError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case hungUp(err), errors.As(err, &record):
		return "it does not speak TLS there", "leave out " + tlsSetting + " and what belongs to it (--kafka-tls), or give the port of its TLS listener"
	case errors.As(err, &unknown):
		return "its certificate is signed by nobody who is trusted here", "set " + caSetting + " (--kafka-ca) to the PEM file of who signed it"
	case errors.As(err, &host):
		return "its certificate is for another name", "use a name that the certificate has (its subjectAltName), or have one made for this name"
	case errors.As(err, &invalid):
		return "its certificate is not valid", "have it renewed, or set this machine's clock"
	case alerted(err):
		return "it refuses this client's certificate, or wants one", "set " + certSetting + " and " + keySetting + " (--kafka-cert, --kafka-key) to one that it trusts"
	}
	return "TLS could not be agreed on", "see the broker's log"
}

func saslReason(err error) (what, remedy string) {
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return "it does not accept the credentials", "check user, password and mechanism (" + userSetting + ", " + passwordSetting + ", " + saslSetting + ")"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return "it does not know the SASL mechanism", "set " + saslSetting + " (--kafka-sasl) to one that it knows"
	case errors.Is(err, kerr.IllegalSaslState):
		return "it takes no credentials there", "leave out " + saslSetting + " (--kafka-sasl), or give the port of its SASL listener"
	}
	return "authentication failed", "see the broker's log"
}
