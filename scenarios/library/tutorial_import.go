package library

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/records"
	"github.com/groundhogsim/groundhog/sim"
)

// E22 and E24: the tutorial's sample messages: how their file must be read, and
// in which orders they can come out.

// sample is the tutorial's kind of file: a comment, then a key, a colon, and
// JSON that is full of colons.
//
//go:embed testdata/locations.jsonl
var sample string

func samples() []*scenarios.Scenario {
	return []*scenarios.Scenario{importing(), printedOrder()}
}

// importing is E24: what loaders make of the file, right and wrong ones.
func importing() *scenarios.Scenario {
	return &scenarios.Scenario{Name: "E24", Title: "locations.jsonl has a comment, and colons in its JSON: what loaders make of it", Refs: []string{"E24"}, Expect: scenarios.Hold,
		Cases: []scenarios.Case{
			{Row: "first separator, comments told", Facts: rightLoader},
			{Row: "split at every separator", Facts: func() ([]scenarios.Fact, error) {
				return loaded(func(line string) (key, value string) {
					parts := strings.Split(line, ":")
					return parts[0], parts[1]
				}, "# patientId 123 456 123", "0 of 4"), nil
			}},
			{Row: "split at the last separator", Facts: func() ([]scenarios.Fact, error) {
				return loaded(func(line string) (key, value string) {
					at := strings.LastIndex(line, ":")
					return line[:at], line[at+1:]
				}, `# patientId 123:{"patientId":"123","room":"A12","at":"2026-01-01T08:00 456:{"patientId":"456","room":"B07","at":"2026-01-01T08:01 123:{"patientId":"123","room":"C03","at":"2026-01-01T08:02`, "0 of 4"), nil
			}},
			// LineMessageReader: the first separator, and no comments.
			{Row: "kafka-console-producer", Facts: func() ([]scenarios.Fact, error) {
				return loaded(func(line string) (key, value string) {
					key, value, _ = strings.Cut(line, ":")
					return key, value
				}, "# patientId 123 456 123", "3 of 4"), nil
			}},
		},
		Claims: []scenarios.Claim{{Ref: "E24", Text: "locations.jsonl can be piped into the producer with key.separator=:", Expect: scenarios.Qualified, After: 4,
			Judge: func(r *scenarios.Result) (scenarios.Ruling, string) {
				right, console := r.Cases[0].Facts, r.Cases[3].Facts
				ruling := scenarios.Qualified
				if console[0].Got == right[0].Got {
					ruling = scenarios.Confirmed
				}
				return ruling, fmt.Sprintf("kafka-console-producer splits at the first separator and knows no comments: it sends the keys %s (values that are JSON: %s); without its comment line the file gives %s; a loader that splits at every colon leaves %s values whole",
					console[0].Got, console[1].Got, right[0].Got, r.Cases[1].Facts[1].Got)
			}}}}
}

func rightLoader() ([]scenarios.Fact, error) {
	got, skipped, err := records.Read(strings.NewReader(sample), records.Format{Comments: records.Skip, JSON: true})
	if err != nil {
		return nil, err
	}
	_, _, rejected := records.Read(strings.NewReader(sample), records.Format{JSON: true})
	return append(keysAndValues(got, "123 456 123", "3 of 3"),
		scenarios.Fact{Name: "lines skipped", Got: fmt.Sprint(skipped), Want: "[1]"},
		scenarios.Fact{Name: "told where comments are not to be skipped", Got: fmt.Sprint(rejected),
			Want: "line 1, column 1: this is a comment, which is no record; take it out, or set comments to skip"}), nil
}

// loaded is what a loader makes of the sample that takes every line for a
// record.
func loaded(split func(line string) (key, value string), keys, whole string) []scenarios.Fact {
	var got []records.Record
	for line := range strings.Lines(sample) {
		key, value := split(strings.TrimSuffix(line, "\n"))
		got = append(got, records.Record{Key: key, Value: value})
	}
	return keysAndValues(got, keys, whole)
}

func keysAndValues(got []records.Record, keys, whole string) []scenarios.Fact {
	var ks []string
	valid := 0
	for _, r := range got {
		ks = append(ks, r.Key)
		if json.Valid([]byte(r.Value)) {
			valid++
		}
	}
	return []scenarios.Fact{{Name: "keys", Got: strings.Join(ks, " "), Want: keys},
		{Name: "values that are JSON", Got: fmt.Sprintf("%d of %d", valid, len(got)), Want: whole}}
}

