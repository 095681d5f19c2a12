package realkafka
import ("testing";"fmt";"github.com/groundhogsim/groundhog/model";"github.com/groundhogsim/groundhog/scenarios")
func TestSimDump(t *testing.T) {
	for _, p := range plays { if p.name != "zombie-new-generation" { continue }
		tr, _ := trialOf(p.scenario(), 1)
		o, err := scenarios.Simulate(tr, scenarios.Play{History: func(e *model.Event) { if e.At > 13900000 && e.At < 18500000 { fmt.Printf("%8.3f %s\n", float64(e.At)/1e6, show(e)) } }})
		fmt.Println(err); for _, f := range o.Findings { fmt.Println(f.Name, f.Text) }
	}
}
