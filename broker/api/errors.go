package api

import "strconv"

// ErrorCode is Kafka's number for an error (class Errors of kafka-clients).
// It is an error value itself, but for None.
type ErrorCode int16

// The errors that the broker gives, with Kafka's numbers.
const (
	UnknownServerError        ErrorCode = -1
	None                      ErrorCode = 0
	OffsetOutOfRange          ErrorCode = 1
	UnknownTopicOrPartition   ErrorCode = 3
	LeaderNotAvailable        ErrorCode = 5
	NotLeaderOrFollower       ErrorCode = 6
	RequestTimedOut           ErrorCode = 7
	OffsetMetadataTooLarge    ErrorCode = 12
	CoordinatorLoadInProgress ErrorCode = 14
	CoordinatorNotAvailable   ErrorCode = 15
	NotCoordinator            ErrorCode = 16
	InvalidTopic              ErrorCode = 17
	InvalidRequiredAcks       ErrorCode = 21
	IllegalGeneration         ErrorCode = 22
	InconsistentGroupProtocol ErrorCode = 23
	InvalidGroupID            ErrorCode = 24
	UnknownMemberID           ErrorCode = 25
	InvalidSessionTimeout     ErrorCode = 26
	RebalanceInProgress       ErrorCode = 27
	UnsupportedVersion        ErrorCode = 35
	TopicAlreadyExists        ErrorCode = 36
	InvalidPartitions         ErrorCode = 37
	InvalidReplicationFactor  ErrorCode = 38
	InvalidReplicaAssignment  ErrorCode = 39
	NotController             ErrorCode = 41
	PolicyViolation           ErrorCode = 44
	OperationNotAttempted     ErrorCode = 55
	StaleBrokerEpoch          ErrorCode = 77
	ElectionNotNeeded         ErrorCode = 84
	InvalidUpdateVersion      ErrorCode = 95
	DuplicateRegistration     ErrorCode = 101
	BrokerIDNotRegistered     ErrorCode = 102
	IneligibleReplica         ErrorCode = 107
	InvalidRequest            ErrorCode = 42
	NotEnoughReplicas         ErrorCode = 19
	NotEnoughReplicasAfter    ErrorCode = 20
	NonEmptyGroup             ErrorCode = 68
	GroupIDNotFound           ErrorCode = 69
	FencedLeaderEpoch         ErrorCode = 74
	UnknownLeaderEpoch        ErrorCode = 75
	OffsetNotAvailable        ErrorCode = 78
	MemberIDRequired          ErrorCode = 79
	GroupMaxSizeReached       ErrorCode = 81
	FencedInstanceID          ErrorCode = 82
	GroupSubscribedToTopic    ErrorCode = 86
	InvalidRecord             ErrorCode = 87
	UnstableOffsetCommit      ErrorCode = 88
	FencedMemberEpoch         ErrorCode = 110
	StaleMemberEpoch          ErrorCode = 113
	InvalidRecordState        ErrorCode = 121
	ShareSessionNotFound      ErrorCode = 122
	InvalidShareSessionEpoch  ErrorCode = 123
	FencedStateEpoch          ErrorCode = 124
	ShareSessionLimitReached  ErrorCode = 133
)

var errorNames = map[ErrorCode]string{
	UnknownServerError: "UNKNOWN_SERVER_ERROR", None: "NONE",
	OffsetOutOfRange: "OFFSET_OUT_OF_RANGE", UnknownTopicOrPartition: "UNKNOWN_TOPIC_OR_PARTITION",
	LeaderNotAvailable: "LEADER_NOT_AVAILABLE", NotLeaderOrFollower: "NOT_LEADER_OR_FOLLOWER",
	RequestTimedOut: "REQUEST_TIMED_OUT", OffsetMetadataTooLarge: "OFFSET_METADATA_TOO_LARGE",
	CoordinatorLoadInProgress: "COORDINATOR_LOAD_IN_PROGRESS", CoordinatorNotAvailable: "COORDINATOR_NOT_AVAILABLE",
	NotCoordinator: "NOT_COORDINATOR", InvalidTopic: "INVALID_TOPIC_EXCEPTION",
	InvalidRequiredAcks: "INVALID_REQUIRED_ACKS",
	IllegalGeneration:   "ILLEGAL_GENERATION", InconsistentGroupProtocol: "INCONSISTENT_GROUP_PROTOCOL",
	InvalidGroupID: "INVALID_GROUP_ID", UnknownMemberID: "UNKNOWN_MEMBER_ID",
	InvalidSessionTimeout: "INVALID_SESSION_TIMEOUT", RebalanceInProgress: "REBALANCE_IN_PROGRESS",
	UnsupportedVersion: "UNSUPPORTED_VERSION", TopicAlreadyExists: "TOPIC_ALREADY_EXISTS",
	InvalidPartitions: "INVALID_PARTITIONS", InvalidRequest: "INVALID_REQUEST",
	NonEmptyGroup: "NON_EMPTY_GROUP", GroupIDNotFound: "GROUP_ID_NOT_FOUND",
	FencedLeaderEpoch: "FENCED_LEADER_EPOCH", UnknownLeaderEpoch: "UNKNOWN_LEADER_EPOCH",
	MemberIDRequired: "MEMBER_ID_REQUIRED", GroupMaxSizeReached: "GROUP_MAX_SIZE_REACHED",
	FencedInstanceID: "FENCED_INSTANCE_ID", GroupSubscribedToTopic: "GROUP_SUBSCRIBED_TO_TOPIC",
	OffsetNotAvailable: "OFFSET_NOT_AVAILABLE", InvalidRecord: "INVALID_RECORD",
	UnstableOffsetCommit:     "UNSTABLE_OFFSET_COMMIT",
	InvalidReplicationFactor: "INVALID_REPLICATION_FACTOR", InvalidReplicaAssignment: "INVALID_REPLICA_ASSIGNMENT",
	PolicyViolation: "POLICY_VIOLATION", OperationNotAttempted: "OPERATION_NOT_ATTEMPTED",
	StaleBrokerEpoch: "STALE_BROKER_EPOCH", ElectionNotNeeded: "ELECTION_NOT_NEEDED",
	InvalidUpdateVersion: "INVALID_UPDATE_VERSION", DuplicateRegistration: "DUPLICATE_BROKER_REGISTRATION",
	BrokerIDNotRegistered: "BROKER_ID_NOT_REGISTERED", IneligibleReplica: "INELIGIBLE_REPLICA",
	NotController: "NOT_CONTROLLER", NotEnoughReplicas: "NOT_ENOUGH_REPLICAS",
	NotEnoughReplicasAfter: "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
	FencedMemberEpoch:      "FENCED_MEMBER_EPOCH", StaleMemberEpoch: "STALE_MEMBER_EPOCH",
	InvalidRecordState: "INVALID_RECORD_STATE", ShareSessionNotFound: "SHARE_SESSION_NOT_FOUND",
	InvalidShareSessionEpoch: "INVALID_SHARE_SESSION_EPOCH", FencedStateEpoch: "FENCED_STATE_EPOCH",
	ShareSessionLimitReached: "SHARE_SESSION_LIMIT_REACHED",
}

// String is Kafka's name for the error.
func (e ErrorCode) String() string {
	if s, ok := errorNames[e]; ok {
		return s
	}
	return "ERROR_" + strconv.Itoa(int(e))
}

func (e ErrorCode) Error() string { return e.String() }
