package signs

import (
	"fmt"

	"github.com/groundhogsim/groundhog/model"
)

// seekSigns watches for readers that seek beyond records which nobody does,
// neither before nor after.
type seekSigns struct {
	partitions
	sought []model.Anomaly
}

// Describe implements model.Monitor.
func (*seekSigns) Describe() model.Description {
	return model.Description{Name: "seek-signs", Class: model.Ledger, Anomalies: []string{SoughtOver}}
}

// Observe implements model.Monitor.
func (s *seekSigns) Observe(i int, e *model.Event, _ func(model.Anomaly)) {
	switch {
	case e.Kind == model.Processed:
		s.of(e.TopicPartition).done.Add(e.From, e.To)
	case e.Kind == model.Positioned && e.Cause == model.CauseSeek:
		s.sought = append(s.sought, model.Anomaly{Name: SoughtOver, At: e.At, Event: i, Client: e.Client, TopicPartition: e.TopicPartition, To: e.To})
	}
}

// Finish implements model.Monitor.
func (s *seekSigns) Finish(report func(model.Anomaly)) {
	for _, a := range s.sought {
		gone := s.of(a.TopicPartition).done.Missing(0, a.To)
		if len(gone) == 0 {
			continue
		}
		a.Text = fmt.Sprintf("%v %v never processed: %s sought %d", a.TopicPartition, offsets(gone), a.Client, a.To)
		a.From, a.To, a.Offsets = gone[0].From, gone.End(), gone
		report(a)
	}
}
