package sources

const (
	metricRead        = "recordMessagesRead"
	metricCheckpoints = "recordCheckpointDuration"
	metricRebalances  = "recordRebalanceEvents"
	metricSucceeded   = "commitsSucceeded"
	metricFailed      = "commitsFailed"
)
