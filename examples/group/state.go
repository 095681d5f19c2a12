package group

// State is a state of the whole system; the zero State is the initial one. It is 59 bytes of small
// integers, whatever the parameters: what lies beyond them stays zero.
type State struct {
	phase      groupPhase
	generation uint8
	members    set // of members in the group
	joined     set // of members that have joined, while preparing
	crashes    uint8
	overwrote  bool // a commit of an old generation has changed a committed offset

	owner     [maxPartitions]uint8 // 0, or member + 1
	committed [maxPartitions]uint8 // offset
	processed [maxPartitions]tally // how often each record was processed
	member    [maxMembers]memberState
}

// memberState is what one member knows, and its messages in flight.
type memberState struct {
	phase      memberPhase
	generation uint8 // as the member believes; 0 when out, joining or crashed
	// position is 0 for a partition that is not the member's, else 1 + the record to process next.
	position [maxPartitions]uint8
	request  request
	response response
	ghost    request // of an incarnation that crashed; it will not be answered
}

// set is a set of members or partitions: bit i stands for number i.
type set uint8

func (s set) has(i int) bool { return s>>i&1 != 0 }

// tally counts up to 2 for each record of a partition, two bits each.
type tally uint8

func (t tally) of(record int) int { return int(t >> (2 * record) & 3) }

func (t tally) add(record int) tally {
	if t.of(record) == 2 {
		return t
	}
	return t + 1<<(2*record)
}

// groupPhase is the coordinator's state of the group.
type groupPhase uint8

const (
	empty groupPhase = iota
	preparing
	completing
	stable
)

// memberPhase is a member's state.
type memberPhase uint8

const (
	out memberPhase = iota
	joining
	syncing
	active
	crashed
)

// message is a kind of request or response; 0 means that there is none.
type message uint8

const (
	join message = 1 + iota
	sync
	heartbeat
	commit
	joinOK
	syncOK
	ok
	rebalanceInProgress
	illegalGeneration
)

// request is a request to the coordinator; the zero request is none.
type request struct {
	generation uint8
	// what has the kind in bits 0 to 3, and of a commit the partition in bits 4 and 5 and the
	// offset in bits 6 and 7.
	what uint8
}

func newRequest(kind message, generation uint8) request { return request{generation, uint8(kind)} }

func newCommit(generation uint8, partition int, offset uint8) request {
	return request{generation, uint8(commit) | uint8(partition)<<4 | offset<<6}
}

func (r request) kind() message  { return message(r.what & 15) }
func (r request) partition() int { return int(r.what >> 4 & 3) }
func (r request) offset() uint8  { return r.what >> 6 }

// response is an answer of the coordinator; the zero response is none.
type response struct {
	kind  message
	value uint8 // joinOK: the generation; syncOK: the set of partitions
}
