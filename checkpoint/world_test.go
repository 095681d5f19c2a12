package checkpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// tape is a cluster without brokers: partitions of one topic, full from the
// beginning, read by fake consumers.
type tape struct{ sizes []int64 }

// fakeConsumer reads a tape.
type fakeConsumer struct {
	tape    *tape
	at      map[model.TopicPartition]int64
	order   []model.TopicPartition
	polling int
	told    []client.AppEvent
	commits []model.PartitionOffset
	ops     int64
}

func (c *fakeConsumer) Step(in *sim.Input, fx *sim.Effects) bool {
	if in.Kind != sim.InTimer || in.Label != "tape" {
		return false
	}
	if c.polling > 0 {
		c.read(fx)
	}
	return true
}

func (c *fakeConsumer) read(fx *sim.Effects) {
	ev := client.AppEvent{Kind: client.AppRecords}
	for _, p := range c.order {
		b := client.Batch{TopicPartition: p}
		for c.at[p] < c.tape.sizes[p.Partition] && c.polling > 0 {
			o := c.at[p]
			b.Records = append(b.Records, api.Record{Offset: o, Key: fmt.Sprint("k", o%7), Value: "1"})
			c.at[p]++
			c.polling--
		}
		if len(b.Records) > 0 {
			ev.Batches = append(ev.Batches, b)
		}
	}
	if len(ev.Batches) > 0 {
		c.polling = 0
		c.told = append(c.told, ev)
	}
}

func (c *fakeConsumer) Told() (*client.AppEvent, bool) {
	if len(c.told) == 0 {
		return nil, false
	}
	ev := c.told[0]
	c.told = c.told[1:]
	return &ev, true
}

func (c *fakeConsumer) Open(*sim.Effects) { c.Crash() }
func (c *fakeConsumer) Assign(splits []model.PartitionOffset, fx *sim.Effects) {
	for _, s := range splits {
		if !slices.Contains(c.order, s.TopicPartition) {
			c.order = append(c.order, s.TopicPartition)
			c.at[s.TopicPartition] = max(s.Offset, 0)
			fx.Observe(&model.Event{Kind: model.Positioned, TopicPartition: s.TopicPartition, To: max(s.Offset, 0), Cause: model.CauseSeek})
		}
	}
}
func (c *fakeConsumer) Subscribe([]string, *sim.Effects) {}
func (c *fakeConsumer) Poll(most int, fx *sim.Effects) {
	c.polling = most
	fx.SetTimer("tape", "", 2*sim.Millisecond)
}
func (c *fakeConsumer) StopPolling()                                            { c.polling = 0 }
func (c *fakeConsumer) PositionOf(p model.TopicPartition) int64                 { return c.at[p] }
func (c *fakeConsumer) CallbackDone(*sim.Effects)                               {}
func (c *fakeConsumer) AskCommitted([]model.TopicPartition, *sim.Effects) int64 { return 0 }
func (c *fakeConsumer) Commit(o []model.PartitionOffset, _ *sim.Effects) int64 {
	c.ops++
	c.commits = append(c.commits, o...)
	c.told = append(c.told, client.AppEvent{Kind: client.AppCommitted, Op: c.ops})
	return c.ops
}
func (c *fakeConsumer) Close(fx *sim.Effects) { fx.StopTimer("tape", ""); c.Crash() }
func (c *fakeConsumer) Crash() {
	c.at, c.order, c.polling, c.told = map[model.TopicPartition]int64{}, nil, 0, nil
}

// fakeDirectory knows a tape.
type fakeDirectory struct {
	tape *tape
	ops  int64
	told []client.DirectoryEvent
}

