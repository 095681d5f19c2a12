package conform

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/group"
)

// Coverage counts what scripts have met: requests, in what state they found the
// group, and what was answered.
type Coverage map[Cell]int

// Cell is one kind of meeting. Outcome is an error's name, or parked when no
// answer came at once.
type Cell struct{ Request, State, Outcome string }

func (c Cell) String() string { return c.Request + " in " + c.State + ": " + c.Outcome }

// coverage is where one request found the group.
type coverage struct{ request, state string }

// cell is what a request is about to meet.
func (w *world) cell(r api.Request) *coverage {
	c := &coverage{request: r.MessageName(), state: "no group"}
	d, ok := w.group()
	if ok {
		c.state = d.State.String()
	}
	join, isJoin := r.(*api.JoinGroupRequest)
	if !isJoin {
		return c
	}
	switch {
	case join.MemberID == "" && join.GroupInstanceID != "":
		c.request += " of a static member without an id"
	case join.MemberID == "" && join.APIVersion >= 4:
		c.request += " of a new member"
	case join.MemberID == "":
		c.request += " of a new member, before version 4"
	case slices.Contains(d.Pending, join.MemberID):
		c.request += " of a pending member"
	case join.MemberID == d.Leader:
		c.request += " of the leader"
	case slices.ContainsFunc(d.Members, func(m group.MemberDescription) bool { return m.ID == join.MemberID }):
		c.request += " of a follower"
	default:
		c.request += " of an unknown member"
	}
	return c
}

// add counts an answer. One that came while another step ran was parked before.
func (c Coverage) add(at *coverage, g Given, request int) {
	if at != nil && g.Step == request {
		c[Cell{at.request, at.state, g.Answer.errorCode().String()}]++
	}
}

const outcomeParked = "parked"

// parked counts a request that was not answered while its step ran.
func (c Coverage) parked(at *coverage, request int, given []modelAnswer) {
	if at == nil || slices.ContainsFunc(given, func(a modelAnswer) bool { return a.request == request && a.step == request }) {
		return
	}
	c[Cell{at.request, at.state, outcomeParked}]++
}

// Add adds what another campaign has met.
func (c Coverage) Add(o Coverage) {
	for cell, n := range o {
		c[cell] += n
	}
}

// Cells are the cells in order.
func (c Coverage) Cells() []Cell {
	return slices.SortedFunc(maps.Keys(c), func(a, b Cell) int {
		return strings.Compare(a.Request+"\x00"+a.State+"\x00"+a.Outcome, b.Request+"\x00"+b.State+"\x00"+b.Outcome)
	})
}

// Unmet are the cells of the response table of classic groups that have not
// been met.
func (c Coverage) Unmet() (cells []Cell) {
	for _, want := range responseTable() {
		if c[want] == 0 {
			cells = append(cells, want)
		}
	}
	return cells
}

// responseTable is what a classic group can answer in each state that a client
// can meet; Dead is none of them on a broker that stays up.
func responseTable() (cells []Cell) {
	in := func(request, states, outcomes string) {
		for _, s := range strings.Split(states, "|") {
			for _, o := range strings.Split(outcomes, "|") {
				cells = append(cells, Cell{request, s, o})
			}
		}
	}
	const (
		empty, preparing, completing, stable = "Empty", "PreparingRebalance", "CompletingRebalance", "Stable"
		occupied                             = preparing + "|" + completing + "|" + stable
		all                                  = "no group|" + empty + "|" + occupied
	)
	in("Heartbeat", "no group|"+empty, "UNKNOWN_MEMBER_ID")
	in("Heartbeat", occupied, "UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION|FENCED_INSTANCE_ID")
	in("Heartbeat", preparing, "REBALANCE_IN_PROGRESS")
	in("Heartbeat", completing+"|"+stable, "NONE")
	in("SyncGroup", "no group|"+empty, "UNKNOWN_MEMBER_ID")
	in("SyncGroup", occupied, "UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION|FENCED_INSTANCE_ID")
	in("SyncGroup", preparing, "REBALANCE_IN_PROGRESS")
	in("SyncGroup", completing, "parked|NONE|INCONSISTENT_GROUP_PROTOCOL")
	in("SyncGroup", stable, "NONE|INCONSISTENT_GROUP_PROTOCOL")
	in("LeaveGroup", all, "UNKNOWN_MEMBER_ID")
	in("LeaveGroup", occupied, "NONE|FENCED_INSTANCE_ID")
	in("OffsetCommit", "no group", "NONE|GROUP_ID_NOT_FOUND|ILLEGAL_GENERATION")
	in("OffsetCommit", empty, "NONE|UNKNOWN_MEMBER_ID")
	in("OffsetCommit", occupied, "UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION|FENCED_INSTANCE_ID")
	in("OffsetCommit", preparing+"|"+stable, "NONE")
	in("OffsetCommit", completing, "REBALANCE_IN_PROGRESS")
	in("OffsetFetch", all, "NONE")
	in("DescribeGroups", all[len("no group|"):], "NONE")
	in("DescribeGroups", "no group", "NONE|GROUP_ID_NOT_FOUND")
	in("ListGroups", all, "NONE")
	in("DeleteGroups", "no group", "GROUP_ID_NOT_FOUND")
	in("DeleteGroups", empty, "NONE")
	in("DeleteGroups", occupied, "NON_EMPTY_GROUP")
	in("OffsetDelete", "no group", "GROUP_ID_NOT_FOUND")
	in("OffsetDelete", empty, "NONE")
	in("OffsetDelete", stable, "NONE|GROUP_SUBSCRIBED_TO_TOPIC")
	joins(in, all, occupied)
	return cells
}

func joins(in func(request, states, outcomes string), all, occupied string) {
	const join = "JoinGroup of "
	in(join+"a new member", all, "MEMBER_ID_REQUIRED|INVALID_SESSION_TIMEOUT|INCONSISTENT_GROUP_PROTOCOL")
	in(join+"a new member, before version 4", all, "parked")
	in(join+"a new member", occupied, "GROUP_MAX_SIZE_REACHED")
	in(join+"a static member without an id", "no group|Empty|PreparingRebalance|CompletingRebalance", "parked")
	in(join+"a static member without an id", "Stable", "parked|NONE")
	in(join+"a pending member", "Empty|PreparingRebalance|CompletingRebalance|Stable", "parked")
	in(join+"an unknown member", all, "UNKNOWN_MEMBER_ID")
	in(join+"an unknown member", occupied, "FENCED_INSTANCE_ID")
	in(join+"the leader", "PreparingRebalance|Stable", "parked")
	in(join+"the leader", "CompletingRebalance", "parked|NONE")
	in(join+"a follower", "PreparingRebalance", "parked|NONE")
	in(join+"a follower", "CompletingRebalance|Stable", "parked|NONE")
}

// Print writes a table: a line for each request and state, and the cells of the
// response table that were never met.
func (c Coverage) Print(w io.Writer) {
	last := coverage{}
	for _, cell := range c.Cells() {
		if at := (coverage{cell.Request, cell.State}); at != last {
			if last.request != "" {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "  %-46s %-20s", at.request, at.state)
			last = at
		}
		fmt.Fprintf(w, " %s %d", cell.Outcome, c[cell])
	}
	fmt.Fprintln(w)
	for _, cell := range c.Unmet() {
		fmt.Fprintf(w, "  never met: %s\n", cell)
	}
}
