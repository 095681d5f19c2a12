package plots_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/groundhogsim/groundhog/plots"
)

func ExampleCDF() {
	dir, err := os.MkdirTemp("", "charts")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	chart := plots.CDF("Rebalance latency by cause", "from the stop of an owner until every partition has one",
		[]plots.Series{
			{Name: "crash", Values: []float64{23.8, 29.1, 34.8, 36.2, 40.0}},
			{Name: "graceful", Values: []float64{0.5, 2.2, 5.3, 8.1, 10.0}},
		},
		[]plots.Law{
			{Name: "session − heartbeat", Low: 20, High: 20},
			{Name: "session + heartbeat", Low: 40, High: 40},
			{Name: "30 s", Low: 30, High: 30, Claim: true},
		})
	if err := chart.Save(dir, "rebalance-latency"); err != nil {
		panic(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// rebalance-latency.png
	// rebalance-latency.svg
}