func (d *fakeDirectory) Step(in *sim.Input, _ *sim.Effects) bool {
	return in.Kind == sim.InTimer && in.Label == "directory"
}
func (d *fakeDirectory) Told() (*client.DirectoryEvent, bool) {
	if len(d.told) == 0 {
		return nil, false
	}
	ev := d.told[0]
	d.told = d.told[1:]
	return &ev, true
}
func (d *fakeDirectory) tell(ev client.DirectoryEvent, fx *sim.Effects) int64 {
	d.ops++
	ev.Op = d.ops
	d.told = append(d.told, ev)
	fx.SetTimer("directory", "", sim.Millisecond)
	return d.ops
}
func (d *fakeDirectory) Describe(topics []string, fx *sim.Effects) int64 {
	return d.tell(client.DirectoryEvent{Topics: []client.TopicSize{{Name: topics[0], Partitions: int32(len(d.tape.sizes))}}}, fx)
}
func (d *fakeDirectory) Ends(of []model.TopicPartition, _ client.Reset, fx *sim.Effects) int64 {
	ev := client.DirectoryEvent{}
	for _, p := range of {
		ev.Offsets = append(ev.Offsets, model.PartitionOffset{TopicPartition: p, Offset: d.tape.sizes[p.Partition]})
	}
	return d.tell(ev, fx)
}
func (d *fakeDirectory) Committed(string, []model.TopicPartition, *sim.Effects) int64 { return 0 }
func (d *fakeDirectory) Crash()                                                       { d.told = nil }

// plainReader is the right source, as a state machine of its own.
type plainReader struct {
	splits  []Split
	commits map[int64][]model.PartitionOffset
	polling bool
}

func (r *plainReader) Crash() {}

func (r *plainReader) Handle(ev *ReaderEvent, p *Port) {
	switch ev.Kind {
	case ReaderOpen:
		r.commits = map[int64][]model.PartitionOffset{}
		r.splits = slices.Clone(ev.Splits)
		r.assign(p)
		p.Opened(nil)
	case ReaderSplits:
		r.splits = append(r.splits, ev.Splits...)
		r.assign(p)
		p.Done(nil)
	case ReaderGo:
		r.polling = true
		p.Consumer().Poll(10, p.Fx)
		p.SetTimer("poll", sim.Second)
	case ReaderWake, ReaderTimer:
		r.back(nil, p)
	case ReaderConsumer:
		if ev.Event.Kind == client.AppRecords {
			r.records(ev.Event.Batches, p)
		}
	case ReaderSnapshot:
		p.Snapshot(slices.Clone(r.splits), nil)
	case ReaderComplete, ReaderAborted:
		p.Done(nil)
	}
}

func (r *plainReader) assign(p *Port) {
	var to []model.PartitionOffset
	for _, s := range r.splits {
		to = append(to, model.PartitionOffset{TopicPartition: s.TopicPartition, Offset: s.Offset})
	}
	p.Consumer().Assign(to, p.Fx)
}

func (r *plainReader) records(batches []client.Batch, p *Port) {
	var out []Record
	for _, b := range batches {
		for _, x := range b.Records {
			out = append(out, Record{TopicPartition: b.TopicPartition, Offset: x.Offset, Key: x.Key, Value: x.Value})
		}
		i := slices.IndexFunc(r.splits, func(s Split) bool { return s.TopicPartition == b.TopicPartition })
		r.splits[i].Offset = b.To()
	}
	r.back(out, p)
}

func (r *plainReader) back(records []Record, p *Port) {
	if r.polling {
		r.polling = false
		p.Consumer().StopPolling()
		p.StopTimer("poll")
		p.Polled(records, nil)
	}
}

// seen keeps the history, and each record's effects since the last restore.
type seen struct {
	events []model.Event
	names  sim.Names
}

func (s *seen) Observe(at sim.Time, node sim.NodeID, event any) {
	e := *event.(*model.Event)
	e.At, e.Client = int64(at), s.names.Name(node)
	s.events = append(s.events, e)
}

func (s *seen) count(kind model.Kind) (n int) {
	for i := range s.events {
		if s.events[i].Kind == kind {
			n++
		}
	}
	return n
}

