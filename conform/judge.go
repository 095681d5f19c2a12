package conform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// Mismatch is one thing that the subject and the model do not agree on.
type Mismatch struct {
	Step    int    // after or in which it shows; the number of steps for the records
	Line    string // the step's
	Kind    string // what differs, without values: mismatches of one kind have one cause, most likely
	Subject string
	Model   string
}

func (m Mismatch) String() string {
	return fmt.Sprintf("step %d (%s): %s: subject %s, model %s", m.Step+1, m.Line, m.Kind, m.Subject, m.Model)
}

// Verdict is what came of comparing one recording with the model.
type Verdict struct {
	Mismatches []Mismatch
	// Close tells that a step came so near to a timer of the model that the
	// broker may have seen them the other way round; a mismatch then says
	// nothing. Empty when none did.
	Close string
	// Doubtful tells that the first mismatch shows soon after a timer: the
	// broker may have stood still for a while. If it comes again it is real.
	Doubtful bool
	Coverage Coverage
}

// Late tells that a verdict says nothing: something differs, and time may be
// the reason.
func (v *Verdict) Late() bool { return len(v.Mismatches) > 0 && v.Close != "" }

// The margins of times. A timer of the model runs from when a request went
// out, the broker's from when it came to it.
const (
	slack      = 15 * sim.Millisecond  // of the broker's timers
	tolerance  = 250 * sim.Millisecond // by which an answer may come later than the model's
	standstill = sim.Second            // longer than a broker stands still
	early      = 2 * sim.Millisecond   // by which a timer may go off sooner: both round
)

// Judge gives what a subject was sent to the model, at the times at which it
// was sent, with the member ids that the subject drew, and compares.
func Judge(s *Script, r *Recording) (*Verdict, error) {
	set := Settings()
	if r.NoInitialDelay {
		set.GroupInitialRebalanceDelayMs = 0
	}
	w, err := newWorld(s, names{r.Tag}, set, nil)
	if err != nil {
		return nil, err
	}
	j := &judging{script: s, recording: r, world: w, cast: newCast(), verdict: &Verdict{Coverage: Coverage{}}}
	for i := range s.Steps {
		if err := j.step(i); err != nil {
			return nil, err
		}
	}
	if err := j.end(); err != nil {
		return nil, err
	}
	if err := j.answers(); err != nil {
		return nil, err
	}
	if r.HasRecords {
		j.records()
	}
	j.closeCalls()
	j.doubts()
	return j.verdict, nil
}

type judging struct {
	script    *Script
	recording *Recording
	world     *world
	cast      cast
	learned   int        // of the recording's answers
	armed     []sim.Time // by step: when the model's next timer was due after it
	verdict   *Verdict
	seen      []*coverage // by step: where a request found the group
	unseen    []bool      // by step: a group may be visible or not
}

func (j *judging) mismatch(step int, kind, subject, model string) {
	m := Mismatch{Step: step, Kind: kind, Subject: j.readable(subject), Model: j.readable(model)}
	if step < len(j.script.Steps) {
		m.Line = j.script.Steps[step].String()
	}
	j.verdict.Mismatches = append(j.verdict.Mismatches, m)
}

// readable puts the members' names in the place of their ids, and the script's
// names in that of their real ones.
func (j *judging) readable(text string) string {
	if j.recording.Tag != "" {
		text = strings.ReplaceAll(text, "-"+j.recording.Tag, "")
	}
	return text
}

