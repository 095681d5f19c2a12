package scenarios

// Expect says what a scenario must do to pass.
type Expect string

// Hold: no forbidden anomaly on any seed. Fail: the named anomaly on at least
// one of the first FailWithin seeds.
const (
	Hold Expect = "hold"
	Fail Expect = "fail"
)

// FailWithin is how many seeds a scenario that must fail has for it.
const FailWithin = 20

// Scenario is a named Spec with what is expected of it, or an enumeration of
// cases.
type Scenario struct {
	Name    string
	Title   string   // one line
	Refs    []string // ids of the requirements that it answers
	Expect  Expect
	Anomaly string // that a Fail scenario must show
	Spec    Spec
	// Cases, where given, are run in place of Spec: each as often as it says,
	// whatever number of seeds is asked for.
	Cases []Case
	// Claims are what documents say, and what becomes of it.
	Claims []Claim
	// Sometimes are states that a campaign must reach.
	Sometimes []Sometimes
	// Seeds is how many a bare check runs.
	Seeds int
	// OnKafka gives the Spec for a real cluster, with shorter times; nil when
	// the scenario cannot run there.
	OnKafka func() Spec
}

// Sometimes is a state that a campaign must reach, from a number of seeds on.
type Sometimes struct {
	Name  string
	After int // seeds
	Seen  func(*Outcome) bool
}

// Verdict is pass or fail.
type Verdict string

// The verdicts.
const (
	Passed Verdict = "pass"
	Failed Verdict = "fail"
)
