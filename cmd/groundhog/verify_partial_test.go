package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// less is a way in which a history may tell less than all.
type less struct {
	name  string
	fresh bool // it still begins with its group and has all its members
	take  func(*rand.Rand, []model.Event) []model.Event
}

// without leaves out the events of some kinds.
func without(kinds ...model.Kind) func(*rand.Rand, []model.Event) []model.Event {
	return func(_ *rand.Rand, events []model.Event) []model.Event {
		return slices.DeleteFunc(slices.Clone(events), func(e model.Event) bool { return slices.Contains(kinds, e.Kind) })
	}
}

var (
	ofBrokers = []model.Kind{model.Rebalancing, model.Formed, model.Removed, model.Admitted, model.CoordinatorLoaded, model.CoordinatorResigned,
		model.PartitionCount}
	ofFetches   = []model.Kind{model.FetchOffsets, model.OffsetsTold}
	ofProducers = []model.Kind{model.Produce, model.Produced}
	ofRuns      = []model.Kind{model.Fault, model.Stopped}
)

// cut leaves out the beginning.
func cut(r *rand.Rand, events []model.Event) []model.Event { return events[r.IntN(len(events)):] }

// alone leaves out one of the clients.
func alone(r *rand.Rand, events []model.Event) []model.Event {
	var clients []string
	for i := range events {
		if c := events[i].Client; c != "" && !slices.Contains(clients, c) {
			clients = append(clients, c)
		}
	}
	if len(clients) == 0 {
		return events
	}
	out := clients[r.IntN(len(clients))]
	return slices.DeleteFunc(slices.Clone(events), func(e model.Event) bool { return e.Client == out })
}

// service leaves what an ordinary consumer writes of itself, from some time on.
func service(r *rand.Rand, events []model.Event) []model.Event {
	events = without(slices.Concat(ofBrokers, ofFetches, ofProducers, ofRuns, []model.Kind{model.Positioned, model.Joining})...)(r, events)
	return alone(r, cut(r, events))
}

var lesses = []less{
	{"no broker", true, without(ofBrokers...)},
	{"no fetches", true, without(ofFetches...)},
	{"neither", true, without(slices.Concat(ofBrokers, ofFetches)...)},
	{"no stops", true, without(ofRuns...)},
	{"cut", false, cut}, {"cut", false, cut}, {"cut", false, cut}, {"cut", false, cut},
	{"one is missing", false, alone},
	{"no producer", false, without(ofProducers...)},
	{"service", false, service}, {"service", false, service}, {"service", false, service},
}

// TestPartialHistoriesGiveNoFalseAlarms: whatever is found in a history that
// tells less is found in the whole one too, and it does not contradict itself.
func TestPartialHistoriesGiveNoFalseAlarms(t *testing.T) {
	seeds, found := uint64(3), map[string]int{}
	if n, err := strconv.ParseUint(os.Getenv("GROUNDHOG_PARTIAL_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	for _, s := range library.All() {
		for seed := range seeds {
			run, err := scenarios.NewTrial(&s.Spec, seed+1)
			if err != nil {
				t.Logf("%s: %v", s.Name, err)
				break
			}
			var events []model.Event
			_, err = scenarios.Recorded(run, nil, func(e *model.Event) { events = append(events, *e) })
			if err != nil {
				t.Fatal(err)
			}
			options := scenarios.HistoryHeader(run).Options()
			options.Keep = 1 << 20
			whole := map[string]bool{}
			for _, a := range judged(events, options).Anomalies {
				whole[a.Name+a.Group+a.TopicPartition.String()] = true
			}
			r := rand.New(rand.NewPCG(seed, 7))
			for _, l := range lesses {
				told := l.take(r, events)
				if len(told) == 0 {
					continue
				}
				options.Fresh, options.Midlife = l.fresh, !l.fresh
				report := judged(told, options)
				for _, v := range report.Violations {
					t.Errorf("%s, seed %d, %s: the history is said to contradict itself: %s", s.Name, seed+1, l.name, v.Text)
				}
				for _, a := range report.Anomalies {
					found[l.name]++
					if !whole[a.Name+a.Group+a.TopicPartition.String()] {
						t.Errorf("%s, seed %d, %s, of %d events: %s: %s", s.Name, seed+1, l.name, len(told), a.Name, a.Text)
					}
				}
			}
		}
	}
	t.Log(fmt.Sprint("found: ", found))
	for _, l := range lesses { // a judge who is silent gives no false alarms either
		if found[l.name] == 0 {
			t.Errorf("nothing was ever found in histories of the kind %q", l.name)
		}
	}
}

func judged(events []model.Event, o model.Options) model.Report {
	j := model.NewJudge(o)
	for i := range events {
		j.Observe(&events[i])
	}
	return j.Finish()
}
