package library

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/assignor"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/handlers"
	"github.com/groundhogsim/groundhog/sim"
)

var rewriteClaims = flag.Bool("rewrite-log", false, "write testdata/load.log anew")

// Every check of the rows of A and B turns red when the world is another than
// the row says.
func TestClaimsTurnRed(t *testing.T) {
	restart := func(who string) func(s *scenarios.Spec) {
		return func(s *scenarios.Spec) {
			s.Script = func(p *scenarios.Planner) {
				startAll(p, time.Second)
				p.Command(p.Spec().Warmup+time.Second, "leave", who)
				p.At(p.Spec().Warmup+20*time.Second, sim.Start, who)
			}
		}
	}
	for name, c := range map[string]struct {
		anomaly string
		edit    func(*scenarios.Spec)
	}{
		"B01#range/franz":                               {WrongShare, func(s *scenarios.Spec) { s.Topics[0].Partitions = 5 }},
		"B06#nothing happens, Java":                     {UnexpectedRebalance, restart("m3")},
		"B06#partitions are added":                      {UnexpectedRebalance, func(s *scenarios.Spec) { s.Script = nil }},
		"B07#delay 3s/range/java":                       {UnexpectedRebalance, func(s *scenarios.Spec) { s.Warmup = 12 * time.Second }},
		"B10#cooperative-sticky/leave/franz":            {NeedlessMove, restart(activeManagers[0])},
		"B11#rolling restart/range":                     {UnownedTooLong, func(s *scenarios.Spec) { s.Handler = pollsSeldom }},
		"B04#ready at 1s/java":                          {StartOutsideLaw, func(s *scenarios.Spec) { s.Handler = asleep(30 * time.Second) }},
		"B04#ready at 0s/franz":                         {StartOutsideLaw, func(s *scenarios.Spec) { s.Load.From = 40 * time.Second }},
		"B05#first record/franz":                        {StartOutsideLaw, func(s *scenarios.Spec) { s.Load.From = 55 * time.Second }},
		"B15#handed over/range/java":                    {WrongCallback, onlyScript(expire)},
		"B15#session expired/cooperative-sticky/franz":  {WrongCallback, onlyScript(handOver)},
		"A21#franz-go/at work":                          {WrongAssignment, func(s *scenarios.Spec) { s.Group = scenarios.Classic("g", assignor.Range) }},
		"A22#range/7 partitions/join":                   {WrongAssignment, func(s *scenarios.Spec) { s.Group = scenarios.Classic("g", assignor.RoundRobin) }},
		"A22#cooperative-sticky/7 partitions/join":      {WrongAssignment, func(s *scenarios.Spec) { s.Group = scenarios.Classic("g", assignor.RoundRobin) }},
		"A22#roundrobin/2 topics of 5/leave":            {WrongAssignment, func(s *scenarios.Spec) { s.Group = scenarios.Classic("g", assignor.Range) }},
		"B11#2 active crash at once/cooperative-sticky": {UnownedTooLong, func(s *scenarios.Spec) { s.Handler = pollsSeldom }},
	} {
		t.Run(strings.ReplaceAll(name, "/", "-"), func(t *testing.T) {
			s, err := One(name)
			if err != nil {
				t.Fatal(err)
			}
			s.Expect, s.Claims, s.Sometimes = scenarios.Hold, nil, nil
			s.Spec.Topics = append([]scenarios.Topic{}, s.Spec.Topics...)
			c.edit(&s.Spec)
			r, err := (&scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Seeds: 4, Workers: 2}).Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r[0].Verdict != scenarios.Failed || r[0].Anomalies[c.anomaly] == 0 {
				t.Errorf("%s, found %v", r[0].Verdict, r[0].Anomalies)
			}
		})
	}
}

// onlyScript takes another row's script, and keeps the checks.
func onlyScript(edit func(*scenarios.Spec)) func(*scenarios.Spec) {
	return func(s *scenarios.Spec) {
		keep := s.Assert
		edit(s)
		s.Assert = keep
	}
}

// pollsSeldom is right, but does not poll for so long that a rebalance waits.
func pollsSeldom(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(rs []scenarios.Record) {
		env.Sleep(70 * time.Second)
		env.Emit(rs...)
		env.Commit(rs...)
	})
}

// asleep is right, once it is awake.
func asleep(d time.Duration) handlers.Kind {
	return func(env scenarios.Env) scenarios.Handler {
		env.Sleep(d)
		return handlers.ProcessThenCommit(env)
	}
}

