package realkafka

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

// Markdown is the page of both worlds: a scenario a line, each number of the
// simulation before Kafka's. why explains rows that disagree, by scenario.
func Markdown(rows []Row, version string, why map[string]string) string {
	var b strings.Builder
	agree := 0
	for _, r := range rows {
		if r.Agree() {
			agree++
		}
	}
	fmt.Fprintf(&b, "# The same scenarios on Apache Kafka\n\n"+
		"Written by `make docs-kafka`: every scenario and case that can run on a real broker, once in\n"+
		"the simulation and once on Apache Kafka %s with franz-go's own clients, under the same plan\n"+
		"and the same judge. Numbers are of one run each, the simulation's before Kafka's; in real time\n"+
		"they differ from run to run where luck has a part. A test plays a part of the rows in `make test`;\n"+
		"a verdict that differs fails. %d of %d rows agree.\n\n", version, agree, len(rows))
	b.WriteString("| scenario | verdict | rebalances | lost | again | longest takeover | measured | anomalies |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		mark := ""
		if !r.Agree() {
			mark = " **differ**"
			if text := why[r.Scenario]; text != "" {
				mark += ": " + text
			}
		}
		fmt.Fprintf(&b, "| %s | %s, %s%s | %d, %d | %d, %d | %d, %d | %s | %s | %s |\n", strings.ReplaceAll(r.Scenario, "|", "\\|"),
			orDash(string(r.Sim.Verdict)), orDash(string(r.Kafka.Verdict)), mark, r.Sim.Rebalances, r.Kafka.Rebalances,
			r.Sim.Lost, r.Kafka.Lost, r.Sim.Duplicates, r.Kafka.Duplicates, takeovers(r), measured(r),
			both(strings.Join(r.Sim.Anomalies, " "), strings.Join(r.Kafka.Anomalies, " ")))
	}
	return b.String()
}

func takeovers(r Row) string {
	if r.Sim.Takeover == 0 && r.Kafka.Takeover == 0 {
		return "–"
	}
	return fmt.Sprintf("%v, %v", r.Sim.Takeover.Round(10*time.Millisecond), r.Kafka.Takeover.Round(10*time.Millisecond))
}

// both writes one word where the worlds agree.
func both(sim, kafka string) string {
	if sim == kafka {
		return orDash(sim)
	}
	return orDash(sim) + "; Kafka " + orDash(kafka)
}

// measured are the medians of the Spec's gauges.
func measured(r Row) string {
	var out []string
	for _, m := range r.Sim.Numbers {
		for _, k := range r.Kafka.Numbers {
			if k.Name == m.Name && (m.N > 0 || k.N > 0) {
				out = append(out, fmt.Sprintf("%s %s, %s", m.Name, median(m), median(k)))
			}
		}
	}
	return orDash(strings.Join(out, "; "))
}

func median(m *scenarios.Measured) string {
	if m.N == 0 {
		return "–"
	}
	v := m.P50
	if m.Unit == "µs" {
		v = v / 1000 * 1000
	}
	return scenarios.Quantity(v, m.Unit)
}
