package client

import "testing"

// An answer that nobody wants any more still comes, and must not be taken for
// that of the next request: giving up twice forgets nothing.
func TestAbandonTwice(t *testing.T) {
	c := calls{List: []call{{Purpose: forHeartbeat, State: sent}, {Purpose: forJoin, State: sent}}}
	c.abandon(forHeartbeat, nil)
	c.abandon(forHeartbeat, nil)
	if len(c.List) != 2 || c.List[0].State != abandoned || c.List[1].State != sent {
		t.Errorf("the calls are %+v", c.List)
	}
}
