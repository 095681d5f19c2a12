package sim

import "testing"

type ball struct{}

func (*ball) MessageName() string { return "ball" }

var theBall = &ball{}

// player throws every ball back; a timer of its own keeps going beside.
type player struct{ next NodeID }

func (p *player) Crash() {}

func (p *player) Step(in *Input, fx *Effects) {
	switch in.Kind {
	case InStart:
		fx.SetTimer("tick", "", Millisecond)
		fx.Send(p.next, 0, theBall)
	case InTimer:
		fx.SetTimer("tick", "", Millisecond)
	case InMessage:
		fx.Send(p.next, 0, theBall)
	}
}

func players(b *testing.B, n int) *World {
	c := Config{Draws: SeededDraws(1), Network: Network{Base: 500, Jitter: 1000}, Names: Names{Lanes: []string{"main"}}}
	for i := range n {
		c.Names.Nodes = append(c.Names.Nodes, string(rune('a'+i)))
		c.Nodes = append(c.Nodes, &player{NodeID((i + 1) % n)})
	}
	w, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if err := w.Apply(0, Action{Kind: Start, Node: NodeID(i), Peer: Nobody}); err != nil {
			b.Fatal(err)
		}
	}
	return w
}

// BenchmarkEngine is the engine with nodes that do next to nothing, messages
// and timers in equal parts: what a step costs at least.
func BenchmarkEngine(b *testing.B) {
	w := players(b, 20)
	d := &TimedDriver{}
	if _, err := Drive(w, d, 10_000, nil); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Drive(w, d, 1000, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "steps/s")
}
