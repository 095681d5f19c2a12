// Package api holds requests and responses of Kafka's protocol as plain
// structs. Fields are named as in Kafka's own message definitions; a request
// carries the API version it was sent with, which the broker heeds. There is
// no wire format here: messages of a simulated world stay values.
//
// Messages are immutable once sent; slices in them may be shared.
package api

// Header is common to all requests.
type Header struct {
	APIVersion int16
	ClientID   string
}

// Request is what a broker answers.
type Request interface {
	MessageName() string
	Version() int16
}

// Version is the request's API version.
func (h Header) Version() int16 { return h.APIVersion }

// NoGeneration and NoMember stand in requests that come from outside of any
// group membership.
const (
	NoGeneration int32  = -1
	NoMember     string = ""
)

// NoOffset is what OffsetFetch answers where nothing is committed.
const NoOffset int64 = -1
