package api

import "github.com/groundhogsim/groundhog/model"

// JoinGroupRequest (key 11) asks to be a member of the next generation. It is
// answered when the join phase is over.
type JoinGroupRequest struct {
	Header
	GroupID            string
	SessionTimeoutMs   int32
	RebalanceTimeoutMs int32
	MemberID           string // empty on the first join
	GroupInstanceID    string // empty for dynamic members
	ProtocolType       string
	Protocols          []JoinGroupProtocol // the member's assignors, most wanted first
	Reason             string
}

// JoinGroupProtocol is an assignor a member can use, and what it tells the
// leader under it.
type JoinGroupProtocol struct {
	Name     string
	Metadata Subscription
}

// Subscription is ConsumerProtocolSubscription: what a consumer tells the
// group's leader.
type Subscription struct {
	Topics          []string
	UserData        string
	OwnedPartitions []TopicPartition
	GenerationID    int32 // in which OwnedPartitions were owned; -1 for none
	RackID          string
}

// TopicPartition names a partition in messages.
type TopicPartition = model.TopicPartition

// JoinGroupResponse tells the leader all members, everybody else just who
// leads.
type JoinGroupResponse struct {
	ErrorCode      ErrorCode
	GenerationID   int32
	ProtocolType   string
	ProtocolName   string
	Leader         string
	SkipAssignment bool
	MemberID       string
	Members        []JoinGroupMember
}

// JoinGroupMember is one member as its leader sees it.
type JoinGroupMember struct {
	MemberID        string
	GroupInstanceID string
	Metadata        Subscription
}

// SyncGroupRequest (key 14) brings the leader's assignment, and asks for the
// member's own. It is answered when the leader's has come.
type SyncGroupRequest struct {
	Header
	GroupID         string
	GenerationID    int32
	MemberID        string
	GroupInstanceID string
	ProtocolType    string
	ProtocolName    string
	Assignments     []SyncGroupAssignment // empty but for the leader
}

// SyncGroupAssignment is what the leader gives to one member.
type SyncGroupAssignment struct {
	MemberID   string
	Assignment []TopicPartition
}

// SyncGroupResponse is the member's assignment.
type SyncGroupResponse struct {
	ErrorCode    ErrorCode
	ProtocolType string
	ProtocolName string
	Assignment   []TopicPartition
}

// HeartbeatRequest (key 12) keeps a membership alive.
type HeartbeatRequest struct {
	Header
	GroupID         string
	GenerationID    int32
	MemberID        string
	GroupInstanceID string
}

// HeartbeatResponse tells whether a rebalance is under way.
type HeartbeatResponse struct{ ErrorCode ErrorCode }

// LeaveGroupRequest (key 13) ends memberships.
type LeaveGroupRequest struct {
	Header
	GroupID string
	Members []LeaveGroupMember
}

// LeaveGroupMember is one membership to end.
type LeaveGroupMember struct {
	MemberID        string
	GroupInstanceID string
	Reason          string
}

// LeaveGroupResponse answers for each member.
type LeaveGroupResponse struct {
	ErrorCode ErrorCode
	Members   []LeaveGroupMemberResponse
}

// LeaveGroupMemberResponse answers for one member.
type LeaveGroupMemberResponse struct {
	MemberID        string
	GroupInstanceID string
	ErrorCode       ErrorCode
}

// MessageName implements sim.Message.
func (*JoinGroupRequest) MessageName() string { return "JoinGroup" }

// MessageName implements sim.Message.
func (*JoinGroupResponse) MessageName() string { return "JoinGroupResponse" }

// MessageName implements sim.Message.
func (*SyncGroupRequest) MessageName() string { return "SyncGroup" }

// MessageName implements sim.Message.
func (*SyncGroupResponse) MessageName() string { return "SyncGroupResponse" }

// MessageName implements sim.Message.
func (*HeartbeatRequest) MessageName() string { return "Heartbeat" }

// MessageName implements sim.Message.
func (*HeartbeatResponse) MessageName() string { return "HeartbeatResponse" }

// MessageName implements sim.Message.
func (*LeaveGroupRequest) MessageName() string { return "LeaveGroup" }

// MessageName implements sim.Message.
func (*LeaveGroupResponse) MessageName() string { return "LeaveGroupResponse" }
