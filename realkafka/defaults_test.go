package realkafka

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// A21 says what clients use by default: franz-go must say so itself.
func TestFranzDefaultAssignors(t *testing.T) {
	cl, err := kgo.NewClient(kgo.SeedBrokers("localhost:1"), kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	var got []string
	for _, b := range cl.OptValue(kgo.Balancers).([]kgo.GroupBalancer) {
		got = append(got, b.ProtocolName())
	}
	if want := defaultsOf("franz-go"); !slices.Equal(got, want) {
		t.Errorf("franz-go offers %v, A21 says %v", got, want)
	}
}

// Java's ConsumerConfig prints its settings as HTML when it is run.
func TestJavaDefaultAssignors(t *testing.T) {
	launcher, classPath, err := cluster.ClassPath(t.Context(), "")
	var lacking *cluster.EnvError
	if errors.As(err, &lacking) && os.Getenv("GROUNDHOG_REQUIRE_KAFKA") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), launcher, "-cp", classPath, "org.apache.kafka.clients.consumer.ConsumerConfig").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(out), `id="partition.assignment.strategy"`)
	if !ok {
		t.Fatalf("partition.assignment.strategy is not among the settings:\n%.500s", out)
	}
	m := regexp.MustCompile(`(?s)<tr><th>Default:</th><td>(.*?)</td>`).FindStringSubmatch(section)
	if m == nil {
		t.Fatalf("it has no default:\n%.1500s", section)
	}
	var got []string
	for _, class := range strings.Split(m[1], ",") {
		name := class[strings.LastIndex(class, ".")+1:]
		got = append(got, map[string]string{"RangeAssignor": "range", "CooperativeStickyAssignor": "cooperative-sticky"}[name])
	}
	if want := defaultsOf("Java"); !slices.Equal(got, want) {
		t.Errorf("Java offers %s, A21 says %v", m[1], want)
	}
}

func defaultsOf(client string) (names []string) {
	for _, d := range library.DefaultAssignors {
		if d.Client == client {
			for _, a := range d.Assignors {
				names = append(names, a.Name())
			}
		}
	}
	return names
}
