package realkafka

import (
	"errors"
	"os"
	"testing"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// TestLibraryInAContainer plays three scenarios on a Kafka in a container: an
// eager group that loses a member, a cooperative one, and two groups.
func TestLibraryInAContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a container")
	}
	c, err := cluster.StartContainer(t.Context(), cluster.ContainerConfig{Settings: map[string]string{"group.initial.rebalance.delay.ms": "0"}})
	var lacking *cluster.EnvError
	if errors.As(err, &lacking) && os.Getenv("GROUNDHOG_REQUIRE_CONTAINER") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	var list []*scenarios.Scenario
	for _, name := range []string{"C14", "C03-cooperative", "E04#nobody fails"} {
		s, err := library.One(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	t.Log(agreeing(t, c, list))
}