// job is a world of one job.
type job struct {
	*sim.World
	*seen
	jm  *JobManager
	tms []*TaskManager
}

func newJob(t testing.TB, slots int, tape *tape, c Config) *job {
	t.Helper()
	j := &job{seen: &seen{}}
	var nodes []sim.Node
	c.Name, c.Topics = "job", []string{"orders"}
	c.Reader = func(Place) Reader { return &plainReader{} }
	for i := range slots {
		j.names.Nodes = append(j.names.Nodes, fmt.Sprint("tm", i+1))
		c.TaskManagers = append(c.TaskManagers, sim.NodeID(i))
	}
	j.names.Nodes = append(j.names.Nodes, "jm", "fs", "store")
	j.names.Lanes = []string{"control", "data"}
	c.JobManager, c.Storage, c.Store = sim.NodeID(slots), sim.NodeID(slots+1), sim.NodeID(slots+2)
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	cfg := c.WithDefaults()
	for range slots {
		tm := NewTaskManager(cfg, &fakeConsumer{tape: tape, at: map[model.TopicPartition]int64{}})
		j.tms = append(j.tms, tm)
		nodes = append(nodes, tm)
	}
	j.jm = NewJobManager(cfg, &fakeDirectory{tape: tape})
	nodes = append(nodes, j.jm, NewStorage(StorageConfig{}), NewStore(StoreConfig{}))
	w, err := sim.New(sim.Config{Names: j.names, Draws: sim.SeededDraws(7), Network: sim.Network{Base: 200, Jitter: 500}, Observer: j.seen, Nodes: nodes})
	if err != nil {
		t.Fatal(err)
	}
	j.World = w
	for i := len(nodes) - 1; i >= 0; i-- {
		j.do(t, 0, sim.Start, j.names.Nodes[i])
	}
	return j
}

func (j *job) do(t testing.TB, at sim.Time, kind sim.Kind, node string) {
	t.Helper()
	id, _ := j.names.Node(node)
	if err := j.Apply(at, sim.Action{Kind: kind, Node: id, Peer: sim.Nobody}); err != nil {
		t.Fatal(err)
	}
}

func (j *job) command(t testing.TB, node, label, key string) {
	t.Helper()
	id, _ := j.names.Node(node)
	if err := j.Apply(j.Now(), sim.Action{Kind: sim.Command, Node: id, Peer: sim.Nobody, Label: label, Key: key}); err != nil {
		t.Fatal(err)
	}
}

func (j *job) until(t testing.TB, at sim.Time) {
	t.Helper()
	if _, err := sim.Drive(j.World, &sim.TimedDriver{Until: at}, 1<<40, nil); err != nil {
		t.Fatal(err)
	}
}

// state is how often each record's effect is in the state at the end: a ledger
// of this test's own, by the rules of restores.
func (j *job) state() map[model.PartitionOffset]int {
	live, copies := map[model.PartitionOffset]int{}, map[int64]map[string]map[model.PartitionOffset]int{}
	attempt, regions := int32(0), map[string]int32{}
	by := map[string]map[model.PartitionOffset]int{}
	for _, e := range j.events {
		switch {
		case e.Kind == model.JobRestored && e.Members == nil:
			attempt, regions = e.Generation, map[string]int32{}
			by = map[string]map[model.PartitionOffset]int{}
			for task, n := range copies[e.Op] {
				by[task] = maps.Clone(n)
			}
		case e.Kind == model.JobRestored:
			task := e.Members[1]
			regions[task], by[task] = e.Generation, maps.Clone(copies[e.Op][task])
		case e.Generation != max(attempt, regions[e.Member]):
		case e.Kind == model.Applied:
			if by[e.Member] == nil {
				by[e.Member] = map[model.PartitionOffset]int{}
			}
			for o := e.From; o < e.To; o++ {
				by[e.Member][model.PartitionOffset{TopicPartition: e.TopicPartition, Offset: o}]++
			}
			for _, p := range e.Partitions {
				by[e.Member][p]++
			}
		case e.Kind == model.SnapshotTaken && strings.HasPrefix(e.Member, operatorTask):
			if copies[e.Op] == nil {
				copies[e.Op] = map[string]map[model.PartitionOffset]int{}
			}
			copies[e.Op][e.Member] = maps.Clone(by[e.Member])
		}
	}
	for _, m := range by {
		for p, n := range m {
			live[p] += n
		}
	}
	return live
}

