package client

import (
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
	"github.com/groundhogsim/groundhog/sim/canon"
)

// Admin is a node that administers topics and groups, as people do with
// Kafka's tools: each command (AdminCommands tells them) is a task; tasks are
// done one after the other, and each leaves a line in Results.
//
// A task is tried again while the answer says that somebody is not there yet
// (KafkaAdminClient retries what is a RetriableException), with the whole of
// it beginning anew: a topic whose creation was answered too late exists
// already when it is created again.
type Admin struct {
	calls
	Tasks   []string // waiting; the first one is under way
	Busy    bool
	Tries   int64    `canon:"sat=20"` // of the first
	Awaited []int32  // brokers still to be asked for their groups
	Lines   []string // what the task has gathered
	Results []string // "TASK: what came of it", in the order of the tasks
}

const (
	timerTask = "task"

	// maxTries ends a task that nobody answers: with back-offs of a second
	// that is about default.api.timeout.ms.
	maxTries = 60
)

// NewAdmin makes an admin client; of cfg it uses the profile, the brokers, the
// client id and the timeouts.
func NewAdmin(cfg *Config) *Admin { return &Admin{calls: newCalls(cfg)} }

// Step implements sim.Node.
func (a *Admin) Step(in *sim.Input, fx *sim.Effects) {
	switch in.Kind {
	case sim.InMessage:
		if k, ok := a.answered(in, fx); ok {
			a.answer(k, in.Msg, fx)
		}
	case sim.InClosed:
		a.closed(in.Conn, fx)
	case sim.InTimer:
		if !a.timer(in, fx) && in.Label == timerTask {
			a.begins(fx)
		}
	case sim.InCommand:
		a.Tasks = append(a.Tasks, strings.TrimSpace(in.Label+" "+in.Key))
	}
	if len(a.Failed) > 0 {
		a.Failed = nil
		a.again("the connection broke", fx)
	}
	if !a.Busy && len(a.Tasks) > 0 {
		a.begins(fx)
	}
}

// Crash implements sim.Node.
func (a *Admin) Crash() { *a = *NewAdmin(a.cfg) }

// Clone implements sim.Cloner.
func (a *Admin) Clone() sim.Node { return canon.Clone(a) }

// Encode implements sim.Cloner.
func (a *Admin) Encode(now sim.Time, buf []byte) []byte {
	return canon.Append(buf, int64(now), a)
}

// begins sends a task's first request: to find out whom to ask, where not
// everybody can answer.
func (a *Admin) begins(fx *sim.Effects) {
	a.Busy, a.Lines, a.Awaited = true, nil, nil
	t, err := parseTask(a.Tasks[0])
	switch {
	case err != nil:
		a.ends(err.Error(), fx)
	case t.group != "":
		a.ask(a.anyBroker(fx), &api.FindCoordinatorRequest{Header: a.header(4), Key: t.group}, fx)
	case t.of == listGroups:
		a.ask(a.anyBroker(fx), &api.MetadataRequest{Header: a.header(12), Topics: []string{}}, fx)
	case t.of == listOffsets:
		a.ask(a.anyBroker(fx), &api.MetadataRequest{Header: a.header(12), Topics: []string{t.topic}}, fx)
	default:
		a.ask(a.anyBroker(fx), t.request(a, fx), fx)
	}
}

func (a *Admin) ask(broker int32, r sim.Message, fx *sim.Effects) {
	if !a.reachable(broker) {
		a.again("nobody leads", fx)
		return
	}
	a.begin(forAdmin, broker, r, fx)
}

// ends writes down what came of a task.
func (a *Admin) ends(what string, fx *sim.Effects) {
	if t, err := parseTask(a.Tasks[0]); err == nil && t.of == alterOffsets {
		told := what
		if told == "done" {
			told = ""
		}
		a.history(model.CommitDone, &t, told, fx)
	}
	a.Results = append(a.Results, a.Tasks[0]+": "+what)
	a.Tasks = slices.Delete(a.Tasks, 0, 1)
	a.Busy, a.Tries = false, 0
	if len(a.Tasks) > 0 {
		a.begins(fx)
	}
}

// again has a task tried again after a while, or ends it when it was tried
// often enough.
func (a *Admin) again(why string, fx *sim.Effects) {
	a.nextBroker()
	if a.Tries++; a.Tries > maxTries {
		a.ends("gave up: "+why, fx)
		return
	}
	fx.SetTimer(timerTask, "", a.cfg.backoff(a.Tries, fx))
}

func (a *Admin) answer(k call, m sim.Message, fx *sim.Effects) {
	t, _ := parseTask(a.Tasks[0])
	switch r := m.(type) {
	case *api.FindCoordinatorResponse:
		if r.ErrorCode != api.None {
			a.again(r.ErrorCode.String(), fx)
			return
		}
		a.ask(r.NodeID, t.request(a, fx), fx)
	case *api.MetadataResponse:
		a.gotMetadata(t, r, fx)
	case *api.ListGroupsResponse:
		a.gotGroups(r, fx)
	default:
		a.finish(t.outcome(m), fx)
	}
}

// finish ends a task with an answer, unless that is to try again.
func (a *Admin) finish(o outcome, fx *sim.Effects) {
	if o.retry != api.None {
		a.again(o.retry.String(), fx)
		return
	}
	a.ends(o.text, fx)
}

func (a *Admin) gotMetadata(t task, r *api.MetadataResponse, fx *sim.Effects) {
	if t.of == listGroups {
		a.Awaited = slices.Clone(r.Brokers)
		a.nextGroups(fx)
		return
	}
	if len(r.Topics) == 0 {
		a.ends(api.UnknownTopicOrPartition.String(), fx)
		return
	}
	switch m := &r.Topics[0]; {
	case m.ErrorCode != api.None:
		a.ends(m.ErrorCode.String(), fx)
	case int(t.partition) >= len(m.Partitions):
		a.ends(api.UnknownTopicOrPartition.String(), fx)
	default:
		a.ask(m.Partitions[t.partition].LeaderID, t.request(a, fx), fx)
	}
}

// nextGroups asks the next broker for the groups that it coordinates.
func (a *Admin) nextGroups(fx *sim.Effects) {
	if len(a.Awaited) == 0 {
		slices.Sort(a.Lines)
		a.ends(orNone(a.Lines), fx)
		return
	}
	broker := a.Awaited[0]
	a.Awaited = slices.Delete(a.Awaited, 0, 1)
	a.ask(broker, &api.ListGroupsRequest{Header: a.header(5)}, fx)
}

func (a *Admin) gotGroups(r *api.ListGroupsResponse, fx *sim.Effects) {
	if r.ErrorCode != api.None {
		a.again(r.ErrorCode.String(), fx)
		return
	}
	for _, g := range r.Groups {
		a.Lines = append(a.Lines, g.GroupID+" "+g.GroupState)
	}
	a.nextGroups(fx)
}
