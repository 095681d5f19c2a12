package realkafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/client"
	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/sim"
)

func TestFramesInPieces(t *testing.T) {
	var stream []byte
	want := []string{"one", "", "three, which is longer", "4"}
	for _, s := range want {
		stream = append(binary.BigEndian.AppendUint32(stream, uint32(len(s))), s...)
	}
	for piece := 1; piece <= len(stream); piece++ {
		var f frames
		var got []string
		for rest := stream; len(rest) > 0; {
			n := min(piece, len(rest))
			f.feed(rest[:n], func(frame []byte) { got = append(got, string(frame)) })
			rest = rest[n:]
		}
		if len(got) != len(want) {
			t.Fatalf("in pieces of %d: %q", piece, got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("in pieces of %d: %q", piece, got)
			}
		}
		if len(f.rest) != 0 {
			t.Errorf("in pieces of %d: %d bytes are left", piece, len(f.rest))
		}
	}
}

// offline is a play that never reaches a cluster.
func offline(t *testing.T) *play {
	t.Helper()
	spec := baseSpec()
	trial, err := scenarios.NewTrial(&spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlay(&nowhere{}, trial, Options{})
	p.began = time.Now()
	t.Cleanup(func() {
		p.stop()
		if err := p.awaitEnd(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// wired gives a process's connection and the broker's end of it.
func wired(t *testing.T, taps map[kmsg.Key]tap) (*conn, net.Conn) {
	t.Helper()
	p := offline(t)
	x := p.newProcess(p.machines[1])
	x.taps = taps
	here, there := net.Pipe()
	c := newConn(x, here)
	x.conns[c] = true
	t.Cleanup(func() { c.Close(); there.Close() })
	return c, there
}

// TestTapReadsAlong sends a request of each kind of header through a
// connection and answers it, byte by byte.
func TestTapReadsAlong(t *testing.T) {
	for _, version := range []int16{7, 9} { // 9 has tagged fields
		var told []string
		c, broker := wired(t, map[kmsg.Key]tap{kmsg.OffsetCommit: func(r kmsg.Request) func(kmsg.Response) {
			told = append(told, "asks "+r.(*kmsg.OffsetCommitRequest).Group)
			return func(r kmsg.Response) {
				told = append(told, "hears "+r.(*kmsg.OffsetCommitResponse).Topics[0].Topic)
			}
		}})
		req := kmsg.NewPtrOffsetCommitRequest()
		req.Group = "g"
		req.SetVersion(version)
		request := kmsg.NewRequestFormatter(kmsg.FormatterClientID("m1")).AppendRequest(nil, req, 7)
		resp := req.ResponseKind().(*kmsg.OffsetCommitResponse)
		topic := kmsg.NewOffsetCommitResponseTopic()
		topic.Topic = "orders"
		resp.Topics = append(resp.Topics, topic)
		body := binary.BigEndian.AppendUint32(nil, 7)
		if resp.IsFlexible() {
			body = append(body, 0)
		}
		body = resp.AppendTo(body)
		answer := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)

		go func() {
			io.ReadFull(broker, make([]byte, len(request)))
			for i := range answer {
				broker.Write(answer[i : i+1])
			}
		}()
		if _, err := c.Write(request); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(answer))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, answer) {
			t.Fatalf("got %x, %v", got, err)
		}
		if len(told) != 2 || told[0] != "asks g" || told[1] != "hears orders" {
			t.Errorf("version %d: told %q", version, told)
		}
		if !c.onLane(client.LaneMain) || c.onLane(client.LaneFetch) {
			t.Error("not on the main lane")
		}
		if err := c.p.play.broken; err != nil {
			t.Error(err)
		}
	}
}

// started runs f and tells whether it ends within a moment; after waits for
// its end.
func started(f func()) (ended func() bool, after func()) {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	ended = func() bool {
		select {
		case <-done:
			return true
		case <-time.After(50 * time.Millisecond):
			return false
		}
	}
	return ended, func() { <-done }
}

func TestStandingStillHoldsBack(t *testing.T) {
	c, broker := wired(t, nil)
	go io.Copy(io.Discard, broker)
	c.p.gate.set(false)
	c.SetWriteDeadline(time.Now().Add(-time.Second)) // passes meanwhile
	var err error
	ended, after := started(func() { _, err = c.Write([]byte("abcd")) })
	if ended() {
		t.Error("it sent while it stood still")
	}
	c.p.gate.set(true)
	if after(); err != nil {
		t.Error(err)
	}
}

func TestCutPassesDeadlines(t *testing.T) {
	c, broker := wired(t, nil)
	c.p.machine.network.set(false)
	go broker.Write([]byte("x"))
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	go broker.Write([]byte("y"))
	c.SetReadDeadline(time.Time{})
	b := make([]byte, 1)
	var err error
	ended, after := started(func() { _, err = c.Read(b) })
	if ended() {
		t.Error("it received while it was cut off")
	}
	c.p.machine.network.set(true)
	if after(); err != nil || b[0] != 'y' {
		t.Errorf("got %q, %v", b, err)
	}
}

// TestEnds: a crash closes the connection, a machine that vanishes does not.
func TestEnds(t *testing.T) {
	for _, silent := range []bool{false, true} {
		c, broker := wired(t, nil)
		p := c.p.play
		c.p.client, c.p.loop = nil, make(chan struct{})
		c.p.silent = silent
		c.Close()
		broker.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := broker.Read(make([]byte, 1))
		if heard := errors.Is(err, io.EOF); heard == silent {
			t.Errorf("silent %v: the broker got %v", silent, err)
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("silent %v: a write after the end: %v", silent, err)
		}
		p.stop()
		if _, err := broker.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) && !silent {
			t.Errorf("silent %v: after the run the broker gets %v", silent, err)
		}
	}
}

func TestDeadline(t *testing.T) {
	d := newDeadline()
	if isClosed(d.passed()) {
		t.Error("passed at the start")
	}
	d.set(time.Now().Add(20 * time.Millisecond))
	<-d.passed()
	d.set(time.Now().Add(time.Hour))
	if isClosed(d.passed()) {
		t.Error("moved, and passed all the same")
	}
	d.set(time.Now())
	<-d.passed()
	d.set(time.Time{})
	if isClosed(d.passed()) {
		t.Error("taken away, and passed all the same")
	}
}

func TestActionsThatFit(t *testing.T) {
	p := offline(t)
	m1, _ := p.trial.Names.Node("m1")
	p1, _ := p.trial.Names.Node("p1")
	on := func(id sim.NodeID, kind sim.Kind, label string) sim.Action {
		return sim.Action{Kind: kind, Node: id, Peer: sim.Nobody, Label: label}
	}
	skipped := 0
	for i, step := range []struct {
		action sim.Action
		fits   bool
	}{
		{on(m1, sim.Pause, ""), false},
		{on(m1, sim.Start, ""), true},
		{on(m1, sim.Start, ""), false},
		{on(m1, sim.Resume, ""), false},
		{on(m1, sim.Pause, ""), true},
		{on(m1, sim.Pause, ""), false},
		{on(m1, sim.Command, "leave"), false}, // it stands still
		{on(m1, sim.Resume, ""), true},
		{on(m1, sim.Command, "dance"), false},
		{on(m1, sim.Cut, ""), true},
		{on(m1, sim.Cut, ""), false},
		{on(0, sim.Cut, ""), true},
		{on(m1, sim.Heal, ""), true},
		{on(0, sim.Heal, ""), true},
		{on(0, sim.Heal, ""), false},
		{sim.Action{Kind: sim.Reset, Node: 0, Peer: m1, Lane: client.LaneFetch}, false}, // there is no such connection
		{on(m1, sim.Vanish, ""), true},
		{on(m1, sim.Crash, ""), false},
		{on(p1, sim.Start, ""), true},
		{on(p1, sim.Command, "leave"), false},
		{on(p1, sim.Crash, ""), true},
		{on(0, sim.Crash, ""), false},
		{sim.Action{Kind: sim.Command, Node: 0, Peer: sim.Nobody, Label: "add-partitions", Key: "orders 3"}, false}, // it has them
		{sim.Action{Kind: sim.Skew, Node: m1, Peer: sim.Nobody, Key: "+1s"}, false},
	} {
		p.act(step.action)
		if !step.fits {
			skipped++
		}
		if p.skipped != skipped {
			t.Fatalf("step %d, %s: %d skipped, want %d", i, p.trial.Names.Print(step.action), p.skipped, skipped)
		}
		if open := p.machines[m1].network.waiting() == nil; open == (i >= 9 && i < 13) {
			t.Errorf("step %d: m1's network is open: %v", i, open)
		}
	}
}
