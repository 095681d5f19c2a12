package broker

import (
	"strconv"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/broker/controller"
	"github.com/groundhogsim/groundhog/broker/log"
	"github.com/groundhogsim/groundhog/model"
	"github.com/groundhogsim/groundhog/sim"
)

// What takes records, groups and offsets away by command.

// place reads a command's "orders/0 17"; nil where there is no such log here.
func (b *Broker) place(key string) (p api.TopicPartition, l *log.Log, offset int64) {
	name, number, _ := strings.Cut(key, " ")
	p, ok := controller.ParsePartition(name)
	offset, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || offset < 0 {
		return p, nil, 0
	}
	return p, b.partition(p), offset
}

// deleteRecords is what retention or DeleteRecords does to one replica. The
// history learns of it from the leader.
func (b *Broker) deleteRecords(fx *sim.Effects, key string) {
	p, l, before := b.place(key)
	if l == nil || !l.DeleteBefore(before) {
		return
	}
	if l.Leads() {
		fx.Observe(&model.Event{Kind: model.LogStart, TopicPartition: p, To: l.Start()})
	}
	b.moved = true
}

// cutOff has the only broker come back as one out of sync would that was
// elected all the same: with a shorter log, and in a new leader epoch.
func (b *Broker) cutOff(fx *sim.Effects, key string) {
	p, l, to := b.place(key)
	if l == nil || b.member != nil || to >= l.End() || to < l.Start() {
		return
	}
	was := l.End()
	l.Truncate(to)
	l.NewEpoch()
	fx.Observe(&model.Event{Kind: model.Truncated, TopicPartition: p, From: to, To: was, Cause: model.CauseUnclean})
	b.moved = true
}

// nobody is whom an answer goes to that no client awaits.
var nobody = sim.Conn{Peer: sim.Nobody}

func (b *Broker) deleteGroup(fx *sim.Effects, id string) {
	b.CoordinatorOf(id).Handle(fx, nobody, &api.DeleteGroupsRequest{GroupsNames: []string{id}}, b)
}

func (b *Broker) deleteOffsets(fx *sim.Effects, key string) {
	id, topic, _ := strings.Cut(key, " ")
	r := &api.OffsetDeleteRequest{GroupID: id}
	for i := range b.Partitions(topic) {
		r.Partitions = append(r.Partitions, api.TopicPartition{Topic: topic, Partition: i})
	}
	b.CoordinatorOf(id).Handle(fx, nobody, r, b)
}
