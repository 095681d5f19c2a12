package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	headLine  = `{"groundhog-history":5}` + "\n"
	freshLine = `{"groundhog-history":4,"fresh":true}` + "\n"
	startM1   = `{"us":0,"event":"started","client":"m1"}` + "\n"
	assignM1  = `{"us":1,"event":"assigned","client":"m1","group":"g","member":"a","generation":1,"partitions":[{"topic":"t","partition":0,"offset":0}]}` + "\n"
	lostM1    = `{"us":2,"event":"lost","client":"m1","group":"g","partitions":[{"topic":"t","partition":0}]}` + "\n"
	workM1    = `{"us":3,"event":"processed","client":"m1","group":"g","topic":"t","partition":0,"from":0,"to":1}` + "\n"
	wrongM1   = startM1 + assignM1 + lostM1 + workM1 // processing-after-revoke
)

// verifyCase is a call of verify: args, of which @0, @1… stand for files.
type verifyCase struct {
	files []string
	args  string
	code  int
	out   []string // what it says; what begins with ! it does not say
}

func (v verifyCase) run(t *testing.T) {
	args, paths := []string{"verify"}, []string{}
	for i, text := range v.files {
		paths = append(paths, file(t, "h"+string(rune('0'+i))+".jsonl", text))
	}
	for _, arg := range strings.Fields(v.args) {
		if strings.HasPrefix(arg, "@") {
			arg = paths[arg[1]-'0']
		}
		args = append(args, arg)
	}
	code, out, errs := call(t, args...)
	if code != v.code {
		t.Errorf("exit %d, want %d", code, v.code)
	}
	for _, want := range v.out {
		want, not := strings.CutPrefix(want, "!")
		if strings.Contains(out+errs, want) == not {
			t.Errorf("it should say %q: %v; it says\n%s%s", want, !not, out, errs)
		}
	}
}

func TestVerify(t *testing.T) {
	other := strings.ReplaceAll(wrongM1, "m1", "m2")
	began := func(us string) string { return `{"groundhog-history":3,"began_us":` + us + `}` + "\n" }
	bound := func(us string) string {
		return `{"groundhog-history":3,"settings":{"lag_bound_us":` + us + `}}` + "\n" + startM1
	}
	for name, v := range map[string]verifyCase{
		"good":            {[]string{headLine + startM1 + assignM1}, "@0", exitPass, []string{"no anomaly", "not checked: "}},
		"anomaly":         {[]string{headLine + wrongM1}, "@0", exitFail, []string{"ANOMALY processing-after-revoke (", "h0.jsonl:5): t/0 offset 0"}},
		"allowed":         {[]string{headLine + wrongM1}, "@0 --allow processing-after-revoke", exitPass, []string{"allowed: processing-after-revoke (", "!ANOMALY"}},
		"another allowed": {[]string{headLine + wrongM1}, "@0 --allow per-key-order,commit-lost", exitFail, []string{"ANOMALY"}},
		"unknown allowed": {[]string{headLine}, "@0 --allow loss", exitUsage, []string{"--allow loss: there is no such anomaly; there are dual-entitlement, "}},
		"contradiction":   {[]string{freshLine + assignM1}, "@0", exitFail, []string{"contradicts itself (", "h0.jsonl:2): m1 acts before it started: assigned (leave \"fresh\" out", "!no anomaly"}},
		"mid-life":        {[]string{headLine + assignM1}, "@0", exitPass, []string{"!contradicts", "not fresh"}},
		"flag fresh":      {[]string{headLine + assignM1}, "@0 --fresh", exitFail, []string{"contradicts itself"}},
		"flag not fresh":  {[]string{freshLine + assignM1}, "@0 --fresh=false", exitPass, []string{"no anomaly"}},
		"nothing":         {nil, "", exitUsage, []string{"no history given"}},
		"twice":           {[]string{headLine}, "@0 @0", exitUsage, []string{"given twice"}},
		"killed":          {[]string{headLine + wrongM1 + `{"us":9,"eve`}, "@0", exitFail, []string{"note: ", "h0.jsonl: line 6, column 13: the last line is cut off", "left out", "ANOMALY"}},
		"two processes":   {[]string{headLine + wrongM1, headLine + other}, "@0 @1", exitFail, []string{"8 events of 2 processes", "h0.jsonl:5)", "h1.jsonl:5)", "taken as exact"}},
		"two clocks":      {[]string{headLine + wrongM1, headLine + other}, "@0 @1 --skew 50ms", exitFail, []string{"judged 5 times", "h0.jsonl:5)", "h1.jsonl:5)"}},
		"one began":       {[]string{began("7") + wrongM1, headLine + other}, "@0 @1", exitUsage, []string{"says when it began (began_us)", "h1.jsonl does not"}},
		"one name":        {[]string{headLine + wrongM1, headLine + wrongM1}, "@0 @1", exitUsage, []string{"client m1 is in ", "give each process a name of its own"}},
		"two lives":       {[]string{began("100") + startM1 + assignM1, began("900") + startM1 + assignM1}, "@1 @0", exitPass, []string{"4 events of 1 process,"}},
		"bounds differ":   {[]string{bound("5"), bound("6")}, "@0 @1", exitUsage, []string{"lag_bound_us 6, that of another history 5; decide it with --lag-bound"}},
		"bound decided":   {[]string{bound("5"), strings.ReplaceAll(bound("6"), "m1", "m2")}, "@0 @1 --lag-bound 3s", exitPass, []string{"no anomaly"}},
		"negative bound":  {[]string{headLine}, "@0 --lag-bound -3s", exitUsage, []string{"cannot be negative"}},
		"bad bound":       {[]string{headLine}, "@0 --lag-bound soon", exitUsage, []string{"soon"}},
		"negative skew":   {[]string{headLine}, "@0 --skew -3s", exitUsage, []string{"--skew -3s"}},
		"damaged gzip":    {[]string{"\x1f\x8b\x08\x00"}, "@0", exitUsage, []string{"gzip file is cut off or damaged"}},
		"ends of two":     {[]string{headLine + startM1 + `{"us":1,"event":"end"}` + "\n", headLine + strings.ReplaceAll(startM1+assignM1, "m1", "m2")}, "@0 @1", exitPass, []string{"!contradicts", "!no end event"}},
		"not ended":       {[]string{headLine + startM1}, "@0", exitPass, []string{"no end event"}},
		"ended":           {[]string{headLine + startM1}, "@0 --ended", exitPass, []string{"!no end event"}},
	} {
		t.Run(name, v.run)
	}
}

