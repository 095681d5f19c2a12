package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/model"
)

// PlayFunc plays one run of a Spec in a world, telling listen of every event.
type PlayFunc func(ctx context.Context, spec *Spec, seed uint64, listen func(*model.Event)) (*Outcome, error)

var otherWorlds = map[string]PlayFunc{}

// RegisterWorld makes a world known by name. Packages that bring one call it
// when they are imported, so that a user's tests link only what they use.
func RegisterWorld(name string, play PlayFunc) { otherWorlds[name] = play }

// PlayOn plays one run of a scenario in the simulation ("sim") or in a world
// that has been registered.
func PlayOn(ctx context.Context, world string, s *Scenario, seed uint64, listen func(*model.Event)) (*Outcome, error) {
	if world == "sim" {
		run, err := NewTrial(&s.Spec, seed)
		if err != nil {
			return nil, err
		}
		return Simulate(run, Play{History: listen})
	}
	play, ok := otherWorlds[world]
	if !ok {
		known := append([]string{"sim"}, slices.Sorted(maps.Keys(otherWorlds))...)
		return nil, &SpecError{"world", fmt.Sprintf("%q is none; there are: %s", world, strings.Join(known, ", "))}
	}
	if s.OnKafka == nil {
		return nil, &SpecError{"OnKafka", s.Name + " cannot run there"}
	}
	spec := s.OnKafka()
	return play(ctx, &spec, seed, listen)
}
