package group

import (
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// DescribeGroups (key 15) and ListGroups (key 16): GroupMetadataManager's
// methods of these names. Both are reads: which groups there are is what the
// high watermark says, and what is told of a classic group is how it is now.

func (c *Coordinator) describeGroups(conn sim.Conn, r *api.DescribeGroupsRequest) {
	c.answer(conn, &api.DescribeGroupsResponse{Groups: c.DescribeGroups(r.APIVersion, r.Groups)})
}

// DescribeGroups describes the groups named, in that order, to a client of a
// version.
func (c *Coordinator) DescribeGroups(version int16, ids []string) []api.DescribedGroup {
	all := make([]api.DescribedGroup, len(ids))
	for i, id := range ids {
		all[i] = c.describeGroup(version, id)
	}
	return all
}

func (c *Coordinator) describeGroup(version int16, id string) api.DescribedGroup {
	a := api.DescribedGroup{GroupID: id}
	if err := c.inactive(); err != api.None {
		a.ErrorCode = err
		return a
	}
	v, ok := c.committedGroup(id)
	switch {
	case !ok:
		a.GroupState = Dead.String()
		if version >= 6 { // KIP-1043
			a.ErrorCode, a.ErrorMessage = api.GroupIDNotFound, "Group "+id+" not found."
			if c.committedShare(id) != nil {
				a.ErrorMessage = "Group " + id + " is not a classic group."
			}
		}
		return a
	case v.now == nil:
		a.GroupState, a.ProtocolType = Empty.String(), v.protocolType
		return a
	}
	g := v.now
	a.GroupState, a.ProtocolType = g.state.String(), g.protocolType
	if g.state == Stable {
		a.ProtocolData = g.protocol
	}
	for _, m := range g.members.All() {
		d := api.DescribedGroupMember{
			MemberID: m.id, GroupInstanceID: m.instanceID, ClientID: m.clientID, MemberAssignment: m.assignment,
		}
		if version < 4 {
			d.GroupInstanceID = ""
		}
		if g.state == Stable {
			s := m.metadata(g.protocol)
			d.MemberMetadata = &s
		}
		a.Members = append(a.Members, d)
	}
	return a
}

func (c *Coordinator) listGroups(conn sim.Conn, r *api.ListGroupsRequest) {
	groups, err := c.ListGroups(r)
	c.answer(conn, &api.ListGroupsResponse{ErrorCode: err, Groups: groups})
}

// ListGroups gives the groups that pass a request's filters, by id. A
// coordinator that has resigned has none; one that loads fails the request.
func (c *Coordinator) ListGroups(r *api.ListGroupsRequest) ([]api.ListedGroup, api.ErrorCode) {
	switch c.live.phase {
	case loading:
		return nil, api.CoordinatorLoadInProgress
	case down:
		return nil, api.None
	}
	var all []api.ListedGroup
	for _, id := range c.committedGroups() {
		v, _ := c.committedGroup(id)
		l := api.ListedGroup{GroupID: id, ProtocolType: v.protocolType, GroupState: Empty.String(), GroupType: ClassicType}
		if v.now != nil {
			l.GroupState = v.now.state.String()
		}
		if !passes(r, &l) {
			continue
		}
		all = append(all, asVersion(l, r.APIVersion))
	}
	if shares := c.listShares(r); len(shares) > 0 {
		all = append(all, shares...)
		slices.SortFunc(all, func(a, b api.ListedGroup) int { return strings.Compare(a.GroupID, b.GroupID) })
	}
	return all, api.None
}

// listShares lists the share groups that pass a request's filters.
func (c *Coordinator) listShares(r *api.ListGroupsRequest) (all []api.ListedGroup) {
	for _, id := range c.committedShares() {
		l := api.ListedGroup{GroupID: id, ProtocolType: ShareType, GroupState: c.committedShare(id).state().String(), GroupType: ShareType}
		if passes(r, &l) {
			all = append(all, asVersion(l, r.APIVersion))
		}
	}
	return all
}

// asVersion drops what a version has no field for.
func asVersion(l api.ListedGroup, version int16) api.ListedGroup {
	if version < 5 {
		l.GroupType = ""
	}
	if version < 4 {
		l.GroupState = ""
	}
	return l
}

// ClassicType is how ListGroups names the type of classic groups
// (Group.GroupType).
const ClassicType = "classic"

// passes applies the filters, which know no case. Around a state blanks do not
// count; a type that is unknown fits no group.
func passes(r *api.ListGroupsRequest, l *api.ListedGroup) bool {
	if r.APIVersion >= 4 && len(r.StatesFilter) > 0 && !slices.ContainsFunc(r.StatesFilter, func(s string) bool {
		return strings.TrimSpace(strings.ToLower(s)) == strings.ToLower(l.GroupState)
	}) {
		return false
	}
	return r.APIVersion < 5 || len(r.TypesFilter) == 0 || slices.ContainsFunc(r.TypesFilter, func(t string) bool {
		return strings.ToLower(t) == l.GroupType
	})
}
