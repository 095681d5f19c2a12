package signs

import (
	"slices"
	"testing"

	"github.com/groundhogsim/groundhog/model"
)

var p0 = model.TopicPartition{Topic: "orders", Partition: 0}

// The words of a history: who, and what of orders/0.
func assigned(who string, generation int32) model.Event {
	return model.Event{Kind: model.Assigned, Client: who, Member: who + "-1", Generation: generation, Partitions: of(-1)}
}
func kept(who string, generation int32) model.Event {
	return model.Event{Kind: model.Assigned, Client: who, Generation: generation}
}
func polled(who string, from, to int64) model.Event {
	return model.Event{Kind: model.Polled, Client: who, Generation: 1, TopicPartition: p0, From: from, To: to}
}
func done(who string, from, to int64) model.Event {
	return model.Event{Kind: model.Processed, Client: who, TopicPartition: p0, From: from, To: to}
}
func calls(who string, at int64) model.Event {
	return model.Event{Kind: model.Commit, Client: who, Op: 1, Partitions: of(at)}
}
func answered(who string, at int64, err string) model.Event {
	return model.Event{Kind: model.CommitDone, Client: who, Op: 1, Partitions: of(at), Error: err}
}
func event(kind model.Kind, who string) model.Event {
	return model.Event{Kind: kind, Client: who, Partitions: of(-1)}
}
func stopped(who, cause string) model.Event {
	return model.Event{Kind: model.Stopped, Client: who, Cause: cause}
}
func removed(member, cause string) model.Event {
	return model.Event{Kind: model.Removed, Member: member, Cause: cause}
}
func sought(who string, to int64) model.Event {
	return model.Event{Kind: model.Positioned, Client: who, TopicPartition: p0, To: to, Cause: model.CauseSeek}
}
func of(at int64) []model.PartitionOffset {
	return []model.PartitionOffset{{TopicPartition: p0, Offset: at}}
}

