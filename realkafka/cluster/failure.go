package cluster

import (
	"errors"
	"fmt"
	"strings"
)

// errPortTaken says that a broker ended because another process took one of its
// ports first.
var errPortTaken = errors.New("a port that had been free was taken")

// startFailure explains err, the end of a start that wrote log while its files
// were in the folder dir: an *EnvError if the machine is to blame, an error that
// is errPortTaken if another start may succeed, else err with the trouble in the
// log.
func startFailure(err error, log, dir string) error {
	if strings.Contains(log, "Address already in use") {
		return fmt.Errorf("%w: %w", errPortTaken, err)
	}
	if env := machineFailure(err, log, dir); env != nil {
		return env
	}
	return fmt.Errorf("%w; from its log:\n%s", err, trouble(log))
}

// endedAlone explains err, the end of a broker that had been ready: always an
// *EnvError, for whatever ran on it can tell nothing more.
func endedAlone(err error, log, dir string) error {
	if env := machineFailure(err, log, dir); env != nil {
		return env
	}
	return &EnvError{
		What:   err.Error() + "; from its log:\n" + trouble(log),
		Remedy: "run it again; if the log says nothing, something killed the broker: the system, for lack of memory, or a person",
	}
}

// machineFailure finds in a broker's log that the machine is to blame; else it
// is nil.
func machineFailure(err error, log, dir string) error {
	has := func(s string) bool { return strings.Contains(log, s) }
	switch {
	case has("No space left on device"), has("Disk quota exceeded"):
		return &EnvError{
			What:   "the disk under " + dir + " is full",
			Remedy: "free about 200 MB, or choose another folder by " + runDirSetting,
			Err:    err,
		}
	case has("insufficient memory for the Java Runtime"), has("Could not reserve enough space"),
		has("unable to create native thread"), has("java.lang.OutOfMemoryError"):
		return &EnvError{
			What:   "there is not enough memory, or there are too many threads, for a Kafka broker",
			Remedy: "free about 600 MB of memory, or raise the limit of processes (ulimit -u)",
			Err:    err,
		}
	}
	return nil
}
