package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

// The exit codes: all verdicts pass; not; wrong usage or unreadable input;
// the environment lacks something.
const (
	exitPass        = 0
	exitFail        = 1
	exitUsage       = 2
	exitEnvironment = 3
)

// errVerdict says that what was asked for ran, and did not pass; it has been
// reported already.
var errVerdict = errors.New("not all passed")

// usageError is what the caller can mend.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func (u usageError) Unwrap() error { return u.error }

// environmentError is what the machine lacks, and how to get it.
type environmentError struct{ error }

func (e environmentError) Unwrap() error { return e.error }

func environment(format string, args ...any) error {
	return environmentError{fmt.Errorf(format, args...)}
}

func exitCode(err error) int {
	var (
		lacks    environmentError
		kafka    *cluster.EnvError
		path     *fs.PathError
		logError *sim.LogError
		spec     *scenarios.SpecError
		wrong    usageError
	)
	switch {
	case err == nil:
		return exitPass
	case errors.Is(err, errVerdict):
		return exitFail
	case errors.As(err, &lacks), errors.As(err, &kafka):
		return exitEnvironment
	case errors.As(err, &wrong), errors.As(err, &logError), errors.As(err, &spec):
		return exitUsage
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		return exitUsage
	case errors.As(err, &path):
		return exitEnvironment
	}
	return exitFail
}