// step gives one request to the model, or lets time pass, and compares what
// the group looks like after it.
func (j *judging) step(i int) error {
	for ; j.learned < len(j.recording.Answers) && j.recording.Answers[j.learned].Step < i; j.learned++ {
		a := &j.recording.Answers[j.learned]
		j.cast.learn(j.script.Steps[a.Request].Who, a.Answer)
	}
	w, step := j.world, j.script.Steps[i]
	var cell *coverage
	if step.Verb != verbWait {
		if err := w.advance(j.recording.Sent[i]); err != nil {
			return err
		}
		request, err := build(step, j.cast, w.names, i)
		if err != nil {
			return err
		}
		if id := j.drawnID(i, request); id != "" {
			if err := w.giveID(id); err != nil {
				return err
			}
		}
		cell = w.cell(request)
	}
	j.seen = append(j.seen, cell)
	if err := playStep(w, j.cast, i, step, j.recording.Sent[i]); err != nil {
		return err
	}
	next, ok := w.nextTimer()
	if !ok {
		next = sim.Never
	}
	j.armed = append(j.armed, next)
	j.unseen = append(j.unseen, w.ambiguous())
	if p := j.recording.Probes[i]; p.Name != "" {
		model, err := w.describe()
		if err != nil {
			return err
		}
		unseen, ok := w.unseen(model)
		if !ok || !slices.Equal(p.Fields, unseen.Fields) {
			j.compare(i, "state", p, model)
		}
	}
	return nil
}

// end lets the model's time pass until the last answer came: a timer may have
// brought it.
func (j *judging) end() error {
	end := j.recording.Done[len(j.script.Steps)-1]
	last := end
	for _, a := range j.recording.Answers {
		last = max(last, a.At)
	}
	if last == end {
		return nil
	}
	fired := len(j.world.fired)
	if err := j.world.advance(last); err != nil {
		return err
	}
	if len(j.world.fired) > fired {
		j.close("a timer was due at %s, after the last step", j.world.fired[fired])
	}
	return nil
}

// drawnID is the member id that the subject drew for the join of a step, as far
// as it told: in the answer, or in what the group looked like after the step.
func (j *judging) drawnID(i int, request api.Request) string {
	r, ok := request.(*api.JoinGroupRequest)
	if !ok || r.MemberID != api.NoMember {
		return ""
	}
	for _, a := range j.recording.Answers {
		if a.Request != i {
			continue
		}
		if id, _, _ := a.Answer.joined(); a.Answer.Name == "JoinGroup" && id != "" {
			return id
		}
	}
	base := r.ClientID
	if r.GroupInstanceID != "" {
		base = r.GroupInstanceID
	}
	before := map[string]bool{}
	if i > 0 {
		for _, id := range memberIDs(j.recording.Probes[i-1]) {
			before[id] = true
		}
	}
	for _, id := range memberIDs(j.recording.Probes[i]) {
		if strings.HasPrefix(id, base+"-") && !before[id] {
			return id
		}
	}
	return ""
}

// memberIDs are those that a description of a group names.
func memberIDs(a Answer) (ids []string) {
	for _, f := range a.Fields {
		if strings.HasSuffix(f.Path, ".MemberID") {
			ids = append(ids, strings.Trim(f.Value, `"`))
		}
	}
	return ids
}

// compare compares two answers, field by field.
func (j *judging) compare(step int, what string, subject, model Answer) {
	if subject.Name != model.Name {
		j.mismatch(step, what, subject.Name, model.Name)
		return
	}
	theirs := map[string]string{}
	for _, f := range subject.Fields {
		theirs[f.Path] = f.Value
	}
	for _, f := range model.Fields {
		v, ok := theirs[f.Path]
		delete(theirs, f.Path)
		switch {
		case !ok:
			j.mismatch(step, j.kind(what, f.Path), "has no such field", f.Value)
		case v != f.Value:
			j.mismatch(step, j.kind(what, f.Path), v, f.Value)
		}
	}
	for _, f := range subject.Fields {
		if v, ok := theirs[f.Path]; ok {
			j.mismatch(step, j.kind(what, f.Path), v, "has no such field")
		}
	}
}

