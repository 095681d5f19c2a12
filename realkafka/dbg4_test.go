package realkafka
import ("testing";"time";"os";"github.com/groundhogsim/groundhog/scenarios";"github.com/groundhogsim/groundhog/model";"sync")
func fixed(s scenarios.Spec) scenarios.Spec {
	d := func(x, def time.Duration) time.Duration { if x == 0 { return def }; return x }
	sess := d(s.Client.SessionTimeout, 45*time.Second)
	scale := func(x time.Duration) time.Duration { return time.Duration(float64(x)*float64(session)/float64(sess)).Round(100*time.Millisecond) }
	s.Warmup, s.Faulty = max(scale(d(s.Warmup,10*time.Second)), 3*time.Second), scale(d(s.Faulty,time.Minute))
	if s.Load.Every > 0 { s.Load.Every = max(scale(s.Load.Every), 20*time.Millisecond) }
	s.Client.HeartbeatInterval = scale(d(s.Client.HeartbeatInterval, 3*time.Second))
	s.Client.RebalanceTimeout = max(scale(d(s.Client.RebalanceTimeout,time.Minute)), 10*time.Second)
	s.Client.SessionTimeout = session
	s.Client.FetchMaxWait = 500*time.Millisecond
	none := time.Duration(0)
	s.Broker.InitialRebalanceDelay = &none
	return s
}
func TestFixedLibrary(t *testing.T) {
	c := kafka(t)
	var list []*scenarios.Scenario
	evs := map[string][]model.Event{}
	for _, s := range scenarios.Library() { if s.OnKafka != nil { x := *s; x.OnKafka = func() scenarios.Spec { return fixed(s.Spec) }; list = append(list, &x) } }
	began := time.Now()
	var mu sync.Mutex
	var rows []Row
	for _, r := range PlayAll(t.Context(), c, list, AllOptions{Seed: 1, Together: 12, History: func(s *scenarios.Scenario, e *model.Event) { mu.Lock(); evs[s.Name] = append(evs[s.Name], *e); mu.Unlock() }}) {
		if r.Err != nil { t.Errorf("%s: %v", r.Scenario.Name, r.Err); continue }
		if os.Getenv("DUMP") != "" { debugDump("lib-"+r.Scenario.Name, evs[r.Scenario.Name]) }
		simulated, err := Simulated(r.Scenario, 1)
		if err != nil { t.Fatal(err) }
		row := Compare(r.Scenario, simulated, r.Outcome)
		rows = append(rows, row)
		if row.Kafka.Verdict != scenarios.Passed {
			t.Errorf("%s fails on Kafka: settled %v %q, skipped %d", r.Scenario.Name, r.Outcome.Settled, r.Outcome.Why, r.Outcome.Skipped)
			for _, f := range r.Outcome.Findings { t.Logf("  %s: %s", f.Name, f.Text) }
			for _, v := range r.Outcome.Report.Violations { t.Logf("  violation: %s", v.Text) }
		}
	}
	t.Logf("played in %v\n%s", time.Since(began).Round(time.Second), Table(rows))
}
