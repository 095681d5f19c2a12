package checkpoint

import (
	"testing"

	"github.com/groundhogsim/groundhog/sim"
)

// lateSlot says that it is ready for an attempt that nobody waits for, as a
// slot does whose Deploy was under way when the attempt was given up.
type lateSlot struct{ cancelled []int }

func (s *lateSlot) Crash() {}

func (s *lateSlot) Step(in *sim.Input, fx *sim.Effects) {
	switch m := in.Msg.(type) {
	case *Cancel:
		s.cancelled = append(s.cancelled, m.Attempt)
	default:
		if in.Kind == sim.InStart {
			fx.Send(1, laneControl, &Ready{Attempt: 7})
		}
	}
}

// A slot that is ready for an attempt that is over is told so; else it would
// stand by for ever.
func TestLateReadyIsCancelled(t *testing.T) {
	c := Config{Name: "job", Topics: []string{"orders"}, Parallelism: 1, TaskManagers: []sim.NodeID{0}, JobManager: 1, Storage: 2, Store: 3,
		Reader: func(Place) Reader { return &plainReader{} }}
	slot, s := &lateSlot{}, &seen{names: sim.Names{Nodes: []string{"tm1", "jm", "fs", "store"}, Lanes: []string{"control", "data"}}}
	jm := NewJobManager(c.WithDefaults(), &fakeDirectory{tape: &tape{}})
	w, err := sim.New(sim.Config{Names: s.names, Draws: sim.SeededDraws(1), Network: sim.Network{Base: 200}, Observer: s,
		Nodes: []sim.Node{slot, jm, NewStorage(StorageConfig{}), NewStore(StoreConfig{})}})
	if err != nil {
		t.Fatal(err)
	}
	j := &job{World: w, seen: s, jm: jm}
	for _, node := range []string{"jm", "tm1"} {
		j.do(t, 0, sim.Start, node)
	}
	j.until(t, sim.Second)
	if len(slot.cancelled) != 1 || slot.cancelled[0] != 7 {
		t.Errorf("cancelled: %v", slot.cancelled)
	}
}
