package checkpoint_test

import (
	"github.com/groundhogsim/groundhog/checkpoint"
	"github.com/groundhogsim/groundhog/client"
)

// The simulated ports to Kafka are what a job asks for, and mean the same.
var (
	_ checkpoint.Consumer  = (*client.Direct)(nil)
	_ checkpoint.Directory = (*client.Directory)(nil)

	_ = [1]struct{}{}[checkpoint.StartEarliest-client.FromEarliest]
	_ = [1]struct{}{}[checkpoint.StartLatest-client.FromLatest]
	_ = [1]struct{}{}[checkpoint.StartCommitted-client.FromCommitted]
)