// kind names what differs: numbers in paths are no part of it.
func (j *judging) kind(what, path string) string {
	var b strings.Builder
	b.WriteString(what)
	b.WriteByte(' ')
	in := false
	for _, c := range path {
		switch {
		case c == '[':
			in = true
			b.WriteString("[…]")
		case c == ']':
			in = false
		case !in:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// answers compares which requests were answered while which step ran, and how.
func (j *judging) answers() error {
	theirs := map[int]*Given{}
	for i := range j.recording.Answers {
		theirs[j.recording.Answers[i].Request] = &j.recording.Answers[i]
	}
	for _, a := range j.world.given {
		ours, err := j.world.taken(a)
		if err != nil {
			return err
		}
		g := theirs[a.request]
		delete(theirs, a.request)
		j.verdict.Coverage.add(j.seen[a.request], ours, a.request)
		name := j.script.Steps[a.request].Verb
		switch {
		case g == nil:
			j.mismatch(a.step, name+" unanswered", "no answer", ours.Answer.String())
		case g.Step != a.step:
			j.mismatch(min(g.Step, a.step), name+" answered at another step",
				fmt.Sprintf("step %d: %s", g.Step+1, g.Answer), fmt.Sprintf("step %d: %s", a.step+1, ours.Answer))
		case slices.Contains(viewers, name) && j.unseen[a.request]:
		default:
			j.compare(a.request, "answer to "+name, g.Answer, ours.Answer)
			if g.At > a.at+tolerance || g.At < a.at-early {
				j.close("%s was answered at %s, by the model at %s", j.script.Steps[a.request], g.At, a.at)
			}
		}
	}
	for _, g := range j.recording.Answers {
		if theirs[g.Request] != nil {
			j.mismatch(g.Step, j.script.Steps[g.Request].Verb+" answered", g.Answer.String(), "no answer")
		}
	}
	for i, c := range j.seen {
		j.verdict.Coverage.parked(c, i, j.world.given)
	}
	return nil
}

// viewers are the requests that see what the high watermark covers.
var viewers = []string{"describe-groups", "list-groups"}

// records compares what was written of the group.
func (j *judging) records() {
	end := len(j.script.Steps)
	theirs, ours := inOrder(j.recording.Records), inOrder(j.world.records())
	for i := range max(len(theirs), len(ours)) {
		switch {
		case i >= len(theirs):
			j.mismatch(end, "record missing", "nothing", ours[i].String())
		case i >= len(ours):
			j.mismatch(end, "record too many", theirs[i].String(), "nothing")
		default:
			j.compare(end, "record", theirs[i], ours[i])
		}
	}
}

// inOrder sorts tombstones of offsets that stand together: a group's deletion
// writes them in the order of a hash table.
func inOrder(records []Answer) []Answer {
	records = slices.Clone(records)
	isTombstone := func(a Answer) bool { return strings.HasPrefix(a.Name, tombstoneOf+"offset") }
	for i := 0; i < len(records); i++ {
		from := i
		for i < len(records) && isTombstone(records[i]) {
			i++
		}
		slices.SortFunc(records[from:i], func(a, b Answer) int { return strings.Compare(a.Name, b.Name) })
	}
	return records
}

func (j *judging) close(format string, args ...any) {
	if j.verdict.Close == "" {
		j.verdict.Close = fmt.Sprintf(format, args...)
	}
}

// doubts looks whether the first mismatch may come of a broker that stood still.
func (j *judging) doubts() {
	if len(j.verdict.Mismatches) == 0 {
		return
	}
	step := j.verdict.Mismatches[0].Step
	for _, m := range j.verdict.Mismatches {
		step = min(step, m.Step)
	}
	sent := j.recording.Sent[min(step, len(j.recording.Sent)-1)]
	j.verdict.Doubtful = slices.ContainsFunc(j.world.fired, func(at sim.Time) bool { return at > sent-standstill && at < sent+slack })
}

// closeCalls looks for steps that came too near to a timer.
func (j *judging) closeCalls() {
	margin := sim.Time(0)
	for i := range j.recording.Sent {
		margin = max(margin, j.recording.Done[i]-j.recording.Sent[i])
	}
	margin += slack
	for i, sent := range j.recording.Sent {
		if next := j.armed[i]; next != sim.Never && next < j.recording.Done[i]+slack {
			j.close("step %d took until %s, a timer was due at %s", i+1, j.recording.Done[i], next)
		}
		for _, at := range j.world.fired {
			if at > sent-margin && at < sent+slack {
				j.close("step %d came at %s, a timer was due at %s", i+1, sent, at)
			}
		}
	}
	for i, at := range j.world.fired {
		if i > 0 && at-j.world.fired[i-1] < margin && at != j.world.fired[i-1] {
			j.close("timers were due at %s and %s", j.world.fired[i-1], at)
		}
	}
}
