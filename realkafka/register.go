package realkafka

import (
	"context"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
)

func init() { scenarios.RegisterWorld(World, playShared) }

// playShared is this world for package scenarios.
func playShared(ctx context.Context, spec *scenarios.Spec, seed uint64, listen func(*model.Event)) (*scenarios.Outcome, error) {
	trial, err := scenarios.NewTrial(spec, seed)
	if err != nil {
		return nil, err
	}
	c, err := Shared(ctx, *trial.Spec.Broker.InitialRebalanceDelay)
	if err != nil {
		return nil, err
	}
	return Play(ctx, c, trial, Options{History: listen})
}