// The flags have the effect that settings in the header have.
func TestVerifySettings(t *testing.T) {
	// A commit that was refused, and the next reader begins after it: rightly so
	// only if the client may have sent it twice.
	events := startM1 + assignM1 + `{"us":2,"event":"commit","client":"m1","group":"g","generation":1,"op":1,"partitions":[{"topic":"t","partition":0,"offset":5}]}
{"us":3,"event":"commit-done","client":"m1","group":"g","op":1,"error":"ILLEGAL_GENERATION"}
{"us":4,"event":"fetch-offsets","client":"m1","group":"g","op":2,"partitions":[{"topic":"t","partition":0}]}
{"us":5,"event":"offsets-told","client":"m1","group":"g","op":2,"partitions":[{"topic":"t","partition":0,"offset":5}]}
`
	verifyCase{[]string{freshLine + events}, "@0", exitFail, []string{"ANOMALY commit-lost"}}.run(t)
	verifyCase{[]string{freshLine + events}, "@0 --hidden-retries", exitPass, []string{"no anomaly"}}.run(t)
	header := `{"groundhog-history":3,"fresh":true,"settings":{"hidden_retries":true}}` + "\n"
	verifyCase{[]string{header + events}, "@0", exitPass, []string{"no anomaly"}}.run(t)
	verifyCase{[]string{header + events}, "@0 --hidden-retries=false", exitFail, []string{"ANOMALY commit-lost"}}.run(t)
	verifyCase{[]string{headLine + events}, "@0", exitPass, []string{"no anomaly", "not checked: commit-lost"}}.run(t)
}

// What hangs on which of two processes came first is not said when their
// clocks may differ by more.
func TestVerifySkew(t *testing.T) {
	one := freshLine + startM1 + assignM1 + `{"us":100,"event":"commit","client":"m1","group":"g","generation":1,"op":1,"partitions":[{"topic":"t","partition":0,"offset":5}]}
{"us":110,"event":"commit-done","client":"m1","group":"g","op":1}
`
	two := freshLine + `{"us":50,"event":"started","client":"m2"}
{"us":90,"event":"assigned","client":"m2","group":"g","member":"b","generation":2,"partitions":[{"topic":"t","partition":0,"offset":-1}]}
`
	files := []string{one, two}
	verifyCase{files, "@0 @1", exitFail, []string{"ANOMALY zombie-commit-accepted"}}.run(t)
	verifyCase{files, "@0 @1 --skew 5us", exitFail, []string{"ANOMALY zombie-commit-accepted"}}.run(t)
	verifyCase{files, "@0 @1 --skew 50us", exitPass, []string{"depends on exact clocks: zombie-commit-accepted", "!ANOMALY", "!\nno anomaly\n"}}.run(t)
}

func TestVerifyInputs(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(headLine + wrongM1))
	z.Close()
	verifyCase{[]string{packed.String()}, "@0", exitFail, []string{"ANOMALY processing-after-revoke", "h0.jsonl:5)"}}.run(t)
	for name, text := range map[string]string{"plain": headLine + wrongM1, "gzip": packed.String()} {
		c := command()
		var out bytes.Buffer
		c.SetIn(strings.NewReader(text))
		c.SetOut(&out)
		c.SetArgs([]string{"verify", "--json", "-"})
		if code := exitCode(c.Execute()); code != exitFail {
			t.Errorf("%s on standard input: exit %d", name, code)
		}
		var got struct {
			Verdict   string
			Anomalies []struct{ Name, At string }
			Counts    map[string]int
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Verdict != "fail" || len(got.Anomalies) != 1 ||
			got.Anomalies[0].At != "standard input:5" || got.Counts["processing-after-revoke"] != 1 {
			t.Errorf("%s: %v: %s", name, err, &out)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "groundhog-history-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A history that a run writes is judged as the run was.
func TestVerifyAgreesWithRun(t *testing.T) {
	history := filepath.Join(t.TempDir(), "h.jsonl")
	if code, _, errs := call(t, "run", "B08-crash", "--history", history); code != exitPass {
		t.Fatalf("exit %d: %s", code, errs)
	}
	verifyCase{nil, history, exitPass, []string{"no anomaly", "!not fresh", "!no bound"}}.run(t)
}
