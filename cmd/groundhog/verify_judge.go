package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/model"
)

// verdict is what verify found.
type verdict struct {
	model.Report
	names     []string // of the sources
	processes int      // clients
	places    []place  // of the events
	notes     []string
	allow     []string
	unsure    []model.Anomaly // those that depend on clocks being exact
}

// place is where an event stands.
type place struct{ source, line int32 }

func (v *verdict) place(event int) string {
	if event < 0 || event >= len(v.places) {
		return "the end"
	}
	p := v.places[event]
	return fmt.Sprintf("%s:%d", v.names[p.source], p.line)
}

func (v *verdict) allowed(name string) bool { return slices.Contains(v.allow, name) }

// pass tells whether nothing was found that is not allowed.
func (v *verdict) pass() bool {
	return len(v.Violations) == 0 && !slices.ContainsFunc(v.Names(), func(name string) bool { return !v.allowed(name) })
}

// judge judges the histories as one; where clocks may differ, several times.
func (v *verification) judge() (*verdict, error) {
	o, err := v.options()
	if err != nil {
		return nil, err
	}
	shifts, err := v.shifts()
	if err != nil {
		return nil, err
	}
	out := &verdict{allow: v.allow}
	clients := map[string]bool{}
	for _, s := range v.sources {
		out.names = append(out.names, s.name)
		for client := range s.clients {
			clients[client] = true
		}
		if s.cutOff != "" {
			out.notes = append(out.notes, fmt.Sprintf("%s: %s; it is left out", s.name, s.cutOff))
		}
	}
	out.processes = len(clients)
	if out.Report, out.places, err = v.pass(o, shifts); err != nil || len(v.sources) == 1 {
		return out, err
	}
	if v.skew == 0 {
		out.notes = append(out.notes, fmt.Sprintf("%d histories, merged by time: their clocks are taken as exact (--skew says by how much they may differ)", len(v.sources)))
		return out, nil
	}
	return out, v.withSkew(o, shifts, out)
}

// shifts gives what is to be added to the times of each source.
func (v *verification) shifts() ([]int64, error) {
	first := v.sources[0]
	shifts := make([]int64, len(v.sources))
	for i, s := range v.sources {
		if len(v.sources) > 1 && (s.header.Began == 0) != (first.header.Began == 0) {
			with, without := s, first
			if s.header.Began == 0 {
				with, without = first, s
			}
			return nil, usage("%s says when it began (began_us), %s does not: give both a began_us, in µs since 1970, or count the times of both from one moment", with.name, without.name)
		}
		shifts[i] = s.header.Began
	}
	least := slices.Min(shifts)
	for i := range shifts {
		shifts[i] += v.skew.Microseconds() - least
	}
	return shifts, v.apart(shifts)
}

// apart checks that no two sources are of one client at one time.
func (v *verification) apart(shifts []int64) error {
	for i, a := range v.sources {
		for j, b := range v.sources[:i] {
			for _, client := range sortedKeys(a.clients) {
				x, y := a.clients[client], b.clients[client]
				if _, both := b.clients[client]; both && x.first+shifts[i] < y.last+shifts[j] && y.first+shifts[j] < x.last+shifts[i] {
					return usage("client %s is in %s and in %s at the same time; give each process a name of its own, and each history once", client, b.name, a.name)
				}
			}
		}
	}
	return nil
}

// pass judges all events once.
func (v *verification) pass(o model.Options, shifts []int64) (r model.Report, places []place, err error) {
	var merge model.Merge
	for i, s := range v.sources {
		reader, f, err := s.open()
		if err != nil {
			return r, nil, err
		}
		defer f.Close()
		merge.Add(reader, shifts[i])
	}
	judge := model.NewJudge(o)
	var e model.Event
	ended, last := v.ended, int64(0)
	for {
		switch err := merge.Next(&e); {
		case err == nil && e.Kind == model.End && len(v.sources) > 1:
			ended = true // the whole is over when all of them are
		case err == nil:
			ended, last = ended && e.Kind != model.End, e.At
			judge.Observe(&e)
			places = append(places, place{int32(merge.Source()), int32(merge.Line())})
		case err == io.EOF:
			if ended {
				judge.Observe(&model.Event{At: last, Kind: model.End})
			}
			return judge.Finish(), places, nil
		case v.sources[merge.Source()].cutOff != "":
			merge.Drop(merge.Source())
		default:
			return r, nil, v.sources[merge.Source()].unreadable(err)
		}
	}
}

// comparedWithSkew is how many anomalies of a name are compared.
const comparedWithSkew = 1000

// withSkew judges again with the clock of each process ahead of all others,
// and behind them, and leaves only what is found each time. Sources of one
// client are of one clock.
func (v *verification) withSkew(o model.Options, shifts []int64, out *verdict) error {
	found := map[string]int{}
	times := 0
	clocks := v.clocks()
	for clock := range len(v.sources) {
		for _, skew := range []int64{-v.skew.Microseconds(), v.skew.Microseconds()} {
			moved := slices.Clone(shifts)
			alone := true
			for i, c := range clocks {
				if c == clock {
					moved[i] += skew
				} else {
					alone = false
				}
			}
			if alone || !slices.Contains(clocks, clock) {
				continue
			}
			r, _, err := v.pass(o, moved)
			if err != nil {
				return err
			}
			times++
			seen := map[string]bool{}
			for _, a := range r.Anomalies {
				seen[whatAndWhere(a)] = true
			}
			for k := range seen {
				found[k]++
			}
		}
	}
	out.Anomalies = slices.DeleteFunc(out.Anomalies, func(a model.Anomaly) bool {
		if found[whatAndWhere(a)] == times {
			return false
		}
		out.unsure = append(out.unsure, a)
		out.Counts[a.Name]--
		if out.Counts[a.Name] <= 0 {
			delete(out.Counts, a.Name)
		}
		return true
	})
	out.notes = append(out.notes, fmt.Sprintf("%d histories, merged by time and judged %d times, with the clock of each up to %v ahead and behind: an anomaly is what was found each time",
		len(v.sources), times+1, v.skew))
	return nil
}

// clocks numbers the sources; those that have a client in common, alike.
func (v *verification) clocks() []int {
	clocks := make([]int, len(v.sources))
	for i, a := range v.sources {
		clocks[i] = i
		for j, b := range v.sources[:i] {
			for client := range a.clients {
				if _, both := b.clients[client]; both && clocks[i] != clocks[j] {
					was, is := clocks[i], clocks[j]
					for k := range clocks[:i+1] {
						if clocks[k] == was {
							clocks[k] = is
						}
					}
				}
			}
		}
	}
	return clocks
}

func whatAndWhere(a model.Anomaly) string {
	return strings.Join([]string{a.Name, a.Group, a.Client, a.TopicPartition.String()}, "\x00")
}
