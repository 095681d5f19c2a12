package scenarios

import "github.com/groundhogsim/groundhog/model"

// Faults are all kinds of faults that have no operand; AddPartitions has one.
func Faults() []Fault {
	return []Fault{Crash, Vanish, Pause, Leave, Join, Disconnect, Cut, ClockSkew, CoordinatorReload, BrokerCrash, BrokerCut,
		CoordinatorMove, LeaderMove, LoseMessages, DoubleMessages, ReorderMessages}
}

// JobFaults are the kinds of faults that strike a checkpointing job alone.
func JobFaults() []Fault {
	return []Fault{TaskFailure, JobManagerCrash, StorageFails, StorageSlow, StorageTears, LoseNotifications, Savepoint}
}

// Anomalies are the names of all that can be found: by the monitors, and by
// this package.
func Anomalies() []string {
	return append(model.Anomalies(), NotSettled, HandlerPanic, HandlerDiverges)
}
