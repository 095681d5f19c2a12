package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKafkaThatCannotBeUsed: exit 3 with the remedy, exit 2 for wrong words, and
// no password anywhere.
func TestKafkaThatCannotBeUsed(t *testing.T) {
	t.Setenv("GROUNDHOG_KAFKA_PASSWORD", "open sesame")
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args string
		code int
		want string
	}{
		{"run C14 --on kafka --kafka 127.0.0.1:1 --kafka-sasl plain --kafka-user alice", exitEnvironment, "nobody listens there"},
		{"run C14 --on kafka --kafka 127.0.0.1:1 --kafka-sasl plain --kafka-user alice --kafka-ca " + file, exitEnvironment, "has no certificate"},
		{"run C14 --on kafka --kafka somewhere", exitUsage, "want process, container, or HOST:PORT"},
		{"run C14 --on kafka --kafka 127.0.0.1:1 --kafka-sasl plain", exitUsage, "GROUNDHOG_KAFKA_USER"},
		{"run C14 --on kafka --kafka 127.0.0.1:1", exitUsage, "set GROUNDHOG_KAFKA_SASL"},
		{"conform --kafka 127.0.0.1:1 --kafka-sasl plain --kafka-credentials " + file, exitEnvironment, "has no credentials"},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), strings.Fields(x.args), &out, &errs)
		if text := out.String() + errs.String(); code != x.code || !strings.Contains(text, x.want) || strings.Contains(text, "sesame") {
			t.Errorf("%s: exit %d, %q; want %d, %q", x.args, code, text, x.code, x.want)
		}
	}
	var out, errs strings.Builder
	if run(t.Context(), []string{"run", "--help"}, &out, &errs); strings.Contains(out.String(), "sesame") || !strings.Contains(out.String(), "--kafka-credentials") {
		t.Error(out.String())
	}
}
