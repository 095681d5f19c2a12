package group

import (
	"slices"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Call is a request that the coordinator has for the share coordinator (the
// Persister). Its answer goes to Called.
type Call struct {
	ID      int64
	Request sim.Message
}

// call is one that is to be made when its records are committed. It is
// immutable.
type call struct {
	kind    callKind
	group   string
	request sim.Message
	conn    sim.Conn    // who waits for it
	answer  sim.Message // to build the answer on; nil: nobody waits
	// callDeleteGroup: the groups to delete when those that follow are done
	// with; answer has those that cannot be.
	ids  []string
	next []*api.DeleteShareGroupStateRequest
}

type callKind uint8

const (
	callInitialize  callKind = iota + 1 // of a heartbeat, which is answered without it
	callAlter                           // of AlterShareGroupOffsets
	callDelete                          // of DeleteShareGroupOffsets
	callDescribe                        // of DescribeShareGroupOffsets
	callDeleteGroup                     // of DeleteGroups
)

// calling is a call that is not answered yet. It outlives the coordinator's
// resignation, not its process.
type calling struct {
	id   int64 `canon:"-"`
	call *call `canon:"shared"`
}

// TakeCalls gives what there is to ask of share coordinators, in order. The
// slice is good until the coordinator is called again.
func (c *Coordinator) TakeCalls() []Call {
	out := c.calls
	c.calls = c.calls[:0]
	return out
}

// afterShareAppend makes a call whose records are committed. If they failed
// there is none.
func (c *Coordinator) afterShareAppend(k *call, err api.ErrorCode) {
	switch {
	case err == api.None:
	case k.kind == callDeleteGroup:
		c.answer(k.conn, k.deletionFailed(err))
		return
	default:
		if k.answer != nil {
			c.answer(k.conn, failed(k.answer, err))
		}
		return
	}
	c.serial++
	c.calling = append(c.calling, calling{c.serial, k})
	c.calls = append(c.calls, Call{c.serial, k.request})
}

// Called gives the coordinator the answer to a call: an
// api.ShareGroupStateResponse or, to ReadShareGroupStateSummary, an
// api.ReadShareGroupStateResponse. An error stands for no answer at all. One
// that the coordinator does not wait for any more changes nothing.
func (c *Coordinator) Called(fx *sim.Effects, id int64, answer sim.Message, err api.ErrorCode, ends Ends) {
	i := slices.IndexFunc(c.calling, func(k calling) bool { return k.id == id })
	if i < 0 {
		return
	}
	k := c.calling[i].call
	if c.calling = slices.Delete(slices.Clone(c.calling), i, i+1); len(c.calling) == 0 {
		c.calling = nil
	}
	var done []api.ShareStateOutcome
	if a, ok := answer.(*api.ShareGroupStateResponse); ok && err == api.None {
		done = a.Partitions
	}
	switch k.kind {
	case callInitialize:
		if err != api.None {
			for _, p := range k.request.(*api.InitializeShareGroupStateRequest).Partitions {
				done = append(done, api.ShareStateOutcome{TopicPartition: p.TopicPartition})
			}
		}
		c.initialized(fx, k.group, done, err)
	case callAlter:
		c.altered(fx, k, done, err)
	case callDelete:
		c.deletedOffsets(fx, k, done, err)
	case callDeleteGroup:
		c.deletedState(fx, k, done, err)
	case callDescribe:
		a, _ := answer.(*api.ReadShareGroupStateResponse)
		c.describedOffsets(k, a, err, ends)
	}
}
