package group

import "github.com/groundhogsim/groundhog/sim/explore"

// Explore searches every interleaving of the model with parameters p.
func Explore(p Params, o explore.Options) (explore.Result, error) {
	m, err := New(p)
	if err != nil {
		return explore.Result{}, err
	}
	return explore.Run(m, o)
}

// Plan tells the memory that Explore will need at most.
func Plan(p Params, o explore.Options) (explore.Memory, error) {
	m, err := New(p)
	if err != nil {
		return explore.Memory{}, err
	}
	return explore.Plan(m, o)
}