func (j *job) exactlyOnce(t *testing.T, tape *tape) {
	t.Helper()
	live := j.state()
	for p, size := range tape.sizes {
		for o := range size {
			at := model.PartitionOffset{TopicPartition: model.TopicPartition{Topic: "orders", Partition: int32(p)}, Offset: o}
			if live[at] != 1 {
				t.Fatalf("%v offset %d is in the state %d times", at.TopicPartition, o, live[at])
			}
		}
	}
	if why := j.jm.Unsettled(); why != "" {
		t.Fatal(why)
	}
	for _, tm := range j.tms {
		if why := tm.Unsettled(); why != "" {
			t.Fatal(why)
		}
	}
}

func TestJobSurvivesCrashes(t *testing.T) {
	tape := &tape{sizes: []int64{6000, 5000, 4000}}
	for _, mode := range []struct {
		name string
		set  func(*Config)
	}{
		{"keyed", func(*Config) {}},
		{"regions", func(c *Config) { c.Forward, c.RestartRegions = true, true }},
		{"incremental", func(c *Config) { c.Backend.Kind = Incremental }},
		{"counter", func(c *Config) { c.Sink = func() Sink { return &Counter{} } }},
	} {
		t.Run(mode.name, func(t *testing.T) {
			c := Config{Parallelism: 3, Interval: 50 * sim.Millisecond, RestartDelay: 20 * sim.Millisecond, SourceAt: Pace{Record: sim.Millisecond}}
			mode.set(&c)
			j := newJob(t, 4, tape, c)
			for i, who := range []string{"tm2", "tm1", "jm", "tm3"} {
				j.until(t, sim.Time(i)*1500*sim.Millisecond+300*sim.Millisecond)
				j.do(t, j.Now(), sim.Crash, who)
				j.until(t, j.Now()+100*sim.Millisecond)
				j.do(t, j.Now(), sim.Start, who)
			}
			j.command(t, "jm", "rescale", "2")
			j.until(t, 30*sim.Second)
			j.exactlyOnce(t, tape)
			if n := j.count(model.CheckpointCompleted); n < 10 {
				t.Errorf("%d checkpoints completed", n)
			}
			if n := j.count(model.JobRestored); n < 4 {
				t.Errorf("restored %d times", n)
			}
		})
	}
}

// A job that was set back to a savepoint comes back to it when it fails before
// its next checkpoint, and not to the checkpoint that it was set back from.
func TestSavepointIsLatest(t *testing.T) {
	tape := &tape{sizes: []int64{3000}}
	j := newJob(t, 1, tape, Config{Parallelism: 1, Interval: sim.Second, RestartDelay: 20 * sim.Millisecond, SourceAt: Pace{Record: sim.Millisecond}})
	j.until(t, 500*sim.Millisecond)
	j.command(t, "jm", "savepoint", "")
	j.until(t, 1500*sim.Millisecond)
	j.command(t, "jm", "restore-savepoint", "")
	j.until(t, 1700*sim.Millisecond)
	j.command(t, "tm1", "fail", sourceTask)
	j.until(t, 20*sim.Second)
	var from []int64
	for _, e := range j.events {
		if e.Kind == model.JobRestored {
			from = append(from, e.Op)
		}
	}
	if want := []int64{0, 1, 1}; !slices.Equal(from, want) {
		t.Errorf("the job went on from %v, want %v", from, want)
	}
	j.exactlyOnce(t, tape)
}
