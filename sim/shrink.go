package sim

// Shrinker makes a list of entries smaller while Fails still holds of it:
// delta debugging, bounded by the number of runs and not by wall time, so
// that it gives the same result on every machine.
type Shrinker struct {
	Fails func([]Entry) bool
	Runs  int // the most candidates that are tried

	Tried int
}

// Shrink gives a list that still fails; the one given, when nothing smaller
// does within the bound. Fails must hold of the list given.
func (s *Shrinker) Shrink(list []Entry) []Entry {
	for {
		before := len(list)
		list = s.remove(list)
		if len(list) == before || s.Tried >= s.Runs {
			break
		}
	}
	return s.roundTimes(list)
}

// remove leaves out ever smaller pieces, until no single entry can go.
func (s *Shrinker) remove(list []Entry) []Entry {
	for size := max(len(list)/2, 1); ; size /= 2 {
		for at := 0; at < len(list); {
			end := min(at+size, len(list))
			candidate := append(append([]Entry(nil), list[:at]...), list[end:]...)
			if !s.try(candidate) {
				at = end
				continue
			}
			list = candidate
		}
		if size == 1 {
			return list
		}
	}
}

// roundTimes makes the moments of what is left easier to read: the coarsest
// unit that keeps the failure, entry by entry.
func (s *Shrinker) roundTimes(list []Entry) []Entry {
	for i := range list {
		for _, unit := range []Time{Second, 100 * Millisecond, 10 * Millisecond, Millisecond} {
			at := list[i].At / unit * unit
			if at == list[i].At {
				break
			}
			if i > 0 && at < list[i-1].At {
				continue
			}
			candidate := append([]Entry(nil), list...)
			candidate[i].At, candidate[i].Ord = at, 0
			if s.try(candidate) {
				list = candidate
				break
			}
		}
	}
	return list
}

func (s *Shrinker) try(candidate []Entry) bool {
	if s.Tried >= s.Runs {
		return false
	}
	s.Tried++
	return s.Fails(candidate)
}

// Decisions are the entries of a run that the environment decided: starts,
// commands and faults. Everything else follows from them and from luck.
func Decisions(entries []Entry) []Entry {
	var out []Entry
	for _, e := range entries {
		if a := e.Action; a.Kind == Start || a.Kind == Command || a.IsFault() {
			e.Draws = nil
			out = append(out, e)
		}
	}
	return out
}
