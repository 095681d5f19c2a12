package signs

import (
	"fmt"

	"github.com/groundhogsim/groundhog/model"
)

// thrashing watches for members that are assigned partitions again and again
// and lose them before they have done a single record.
type thrashing struct {
	clients []string // in the order of first mention
	rounds  []int    // assignments in a row that came to nothing
}

// Describe implements model.Monitor.
func (*thrashing) Describe() model.Description {
	return model.Description{Name: "thrashing", Class: model.Ledger, Anomalies: []string{Thrashing}}
}

// Observe implements model.Monitor.
func (t *thrashing) Observe(i int, e *model.Event, report func(model.Anomaly)) {
	switch e.Kind {
	case model.Processed:
		*t.of(e.Client) = 0
	case model.Lost:
		if len(e.Partitions) == 0 {
			return
		}
		n := t.of(e.Client)
		if *n++; *n == thrashed {
			report(model.Anomaly{Name: Thrashing, At: e.At, Event: i, Client: e.Client,
				Text: fmt.Sprintf("%s has been assigned partitions %d times, and lost them before it had done a record", e.Client, *n)})
		}
	}
}

// thrashed is how often in a row makes thrashing.
const thrashed = 3

func (t *thrashing) of(client string) *int {
	for i, c := range t.clients {
		if c == client {
			return &t.rounds[i]
		}
	}
	t.clients, t.rounds = append(t.clients, client), append(t.rounds, 0)
	return &t.rounds[len(t.rounds)-1]
}

// Finish implements model.Monitor.
func (*thrashing) Finish(func(model.Anomaly)) {}
