package answers

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/library"
)

// flinkQuestion is what people ask about checkpointing jobs and Kafka's offsets.
// Its answer stands only while the scenarios of its rows pass.
type flinkQuestion struct {
	text, answer string
	refs         []string
}

var flinkQuestions = []flinkQuestion{
	{"Where does a source go on after a failure?",
		"At the offsets in the latest completed checkpoint. What the group has committed does not matter, be it ahead, behind or gone.", []string{"A01", "A27"}},
	{"What are the offsets in Kafka for, then?",
		"For people and their tools: they show how far the job is. A job whose commits all fail goes on, and its state is right.", []string{"A04"}},
	{"When are offsets committed, and which?",
		"When the source hears that a checkpoint is complete: the offsets stored in that one, never where the source is by then. Nothing is committed for aborted checkpoints, nor by Kafka's auto-commit.", []string{"A02", "A03", "A10"}},
	{"What if such a notice is lost, late, or overtaken?",
		"A later checkpoint stands for all before it: an offset of an earlier one is never committed after a later one's.", []string{"A11"}},
	{"What does a snapshot store?",
		"For each partition the offset of the next record that is to be emitted. The last record's offset repeats one record a restart, and the group's committed offset repeats all since the checkpoint before.", []string{"A06", "A07"}},
	{"What of partitions that the checkpoint does not know, or that are gone?",
		"Those that it knows are sought; new ones begin at their first record. A checkpoint that speaks of partitions which do not exist is refused: to go on without would lose what it stands for.", []string{"A08"}},
	{"In which order are partitions restored and read?",
		"First the checkpoint's offsets, then the first fetch. A source that polls before reads from the group's offsets, and counts records twice or loses them.", []string{"A09"}},
	{"Which of a consumer group's settings still count?",
		"With partitions handed out by the job none of a membership's; where a source subscribes, they reach JoinGroup as they were set.", []string{"A05"}},
	{"How far does exactly-once reach?",
		"As far as the state. Outside it takes a sink that makes a result count once however often it is written.", []string{"A30", "E28"}},
}

// Flink is docs/flink-and-offsets.md for a campaign's results (C13).
func Flink(results []*scenarios.Result) (string, error) {
	p := &page{results: results}
	p.say("# Flink and Kafka's offsets\n\n" +
		"Written by `make docs` from a run of all scenarios; CI writes it again and compares. Each\n" +
		"answer stands only while the scenarios below it pass. Every number is of the simulation, and\n" +
		"comes again with the command beside it; what documents claim beside these is in\n" +
		"[answers.md](answers.md), the rules are in [semantics.md](semantics.md).\n")
	for _, q := range flinkQuestions {
		if err := p.flinkQuestion(q); err != nil {
			return "", err
		}
	}
	for _, t := range flinkTables {
		r := p.result(t.of)
		if r == nil {
			return "", fmt.Errorf("there is no result of %s", t.of)
		}
		p.say("\n## %s\n\n%s (`groundhog check %s`)\n\n", t.title, t.text, t.of)
		p.rowsOfText(t.table(r))
	}
	if err := p.mistakes(); err != nil {
		return "", err
	}
	p.say("\n## Every crash point, and who crashes there\n\n" +
		"A cell has what a strike there brings about: how many records are read again, and how many of\n" +
		"them come to be in the state twice; · where nothing restarts. In none is a record lost.\n")
	for _, r := range results {
		if strings.HasPrefix(r.Scenario, "crash-points-") {
			p.crashPoints(r)
		}
	}
	return p.String(), nil
}

// flinkQuestion answers one, from all scenarios that carry its rows' ids.
func (p *page) flinkQuestion(q flinkQuestion) error {
	p.say("\n## %s\n\n%s\n\n", q.text, q.answer)
	for _, ref := range q.refs {
		found, claims := false, ""
		for _, r := range p.results {
			if r.Scenario != ref && !strings.HasPrefix(r.Scenario, ref+"-") {
				continue
			}
			if r.Verdict != scenarios.Passed {
				return fmt.Errorf("%q rests on %s, which does not pass: %v", q.text, r.Scenario, r.Reasons)
			}
			found = true
			p.say("- %s: %s — %s, `groundhog check %s`\n", r.Scenario, titleOf(r), shownBy(r), r.Scenario)
			for _, c := range r.Claims {
				claims += fmt.Sprintf("- “%s” (%s): **%s**. %s\n", c.Text, r.Scenario, c.Ruling, c.Number)
			}
		}
		if !found {
			return fmt.Errorf("%q rests on %s, of which there is no scenario", q.text, ref)
		}
		p.say("%s", claims)
	}
	return nil
}

// titleOf is the title of a result's scenario.
func titleOf(r *scenarios.Result) string {
	s, err := library.One(r.Scenario)
	if err != nil {
		return r.Scenario
	}
	return s.Title
}

// shownBy says in short what a result rests on.
func shownBy(r *scenarios.Result) string {
	if r.Expect == scenarios.Fail {
		return fmt.Sprintf("must fail, and does in %d runs: *%s*", r.Seeds, strings.Join(r.AnomalyNames(), ", "))
	}
	return fmt.Sprintf("holds in %d runs", r.Seeds)
}

// flinkTable is a table of the page.
type flinkTable struct {
	of, title, text string
	table           func(*scenarios.Result) [][]string
}

var flinkTables = []flinkTable{
	{"A27", "Standard consumers and a checkpointing job", "Who reads is struck at the same step of the same poll: records lost, and records that count twice; in brackets how many are read again, and from where.", library.ComparisonTable},
	{"A30", "What a sink makes of it", "A TaskManager or the store is struck between a write and the checkpoint that covers it: results lost, and results that count twice.", library.SinkTable},
	{"E28", "Delivery guarantees", "The same by the names of Flink's DeliveryGuarantee.", library.SinkTable},
}

// crashPoints is one matrix of strikes.
func (p *page) crashPoints(r *scenarios.Result) {
	_, kind, _ := strings.Cut(titleOf(r), ": ")
	p.say("\n### %s (`groundhog check %s`)\n\n", kind, r.Scenario)
	p.rowsOfText(library.CrashTable(r))
	p.say("\n")
	for _, c := range r.Claims {
		p.say("- “%s”: **%s**. %s\n", c.Text, c.Ruling, c.Number)
	}
}

// textTables are enumerations whose cells the library puts in words.
var textTables = map[string]func(*scenarios.Result) [][]string{
	"C04-franz": library.CommitTable, "C04-franz-blocked": library.CommitTable, "C04-java": library.CommitTable,
	"E19": library.CacheTable,
}
