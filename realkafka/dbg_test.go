package realkafka

import (
	"fmt"
	"github.com/groundhogsim/groundhog/model"
	"os"
)

func init() {
	debugDump = func(name string, ev []model.Event) {
		f, _ := os.Create(os.Getenv("DUMP") + "-" + name + ".txt")
		defer f.Close()
		for i := range ev {
			fmt.Fprintf(f, "%5d %8.3f %s\n", i, float64(ev[i].At)/1e6, show(&ev[i]))
		}
	}
}
func show(e *model.Event) string {
	s := fmt.Sprintf("%-14s %s", e.Kind, e.Client)
	if e.Topic != "" {
		s += fmt.Sprintf(" %v [%d %d)", e.TopicPartition, e.From, e.To)
	}
	if e.Generation != 0 {
		s += fmt.Sprintf(" g%d", e.Generation)
	}
	for _, p := range e.Partitions {
		s += fmt.Sprintf(" %d:%d", p.Partition, p.Offset)
	}
	if e.Op != 0 {
		s += fmt.Sprintf(" op%d", e.Op)
	}
	if len(e.Members) > 0 {
		s += fmt.Sprint(e.Members)
	}
	return s + " " + e.Error + " " + e.Cause
}
