package cluster

import (
	"errors"
	"io/fs"
	"syscall"
)

// EnvError says that this machine, not Kafka and not the scenario, stands in
// the way. A command line ends with exit code 3 for it.
type EnvError struct {
	What   string // what is missing or broken, one line or more
	Remedy string // what the user can do about it
	Err    error  // the cause, or nil
}

// Error returns What, the cause and Remedy.
func (e *EnvError) Error() string {
	s := e.What
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Remedy != "" {
		s += " (" + e.Remedy + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *EnvError) Unwrap() error { return e.Err }

// folderError turns a failed write below the folder dir into an EnvError;
// setting names what chooses that folder. Nil stays nil, and an error that is
// an EnvError already, or none of the file system's, stays as it is.
func folderError(err error, dir, setting string) error {
	var env *EnvError
	var errno syscall.Errno
	var path *fs.PathError
	switch {
	case err == nil, errors.As(err, &env), !errors.As(err, &errno):
		return err
	case errors.As(err, &path) && path.Op == "fork/exec": // a program, not a folder
		return err
	case diskFull(err):
		return &EnvError{
			What:   "the disk under " + dir + " is full",
			Remedy: "free about 200 MB, or choose another folder by " + setting,
			Err:    err,
		}
	}
	return &EnvError{
		What:   "the folder " + dir + " cannot be used",
		Remedy: "choose a writable folder by " + setting,
		Err:    err,
	}
}

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
