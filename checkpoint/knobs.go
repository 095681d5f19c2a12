package checkpoint

import (
	"strconv"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/sim"
)

// knobs are faults of the coordinator that commands set: they outlive it.
type knobs struct {
	loseComplete, loseAbort int // notifications that are not sent
	late                    int // completions of which is told late
	lateBy                  sim.Time
	fail                    []int64 // checkpoints to fail
}

// turn takes a command: lose-complete N, lose-abort N, late-complete N SPAN,
// fail-checkpoint ID.
func (k *knobs) turn(label, key string) {
	n, _ := strconv.Atoi(firstWord(key))
	switch label {
	case "lose-complete":
		k.loseComplete += n
	case "lose-abort":
		k.loseAbort += n
	case "late-complete":
		_, span, _ := strings.Cut(key, " ")
		d, err := time.ParseDuration(span)
		if err != nil {
			d = time.Second
		}
		k.late, k.lateBy = k.late+n, sim.Span(d)
	case "fail-checkpoint":
		k.fail = append(k.fail, int64(n))
	}
}

// onComplete says how late a completion is told: 0 at once, negative never.
func (k *knobs) onComplete() sim.Time {
	switch {
	case k.loseComplete > 0:
		k.loseComplete--
		return -1
	case k.late > 0:
		k.late--
		return k.lateBy
	}
	return 0
}

// onAbort tells whether an abort is not told.
func (k *knobs) onAbort() bool {
	if k.loseAbort > 0 {
		k.loseAbort--
		return true
	}
	return false
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}
