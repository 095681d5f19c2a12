package group

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// TestShareScripts runs the golden scripts of share groups; -rewrite writes them
// anew. The group is g if a line does not say group=.
//
//	new topics=t:2,u:1 max-size=200 interval=1s session=45s replication=0s retry=30s
//	beat m1 epoch= topics=t,u rack=     ShareGroupHeartbeat; the epoch is the last that was given
//	leave m1, describe g,h              epoch -1; ShareGroupDescribe
//	alter t/0=5 …, delete-offsets t u, describe-offsets t/0 …, delete-groups g
//	join, sync, heartbeat, leave-classic, commit, fetch-offsets, describe-classic, list
//	hold, answer, fail ERROR            calls to the share coordinator; answer lets them go
//	topic t:3, drop t, wait 5s, crash, start, reload
//	group, log, calls
func TestShareScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/share", func(t *testing.T, path string) {
		w := newShareWorld(DefaultSettings(), "t:2", "u:1")
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			var out strings.Builder
			for line := range strings.Lines(td.Input) {
				if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
					continue
				}
				fmt.Fprintln(&out, line)
				o := parseShare(t, line)
				if o.verb == "new" {
					w = o.world()
					continue
				}
				for _, l := range w.run(o) {
					fmt.Fprintf(&out, "    %s\n", strings.ReplaceAll(l, "\n", "\n      "))
				}
			}
			return out.String()
		})
	})
}

// shareLine is a line of a script.
type shareLine struct {
	t      *testing.T
	verb   string
	words  []string
	values map[string]string
}

func parseShare(t *testing.T, line string) *shareLine {
	fields := strings.Fields(line)
	o := &shareLine{t: t, verb: fields[0], values: map[string]string{}}
	for _, f := range fields[1:] {
		if k, v, ok := strings.Cut(f, "="); ok && !strings.Contains(k, "/") {
			o.values[k] = v
		} else {
			o.words = append(o.words, f)
		}
	}
	return o
}

func (o *shareLine) get(key, otherwise string) string {
	if v, ok := o.values[key]; ok {
		return v
	}
	return otherwise
}

func (o *shareLine) span(key, otherwise string) sim.Time {
	d, err := time.ParseDuration(o.get(key, otherwise))
	if err != nil {
		o.t.Fatal(err)
	}
	return sim.Time(d.Microseconds())
}

func (o *shareLine) world() *shareWorld {
	s := DefaultSettings()
	n, err := strconv.Atoi(o.get("max-size", "200"))
	if err != nil {
		o.t.Fatal(err)
	}
	s.ShareGroupMaxSize = int32(n)
	s.ShareGroupAssignmentIntervalMs = int32(o.span("interval", "1s") / sim.Millisecond)
	s.ShareGroupSessionTimeoutMs = int32(o.span("session", "45s") / sim.Millisecond)
	s.ShareGroupInitializeRetryIntervalMs = int32(o.span("retry", "30s") / sim.Millisecond)
	s.ReplicationDelay = o.span("replication", "0s")
	return newShareWorld(s, strings.Split(o.get("topics", "t:2,u:1"), ",")...)
}

func (w *shareWorld) run(o *shareLine) (out []string) {
	if m := o.request(w.c); m != nil {
		if out = shareHeard(w.send(m)); out == nil {
			out = []string{"(waits)"}
		}
		return out
	}
	switch o.verb {
	case "crash":
		w.do(w.Now(), sim.Crash, 0, "x")
	case "start":
		return shareHeard(w.do(w.Now(), sim.Start, 0, "x"))
	case "reload":
		return shareHeard(w.do(w.Now(), sim.Command, 0, commandReload))
	case "drop":
		return shareHeard(w.do(w.Now(), sim.Command, 0, commandDeleteTopic+o.words[0]))
	case "topic":
		name, n, _ := strings.Cut(o.words[0], ":")
		count, err := strconv.Atoi(n)
		if err != nil {
			o.t.Fatal(err)
		}
		w.n.grow(name, int32(count))
	case "wait":
		d, err := time.ParseDuration(o.words[0])
		if err != nil {
			o.t.Fatal(err)
		}
		fired, heard := w.wait(sim.Time(d.Microseconds()))
		return append(fired, shareHeard(heard)...)
	case "hold":
		w.n.hold = true
	case "answer":
		w.n.hold, w.n.err = false, api.None
		return shareHeard(w.do(w.Now(), sim.Command, 0, "x"))
	case "fail":
		w.n.hold, w.n.err = false, api.CoordinatorNotAvailable
		return shareHeard(w.do(w.Now(), sim.Command, 0, "x"))
	case "calls":
		for _, k := range w.n.held {
			out = append(out, fmt.Sprintf("%s %+v", k.Request.MessageName(), k.Request))
		}
	case "group":
		for id, p := range w.n.c.live.durable.shares.All() {
			out = append(out, id+": "+p.group.text())
		}
	case "log":
		for i := range w.n.c.log.records {
			out = append(out, w.n.c.log.records[i].shareText())
		}
	default:
		o.t.Fatalf("no such command: %s", o.verb)
	}
	return out
}