// Each monitor accepts one history, and rejects another that differs in what
// matters.
func TestSigns(t *testing.T) {
	for name, c := range map[string]struct {
		monitor model.Monitor
		history []model.Event
		want    []string
	}{
		"done, committed, crashed":       {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), done("m1", 0, 4), answered("m1", 4, ""), stopped("m1", "crash")}, nil},
		"refused commit":                 {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), answered("m1", 4, "ILLEGAL_GENERATION"), stopped("m1", "crash")}, nil},
		"done by the next":               {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), answered("m1", 4, ""), stopped("m1", "crash"), done("m2", 0, 4)}, nil},
		"committed, crashed":             {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), answered("m1", 4, ""), done("m1", 0, 2), stopped("m1", "crash")}, []string{LostInCrash}},
		"committed over a hole":          {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), done("m1", 2, 4), answered("m1", 4, ""), stopped("m1", "crash")}, []string{LostInHole}},
		"committed in the callback":      {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), event(model.Revoked, "m1"), answered("m1", 4, "")}, []string{LostAtRevoke}},
		"dropped while owned":            {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), done("m1", 0, 3), answered("m1", 4, ""), event(model.Revoked, "m1")}, []string{LostWhileOwned}},
		"dropped at a rebalance":         {&lossSigns{}, []model.Event{assigned("m1", 1), polled("m1", 0, 4), kept("m1", 2), answered("m1", 4, "")}, []string{LostAtRebalance}},
		"commits its own":                {&foreignCommits{}, []model.Event{assigned("m1", 1), calls("m1", 4), answered("m1", 4, "")}, nil},
		"commits what is nobody's":       {&foreignCommits{}, []model.Event{assigned("m1", 1), event(model.Revoked, "m1"), calls("m1", 4), answered("m1", 4, "")}, nil},
		"commits for others, refused":    {&foreignCommits{}, []model.Event{assigned("m1", 1), event(model.Revoked, "m1"), assigned("m2", 2), calls("m1", 4), answered("m1", 4, "ILLEGAL_GENERATION")}, nil},
		"commits for others":             {&foreignCommits{}, []model.Event{assigned("m1", 1), event(model.Revoked, "m1"), assigned("m2", 2), calls("m1", 4), answered("m1", 4, "")}, []string{ForeignCommit}},
		"the others learn late":          {&foreignCommits{}, []model.Event{assigned("m1", 2), assigned("m2", 1), calls("m1", 4), answered("m1", 4, "")}, nil},
		"the others crashed meanwhile":   {&foreignCommits{}, []model.Event{assigned("m2", 2), calls("m1", 4), stopped("m2", "crash"), answered("m1", 4, "")}, nil},
		"given up committed":             {&revokeSigns{}, []model.Event{assigned("m1", 1), done("m1", 0, 4), event(model.Revoked, "m1"), answered("m1", 4, ""), event(model.RevokeDone, "m1")}, nil},
		"given up uncommitted":           {&revokeSigns{}, []model.Event{assigned("m1", 1), done("m1", 0, 4), answered("m1", 3, ""), event(model.Revoked, "m1"), event(model.RevokeDone, "m1")}, []string{UncommittedRevoke}},
		"lost uncommitted":               {&revokeSigns{}, []model.Event{assigned("m1", 1), done("m1", 0, 4), event(model.Lost, "m1"), event(model.RevokeDone, "m1")}, nil},
		"finished before giving up":      {&revokeSigns{late: true}, []model.Event{assigned("m1", 1), done("m1", 0, 1), event(model.Revoked, "m1"), assigned("m2", 2), done("m2", 0, 1)}, nil},
		"finished late, not done again":  {&revokeSigns{late: true}, []model.Event{assigned("m1", 1), event(model.Revoked, "m1"), assigned("m2", 2), done("m1", 0, 1), done("m2", 1, 2)}, nil},
		"finished late, done again":      {&revokeSigns{late: true}, []model.Event{assigned("m1", 1), event(model.Revoked, "m1"), assigned("m2", 2), done("m1", 0, 1), done("m2", 0, 1)}, []string{RedoneInFlight}},
		"done again, finished late":      {&revokeSigns{late: true}, []model.Event{assigned("m1", 1), event(model.Revoked, "m1"), assigned("m2", 2), done("m2", 0, 1), done("m1", 0, 1)}, []string{RedoneInFlight}},
		"commits go on":                  {&overtaken{}, []model.Event{assigned("m1", 1), answered("m1", 4, ""), answered("m1", 6, "")}, nil},
		"a refused one comes late":       {&overtaken{}, []model.Event{assigned("m1", 1), answered("m1", 6, ""), answered("m1", 4, "ILLEGAL_GENERATION")}, nil},
		"one comes late":                 {&overtaken{}, []model.Event{assigned("m1", 1), answered("m1", 6, ""), answered("m1", 4, "")}, []string{CommitOvertaken}},
		"one after a new assignment":     {&overtaken{}, []model.Event{assigned("m1", 1), answered("m1", 6, ""), assigned("m1", 2), answered("m1", 4, "")}, nil},
		"sought to what is next":         {&seekSigns{}, []model.Event{done("m1", 0, 4), sought("m2", 4)}, nil},
		"sought back":                    {&seekSigns{}, []model.Event{done("m1", 0, 4), sought("m2", 2)}, nil},
		"sought ahead of its own work":   {&seekSigns{}, []model.Event{sought("m2", 4), done("m1", 0, 4)}, nil},
		"sought beyond":                  {&seekSigns{}, []model.Event{done("m1", 0, 2), sought("m2", 4), done("m2", 4, 6)}, []string{SoughtOver}},
		"left behind":                    {&drainSigns{}, []model.Event{assigned("m1", 1), removed("m1-1", "rebalance-timeout")}, []string{DrainExceeded}},
		"out by its session":             {&drainSigns{}, []model.Event{assigned("m1", 1), removed("m1-1", "session-timeout")}, nil},
		"dead, and left behind":          {&drainSigns{}, []model.Event{assigned("m1", 1), stopped("m1", "crash"), removed("m1-1", "rebalance-timeout")}, nil},
		"lost twice":                     {&thrashing{}, []model.Event{event(model.Lost, "m1"), event(model.Lost, "m1")}, nil},
		"lost three times, work between": {&thrashing{}, []model.Event{event(model.Lost, "m1"), event(model.Lost, "m1"), done("m1", 0, 1), event(model.Lost, "m1")}, nil},
		"lost three times":               {&thrashing{}, []model.Event{event(model.Lost, "m1"), event(model.Lost, "m1"), event(model.Lost, "m1")}, []string{Thrashing}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			report := func(a model.Anomaly) {
				if a.Text == "" || !slices.Contains(c.monitor.Describe().Anomalies, a.Name) {
					t.Errorf("%s: %q, of %v", a.Name, a.Text, c.monitor.Describe())
				}
				got = append(got, a.Name)
			}
			for i, e := range c.history {
				c.monitor.Observe(i, &e, report)
			}
			if c.monitor.Finish(report); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
		})
	}
}
