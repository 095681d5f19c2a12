package api

// DescribeGroupsRequest (key 15) asks what the coordinator knows of groups.
type DescribeGroupsRequest struct {
	Header
	Groups []string
}

// DescribeGroupsResponse has an entry for each group asked for, in order.
type DescribeGroupsResponse struct{ Groups []DescribedGroup }

// DescribedGroup is one group. A group that does not exist is Dead; from
// version 6 on it also has the error GROUP_ID_NOT_FOUND and a message.
type DescribedGroup struct {
	ErrorCode    ErrorCode
	ErrorMessage string // from version 6 on
	GroupID      string
	GroupState   string
	ProtocolType string
	ProtocolData string // the protocol chosen, when the group is Stable
	Members      []DescribedGroupMember
}

// DescribedGroupMember is one member. Its assignment is the last it was given;
// its metadata is told of Stable groups alone: nil stands for empty bytes.
type DescribedGroupMember struct {
	MemberID         string
	GroupInstanceID  string // from version 4 on
	ClientID         string
	MemberMetadata   *Subscription
	MemberAssignment []TopicPartition
}

// ListGroupsRequest (key 16) asks for a coordinator's groups.
type ListGroupsRequest struct {
	Header
	StatesFilter []string // from version 4 on; empty for all
	TypesFilter  []string // from version 5 on; empty for all
}

// ListGroupsResponse is what a broker coordinates.
type ListGroupsResponse struct {
	ErrorCode ErrorCode
	Groups    []ListedGroup
}

// ListedGroup is one group.
type ListedGroup struct {
	GroupID      string
	ProtocolType string
	GroupState   string // from version 4 on
	GroupType    string // from version 5 on
}

// DeleteGroupsRequest (key 42) deletes groups that have no members.
type DeleteGroupsRequest struct {
	Header
	GroupsNames []string
}

// DeleteGroupsResponse answers for each group once.
type DeleteGroupsResponse struct{ Results []DeletableGroupResult }

// DeletableGroupResult answers for one group.
type DeletableGroupResult struct {
	GroupID   string
	ErrorCode ErrorCode
}

// OffsetDeleteRequest (key 47) deletes committed offsets of partitions that
// the group does not subscribe to.
type OffsetDeleteRequest struct {
	Header
	GroupID    string
	Partitions []TopicPartition
}

// OffsetDeleteResponse answers for each partition; with an error of the whole
// request there are none.
type OffsetDeleteResponse struct {
	ErrorCode  ErrorCode
	Partitions []PartitionError
}

// MessageName implements sim.Message.
func (*DescribeGroupsRequest) MessageName() string { return "DescribeGroups" }

// MessageName implements sim.Message.
func (*DescribeGroupsResponse) MessageName() string { return "DescribeGroupsResponse" }

// MessageName implements sim.Message.
func (*ListGroupsRequest) MessageName() string { return "ListGroups" }

// MessageName implements sim.Message.
func (*ListGroupsResponse) MessageName() string { return "ListGroupsResponse" }

// MessageName implements sim.Message.
func (*DeleteGroupsRequest) MessageName() string { return "DeleteGroups" }

// MessageName implements sim.Message.
func (*DeleteGroupsResponse) MessageName() string { return "DeleteGroupsResponse" }

// MessageName implements sim.Message.
func (*OffsetDeleteRequest) MessageName() string { return "OffsetDelete" }

// MessageName implements sim.Message.
func (*OffsetDeleteResponse) MessageName() string { return "OffsetDeleteResponse" }