// NoMerge: what was printed is no merge of what was sent, partition by
// partition.
const NoMerge = "no-merge"

// placeOf456 tells the three merges of 123, 456, 123 apart.
const placeOf456 = "place of 456 among the three"

// printedOrder is E22: three messages, of which two have one key, read by one
// consumer: 123 and 456 are in different partitions.
func printedOrder() *scenarios.Scenario {
	given, _, _ := records.Read(strings.NewReader(sample), records.Format{Comments: records.Skip}) // E24 tells of errors
	s := &scenarios.Scenario{Name: "E22", Title: "messages 123, 456, 123: the orders in which they can be printed", Refs: []string{"E22"}, Expect: scenarios.Hold}
	for i, row := range []string{"one broker", "two brokers"} {
		c := scenarios.Case{Row: row, Runs: 60, Spec: orderSpec(given, 1+i)}
		if i == 0 {
			c = onKafkaToo(c)
		}
		s.Cases = append(s.Cases, c)
	}
	for place, name := range []string{"456 first", "as sent", "456 last"} {
		s.Sometimes = append(s.Sometimes, scenarios.Sometimes{Name: name, After: 120, Seen: func(o *scenarios.Outcome) bool {
			n := o.Number(placeOf456)
			return len(n) == 1 && n[0] == int64(place+1)
		}})
	}
	s.Claims = []scenarios.Claim{{Ref: "E22", Text: "messages are printed in the order in which they were sent", Expect: scenarios.Qualified, After: 120, Judge: judgeOrder}}
	return s
}

func judgeOrder(r *scenarios.Result) (scenarios.Ruling, string) {
	ruling, text := scenarios.Qualified, ""
	other, runs := 0, 0
	for _, c := range r.Cases {
		m := c.Measure(placeOf456)
		first, last := m.N-m.Above(1), m.Above(2)
		other, runs = other+first+last, runs+m.N
		text += fmt.Sprintf("; with %s %d as sent, %d with 456 first, %d with 456 last", c.Row, m.N-first-last, first, last)
	}
	switch {
	case runs < r.Seeds:
		ruling = scenarios.Refuted
	case other == 0:
		ruling = scenarios.Confirmed
	}
	return ruling, fmt.Sprintf("123 is in P5 and 456 in P2 of 6, so three orders are possible: in %d runs the two of 123 stayed in order%s", runs, text)
}

// orderSpec sends the three messages while the consumer reads or, in half of
// the runs, before it starts.
func orderSpec(given []records.Record, brokers int) scenarios.Spec {
	spec := oneReader(6, atOnce)
	spec.Topics[0].Name, spec.Brokers = "locations", brokers
	spec.Load = scenarios.Load{Records: given, Every: 4 * time.Millisecond, From: 3 * time.Second, MetadataMaxAge: time.Second}
	spec.Promise = spec.Promise.Forbidding("a merge of what was sent", NoMerge)
	spec.Warmup, spec.Faulty = 3*time.Second, 3*time.Second
	spec.Script = func(p *scenarios.Planner) {
		p.At(time.Duration(p.Pick("late", 0, 2))*4*time.Second, sim.Start, "m1")
	}
	spec.Gauges = []scenarios.Gauge{following(placeOf456, "place", (*trail).place)}
	spec.Assert = func(o *scenarios.Outcome) []scenarios.Finding {
		if n := o.Number(placeOf456); len(n) != 1 {
			return []scenarios.Finding{{Name: NoMerge, Client: "m1", TopicPartition: model.TopicPartition{Topic: "locations", Partition: 5}, Text: "the two messages of 123 were not printed once each, in order, with 456 once somewhere"}}
		}
		return nil
	}
	return spec
}

// place is where 456 stands among the three messages; none if they are no merge
// of what was sent.
func (t *trail) place() []int64 {
	at, last := int64(0), int64(-1)
	for i, s := range t.steps {
		switch {
		case s.key == "456" && at == 0:
			at = int64(i + 1)
		case s.key == "123" && s.offset == last+1:
			last = s.offset
		default:
			return nil
		}
	}
	if at == 0 || last != 1 {
		return nil
	}
	return []int64{at}
}
