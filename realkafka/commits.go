package realkafka

import (
	"errors"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/groundhogsim/groundhog/model"
)

// commitTap tells of every attempt to commit: one that franz-go makes again,
// because the answer was lost or said to try later, is another call. So an
// attempt whose answer was lost stays open, and no error hides a success.
func (c *consumer) commitTap(r kmsg.Request) func(kmsg.Response) {
	req := r.(*kmsg.OffsetCommitRequest)
	call := model.Event{Kind: model.Commit, Member: req.MemberID, Generation: req.Generation}
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			call.Partitions = append(call.Partitions, model.PartitionOffset{TopicPartition: c.play.names.partition(t.Topic, t.TopicID, p.Partition), Offset: p.Offset})
		}
	}
	slices.SortFunc(call.Partitions, func(a, b model.PartitionOffset) int { return a.TopicPartition.Compare(b.TopicPartition) })
	call.Op = c.call(call)
	return func(r kmsg.Response) {
		var got answers
		for _, t := range r.(*kmsg.OffsetCommitResponse).Topics {
			for _, p := range t.Partitions {
				part := model.PartitionOffset{TopicPartition: c.play.names.partition(t.Topic, t.TopicID, p.Partition), Offset: -1}
				for _, o := range call.Partitions {
					if o.TopicPartition == part.TopicPartition {
						part = o
					}
				}
				got.add(p.ErrorCode, part)
			}
		}
		c.answerTo(call, got)
	}
}

// answer is what a request came to for some of its partitions.
type answer struct {
	code  int16
	parts []model.PartitionOffset // none: for all that were asked
}

type answers []answer

// add puts partitions to the answer with an error code.
func (a *answers) add(code int16, parts ...model.PartitionOffset) {
	for i := range *a {
		if (*a)[i].code == code {
			(*a)[i].parts = append((*a)[i].parts, parts...)
			return
		}
	}
	*a = append(*a, answer{code, parts})
}

// call tells of a call and gives its number. Numbers are unique in a run.
func (c *consumer) call(e model.Event) int64 {
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	c.play.ops++
	e.Op = c.play.ops
	c.tellMember(e)
	return e.Op
}

// answerTo tells how a call ended, with an event for each error.
func (c *consumer) answerTo(call model.Event, got answers) {
	done := call
	if done.Kind = model.CommitDone; call.Kind == model.FetchOffsets {
		done.Kind = model.OffsetsTold
	}
	c.play.mu.Lock()
	defer c.play.mu.Unlock()
	for _, a := range got {
		done.Error, done.Partitions = errorName(a.code), a.parts
		slices.SortFunc(done.Partitions, func(a, b model.PartitionOffset) int { return a.TopicPartition.Compare(b.TopicPartition) })
		c.tellMember(done)
	}
}

// errorName is Kafka's name of an error; empty for success.
func errorName(code int16) string {
	var e *kerr.Error
	if errors.As(kerr.ErrorForCode(code), &e) {
		return e.Message
	}
	return ""
}
