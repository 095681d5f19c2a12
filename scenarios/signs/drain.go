package signs

import (
	"fmt"
	"slices"

	"github.com/groundhogsim/groundhog/model"
)

// drainSigns watches for living members that a rebalance did not wait for.
type drainSigns struct {
	members []memberOf // in the order they were first seen
}

type memberOf struct{ client, member string }

// Describe implements model.Monitor.
func (*drainSigns) Describe() model.Description {
	return model.Description{Name: "drain-signs", Class: model.Ledger, Anomalies: []string{DrainExceeded}}
}

// Observe implements model.Monitor.
func (d *drainSigns) Observe(i int, e *model.Event, report func(model.Anomaly)) {
	at := func(is func(memberOf) bool) int { return slices.IndexFunc(d.members, is) }
	switch e.Kind {
	case model.Assigned:
		n := at(func(m memberOf) bool { return m.client == e.Client })
		if n < 0 {
			n = len(d.members)
			d.members = append(d.members, memberOf{client: e.Client})
		}
		d.members[n].member = e.Member
	case model.Stopped:
		d.members = slices.DeleteFunc(d.members, func(m memberOf) bool { return m.client == e.Client })
	case model.Removed:
		n := at(func(m memberOf) bool { return m.member == e.Member })
		if n >= 0 && e.Cause == "rebalance-timeout" {
			report(model.Anomaly{Name: DrainExceeded, At: e.At, Event: i, Client: d.members[n].client,
				Text: fmt.Sprintf("the group went on without %s, which was alive and had not rejoined within the rebalance timeout", d.members[n].client)})
		}
	}
}

// Finish implements model.Monitor.
func (*drainSigns) Finish(func(model.Anomaly)) {}