func (o *shareLine) partitions() (ps []api.TopicPartition, offsets []int64) {
	for _, w := range o.words {
		at, offset, _ := strings.Cut(w, "=")
		name, n, _ := strings.Cut(at, "/")
		p, err := strconv.Atoi(n)
		if err != nil {
			o.t.Fatal(err)
		}
		off, _ := strconv.ParseInt(offset, 10, 64)
		ps, offsets = append(ps, api.TopicPartition{Topic: name, Partition: int32(p)}), append(offsets, off)
	}
	return ps, offsets
}

// request gives the request of a line; nil if it is none.
func (o *shareLine) request(c *shareClient) sim.Message {
	group := o.get("group", "g")
	switch o.verb {
	case "beat", "leave":
		r := &api.ShareGroupHeartbeatRequest{Header: header(1, "c1"), GroupID: group, RackID: o.get("rack", ""), MemberEpoch: -1}
		if len(o.words) > 0 {
			r.MemberID = o.words[0]
		}
		if o.verb == "beat" {
			epoch, err := strconv.Atoi(o.get("epoch", strconv.Itoa(int(c.epochs[r.MemberID]))))
			if err != nil {
				o.t.Fatal(err)
			}
			r.MemberEpoch = int32(epoch)
		}
		if topics, ok := o.values["topics"]; ok {
			r.SubscribedTopicNames = []string{}
			if topics != "" {
				r.SubscribedTopicNames = strings.Split(topics, ",")
			}
		}
		return r
	case "describe":
		return &api.ShareGroupDescribeRequest{Header: header(1, "c1"), GroupIDs: strings.Split(o.words[0], ",")}
	case "alter":
		r := &api.AlterShareGroupOffsetsRequest{GroupID: group}
		ps, offsets := o.partitions()
		for i := range ps {
			r.Partitions = append(r.Partitions, api.ShareStateInit{TopicPartition: ps[i], StartOffset: offsets[i]})
		}
		return r
	case "delete-offsets":
		return &api.DeleteShareGroupOffsetsRequest{GroupID: group, Topics: o.words}
	case "describe-offsets":
		r := &api.DescribeShareGroupOffsetsRequest{GroupID: group}
		r.Partitions, _ = o.partitions()
		return r
	case "delete-groups":
		return &api.DeleteGroupsRequest{Header: header(2, "c1"), GroupsNames: strings.Split(o.words[0], ",")}
	}
	return o.classicRequest(group)
}

// classicRequest is one of the classic protocol, by a client that takes the
// group for a classic one.
func (o *shareLine) classicRequest(group string) sim.Message {
	c := &client{name: "c1", id: "", gen: -1, rebalanceMs: 30_000}
	switch o.verb {
	case "join":
		return c.join(group, "range")
	case "sync":
		return c.sync(group)
	case "heartbeat":
		return c.heartbeat(group)
	case "leave-classic":
		return c.leave(group)
	case "commit":
		return c.commit(group, 0, 5)
	case "fetch-offsets":
		r := c.fetch(group, false)
		r.Partitions = []api.TopicPartition{{Topic: "t"}}
		return r
	case "describe-classic":
		return &api.DescribeGroupsRequest{Header: header(6, "c1"), Groups: []string{group}}
	case "list":
		return &api.ListGroupsRequest{Header: header(5, "c1")}
	case "delete-classic-offsets":
		return &api.OffsetDeleteRequest{GroupID: group, Partitions: []api.TopicPartition{{Topic: "t"}}}
	}
	return nil
}
