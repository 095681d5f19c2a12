package realkafka

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/realkafka/cluster"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := Shutdown(); err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// kafka gives the cluster of the tests, and skips t where the machine lacks
// what it takes, unless GROUNDHOG_REQUIRE_KAFKA is 1, as CI sets it.
func kafka(t *testing.T) cluster.Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("plays in real time")
	}
	c, err := Shared(t.Context(), 0)
	var lacking *cluster.EnvError
	if errors.As(err, &lacking) && os.Getenv("GROUNDHOG_REQUIRE_KAFKA") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// course is what one play of the test told.
type course struct {
	events []model.Event
	Result
}

// index of the first event from the n-th on of which is holds; fails t if
// there is none.
func (c *course) index(t *testing.T, from int, what string, is func(*model.Event) bool) int {
	t.Helper()
	for i := from; i < len(c.events); i++ {
		if is(&c.events[i]) {
			return i
		}
	}
	t.Fatalf("%s: no event from %d of %d on: %s", c.Scenario.Name, from, len(c.events), what)
	return -1
}

func of(kind model.Kind, client string) func(*model.Event) bool {
	return func(e *model.Event) bool { return e.Kind == kind && e.Client == client }
}

// TestPlays plays all scenarios of the test side by side, and looks at each.
func TestPlays(t *testing.T) {
	c := kafka(t)
	before := runtime.NumGoroutine()
	courses := map[string]*course{}
	var list []*scenarios.Scenario
	for _, p := range plays {
		list = append(list, p.scenario())
		courses[p.name] = &course{}
	}
	began := time.Now()
	var mu sync.Mutex
	results := PlayAll(t.Context(), c, list, AllOptions{Seed: 1,
		History: func(s *scenarios.Scenario, e *model.Event) {
			mu.Lock()
			defer mu.Unlock()
			courses[s.Name].events = append(courses[s.Name].events, *e)
		},
		Log: func(format string, args ...any) {
			if text := fmt.Sprintf(format, args...); os.Getenv("GROUNDHOG_VERBOSE") != "" {
				t.Log(text)
			}
		}})
	t.Logf("played in %v", time.Since(began).Round(time.Millisecond))
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	nothingLeft(t, c, before)
	var rows []Row
	for i, p := range plays {
		o := courses[p.name]
		o.Result = results[i]
		t.Run(p.name, func(t *testing.T) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			settled(t, o)
			p.check(t, o)
			if t.Failed() || os.Getenv("GROUNDHOG_VERBOSE") != "" {
				for _, f := range o.Outcome.Findings {
					t.Logf("%s at %v: %s", f.Name, sim.Time(f.At), f.Text)
				}
			}
		})
		simulated, err := Simulated(list[i], 1)
		var unspoken *scenarios.SpecError
		if errors.As(err, &unspoken) {
			t.Logf("%s: not simulated: %v", p.name, err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, Compare(list[i], simulated, o.Outcome))
	}
	t.Log("\n" + Table(rows))
}

// settled fails t unless the group came to rest and the history is sound.
func settled(t *testing.T, c *course) {
	t.Helper()
	o := c.Outcome
	if !o.Settled || o.Error != nil {
		t.Errorf("not settled: %s %v", o.Why, o.Error)
	}
	for _, v := range o.Report.Violations {
		t.Errorf("the history is wrong: event %d: %s", v.Event, v.Text)
	}
	if lost := o.Report.Summary.Unseen; lost != 0 {
		t.Errorf("%d records were never read", lost)
	}
	if s := o.Report.Summary; s.Produced != int64(o.Trial.Spec.Load.Count) {
		t.Errorf("%d records were acknowledged, not %d", s.Produced, o.Trial.Spec.Load.Count)
	}
}

// nothingLeft fails t if a play left something on the cluster or in this
// process.
func nothingLeft(t *testing.T, c cluster.Cluster, goroutines int) {
	t.Helper()
	client, err := kgo.NewClient(append(c.Access().Options(), kgo.SeedBrokers(c.Bootstrap()...))...)
	if err != nil {
		t.Fatal(err)
	}
	left := leftovers(t, client)
	for deadline := time.Now().Add(5 * time.Second); len(left) > 0 && time.Now().Before(deadline); left = leftovers(t, client) {
		time.Sleep(look) // a broker learns of a topic's end a moment after the controller has agreed
	}
	client.Close()
	if len(left) > 0 {
		t.Errorf("left on the cluster: %v", left)
	}
	for range 100 { // what has been told to end takes a moment
		if runtime.NumGoroutine() <= goroutines {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), goroutines, stacks[:runtime.Stack(stacks, true)])
}

// leftovers are the topics and groups of plays that are on the cluster.
func leftovers(t *testing.T, client *kgo.Client) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	admin := kadm.NewClient(client)
	topics, err := admin.ListTopics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := admin.ListGroups(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Concat(topics.Names(), groups.Groups()), func(name string) bool { return !strings.HasPrefix(name, Prefix) })
}

func TestCancelled(t *testing.T) {
	c := kafka(t)
	before := runtime.NumGoroutine()
	spec := baseSpec()
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	began := time.Now()
	o, err := Play(ctx, c, trial, Options{})
	if o != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v", o, err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	nothingLeft(t, c, before)
}

// TestPanics lets a handler panic, and what judges a run.
func TestPanics(t *testing.T) {
	c := kafka(t)
	before := runtime.NumGoroutine()
	spec := baseSpec()
	spec.Handler = func(env scenarios.Env) scenarios.Handler {
		return handler(func([]scenarios.Record) { panic("no such customer") })
	}
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, err := Play(t.Context(), c, trial, Options{})
	if err != nil || o.Error == nil || !strings.Contains(o.Error.Error(), "no such customer") || !o.Shows(scenarios.HandlerPanic) {
		t.Errorf("got %+v, %v", o, err)
	}
	trial.Spec.Assert = func(*scenarios.Outcome) []scenarios.Finding { panic("wrong judge") }
	func() {
		defer func() {
			if r := recover(); r != "wrong judge" {
				t.Errorf("recovered %v", r)
			}
		}()
		Play(t.Context(), c, trial, Options{})
	}()
	nothingLeft(t, c, before)
}
