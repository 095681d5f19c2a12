package scenarios

import "github.com/groundhogsim/groundhog/model"

// HistoryHeader is the header of a run's history: with its settings, a reader
// judges it as the run was judged.
func HistoryHeader(run *Trial) model.Header {
	o := judging(run)
	return model.Header{Fresh: o.Fresh, Settings: o.Settings()}
}
