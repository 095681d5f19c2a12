package library

import (
	"fmt"
	"testing"
	"time"

	"github.com/groundhogsim/groundhog/scenarios"
)

func TestZZMatrix(t *testing.T) {
	for _, s := range jobsMatrix() {
		begun := time.Now()
		c := &scenarios.Campaign{Scenarios: []*scenarios.Scenario{s}, Seed: 1, Workers: 1}
		r, err := c.Run(t.Context())
		if err != nil {
			t.Fatal(s.Name, err)
		}
		fmt.Println(s.Name, r[0].Verdict, len(r[0].Cases), time.Since(begun), r[0].Anomalies)
		for _, c := range r[0].Cases {
			fmt.Printf("  %-22s %-14s %v", c.Row, c.Column, c.Anomalies)
			for _, m := range c.Measures {
				fmt.Printf(" | %s %v", m.Name, m)
			}
			fmt.Println()
		}
		for _, c := range r[0].Claims {
			fmt.Println("  ", c)
		}
	}
}
