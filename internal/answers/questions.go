package answers

// question is what people ask, and the rows whose claims answer it.
type question struct {
	text    string
	refs    []string
	picture string // beside the page, without its ending
	caption string
}

var questions = []question{
	{"Are the partitions of a failed member reassigned within the session timeout?", []string{"B09"}, "plots/rebalance-latency", "From an owner's stop to the new owners of its partitions"},
	{"What does a rebalance do to latency?", []string{"C11", "C06", "A23"}, "plots/latency-around-rebalance", "End-to-end latency around a rebalance"},
	{"Does cooperative rebalancing disturb less?", []string{"A23", "B10"}, "plots/stop-the-world", "What stands still, for each member"},
	{"Auto-commit or commits by hand?", []string{"C04", "C12", "C10"}, "plots/duplicates-by-interval", "Duplicates against the commit interval"},
	{"What comes again when a consumer crashes before it commits?", []string{"C14", "E06", "E07"}, "", ""},
	{"Do more consumers mean more throughput?", []string{"C02", "B01", "E03"}, "plots/throughput", "Throughput against consumers"},
	{"Will all messages for the same patient go to the same consumer?", []string{"E09", "E10", "E11"}, "plots/keys-moved", "Keys that move, and keys out of order, from six partitions to eight"},
	{"What is lost when partitions are added?", []string{"E14"}, "plots/late-start-loss", "Records lost against reset policy and discovery interval"},
	{"Where does a consumer begin without a committed offset?", []string{"C08", "E23"}, "", ""},
	{"Which assignor makes the tutorial's examples true?", []string{"E01", "E02", "E03", "E13", "A21", "A22"}, "", ""},
	{"How does Flink go with Kafka's offsets?", []string{"A27", "A30"}, "", ""},
	{"Which cache?", []string{"E19"}, "", ""},
	{"Does the printed order of the sample messages mean anything?", []string{"E22"}, "", ""},
}

// questions answers each by the claims of its rows.
func (p *page) questions() {
	p.say("\n## Questions\n")
	for _, q := range questions {
		p.say("\n### %s\n\n", q.text)
		for _, ref := range q.refs {
			for _, c := range p.about(ref) {
				p.say("- “%s” (%s): **%s**. %s — %s\n", c.Text, c.Ref, c.Ruling, c.Number, c.command())
			}
		}
		if q.picture != "" {
			p.say("\n![%s](%s.svg)\n", q.caption, q.picture)
		}
	}
}