// Rulings follow the numbers: in a world that is as the text says, a claim that
// is refuted or qualified is confirmed, and the other way round.
func TestRulingsFollowTheNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		claim int
		want  scenarios.Ruling
		edit  func(c *scenarios.Case)
	}{
		"B01": {0, scenarios.Refuted, func(c *scenarios.Case) { c.Spec.Topics = []scenarios.Topic{{Name: "t", Partitions: 6}} }},
		"B06": {0, scenarios.Refuted, func(c *scenarios.Case) {
			c.Spec.Script = func(p *scenarios.Planner) { startAll(p, time.Second); p.Command(time.Minute, "leave", "m4") }
		}},
		"B10": {1, scenarios.Confirmed, func(c *scenarios.Case) { c.Spec.Group = scenarios.Classic("g", assignor.CooperativeSticky) }},
		"B12": {0, scenarios.Confirmed, func(c *scenarios.Case) { c.Spec.Load.NoKeys, c.Spec.Load.Skew, c.Spec.Load.Keys = false, nil, 1000 }},
		"A23": {0, scenarios.Refuted, func(c *scenarios.Case) { c.Spec.Group = scenarios.Classic("g", assignor.Range) }},
		"A21": {0, scenarios.Confirmed, func(c *scenarios.Case) { c.Spec.Group = scenarios.Classic("g", assignor.Range) }},
		"B15": {0, scenarios.Refuted, func(c *scenarios.Case) { c.Spec.Handler = handlers.ProcessOnly }},
	} {
		s, err := One(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Cases {
			if s.Cases[i].Facts == nil {
				c.edit(&s.Cases[i])
			}
			s.Cases[i].Runs = 1
		}
		r, err := (&scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Workers: 2}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := r[0].Claims[c.claim]; got.Ruling != c.want || got.Ruling == s.Claims[c.claim].Expect {
			t.Errorf("%s is %s, want %s: %s", name, got.Ruling, c.want, got.Number)
		}
	}
}

// What task managers log, word for word.
func TestLoadLogIsGolden(t *testing.T) {
	text := ""
	for _, how := range []string{"leave", "expiry"} {
		log, facts, err := loadLog(how, client.Franz, handlers.LogLoad)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			if f.Got != f.Want {
				t.Errorf("%s: %s: %s, want %s", how, f.Name, f.Got, f.Want)
			}
		}
		text += "# " + how + "\n" + log
	}
	file := filepath.Join("testdata", "load.log")
	if *rewriteClaims {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(golden) != text {
		t.Errorf("the log is another than %s (-rewrite-log):\n%s", file, text)
	}
}

// A log that is wrong in one place differs from the history.
func TestWrongLoadLogIsFound(t *testing.T) {
	for old, wrong := range map[string]string{
		"offset 99)":  "offset 100)",
		"] [204]":     "] [203]",
		"lost 1":      "revoked 1",
		"IDLE":        "ACTIVE",
		"assigned 1 ": "assigned 2 ",
	} {
		_, facts, err := loadLog("expiry", client.Franz, func(w io.Writer) handlers.Kind { return handlers.LogLoad(falsified{w, old, wrong}) })
		if err != nil {
			t.Fatal(err)
		}
		differ := 0
		for _, f := range facts {
			if f.Got != f.Want {
				differ++
			}
		}
		if differ == 0 {
			t.Errorf("%q in place of %q was not found", wrong, old)
		}
	}
}

type falsified struct {
	io.Writer
	old, wrong string
}

func (f falsified) Write(b []byte) (int, error) {
	if _, err := f.Writer.Write(bytes.ReplaceAll(b, []byte(f.old), []byte(f.wrong))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// The stress scenario holds with other parameters, and finds what is missing.
func TestStress(t *testing.T) {
	for name, c := range map[string]struct {
		stress  Stress
		handler handlers.Kind
		want    string
	}{
		"alone":   {Stress{KafkaSource: false, Topic: "orders", Group: "g", Messages: 5}, inBulk, ""},
		"many":    {Stress{KafkaSource: true, Topic: "orders", Group: "g", Messages: 20_000}, inBulk, ""},
		"dropped": {DefaultStress, dropsSome, model.LostRecord},
	} {
		s := c.stress.Scenario()
		s.Spec.Handler, s.Sometimes = c.handler, nil
		r, err := (&scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Seeds: 3, Workers: 2}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if (r[0].Verdict == scenarios.Failed) != (c.want != "") || c.want != "" && r[0].Anomalies[c.want] == 0 {
			t.Errorf("%s: %v %v", name, r[0].Reasons, r[0].Anomalies)
		}
	}
}

func dropsSome(env scenarios.Env) scenarios.Handler {
	return handlers.Func(func(rs []scenarios.Record) { env.Emit(rs[:len(rs)/2]...) })
}

func TestSuites(t *testing.T) {
	for _, name := range []string{"stress", "Reliability"} {
		s, err := Suite(name)
		if err != nil || len(s) < 5 {
			t.Errorf("%s has %d scenarios: %v", name, len(s), err)
		}
		if found, err := Find(name); err != nil || len(found) != len(s) {
			t.Errorf("Find(%s) gives %d of %d: %v", name, len(found), len(s), err)
		}
	}
	if _, err := Suite("leisure"); err == nil || !strings.Contains(err.Error(), "reliability, stress") {
		t.Errorf("an unknown suite: %v", err)
	}
}
