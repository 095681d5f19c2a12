package client_test

import (
	"testing"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// The states of all clients can be copied and told apart.
func TestStatesHaveCanonicalForms(t *testing.T) {
	for name, err := range map[string]error{
		"member":    canon.Check[client.LoopMember](),
		"producer":  canon.Check[client.Producer](),
		"admin":     canon.Check[client.Admin](),
		"direct":    canon.Check[client.Direct](),
		"directory": canon.Check[client.Directory](),
		"share":     canon.Check[client.ShareLoopMember](),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
