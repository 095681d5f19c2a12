package client_test

import (
	"testing"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// BenchmarkRecords takes a million records through a cooperative group of two
// members that poll, work for a millisecond and commit.
func BenchmarkRecords(b *testing.B) {
	for _, profile := range []client.Profile{client.Franz, client.Java} {
		b.Run(string(profile), func(b *testing.B) {
			for b.Loop() {
				const records = 1_000_000
				polled := int64(0)
				s := buildDataWorld(b, &dataOptions{profile: string(profile), reset: "earliest", acks: "all", assignor: "cooperative-sticky",
					partitions: 12, brokers: 1, max: 5000, work: 1, commit: "sync", loop: true, records: records, per: 5000, every: 10})
				s.watch = func(e *model.Event) {
					if e.Kind == model.Polled {
						polled += e.To - e.From
					}
				}
				for _, n := range []string{"b0", "p1", "m1", "m2"} {
					a, err := s.names.Parse("start " + n)
					if err == nil {
						err = s.world.Apply(0, a)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				if _, err := sim.Drive(s.world, &sim.TimedDriver{Until: 20 * sim.Second}, 10_000_000, nil); err != nil {
					b.Fatal(err)
				}
				if polled != records {
					b.Fatalf("%d of %d records were polled", polled, records)
				}
			}
		})
	}
}
