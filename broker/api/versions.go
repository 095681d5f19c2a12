package api

// ApiVersionsRequest (key 18) asks which requests a broker knows.
type ApiVersionsRequest struct{ Header }

// ApiVersionsResponse has an entry for each key, in order.
type ApiVersionsResponse struct {
	ErrorCode ErrorCode
	APIKeys   []APIVersionRange
}

// APIVersionRange is what a broker supports of one request.
type APIVersionRange struct{ Key, Min, Max int16 }

// MessageName implements sim.Message.
func (*ApiVersionsRequest) MessageName() string { return "ApiVersions" }

// MessageName implements sim.Message.
func (*ApiVersionsResponse) MessageName() string { return "ApiVersionsResponse" }
