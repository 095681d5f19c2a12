package client

import (
	"fmt"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
	"github.com/groundhogsim/groundhog/sim"
)

// outcome is what an answer means: a line for people, or that the task is to
// be tried again.
type outcome struct {
	text  string
	retry api.ErrorCode
}

// of is the outcome of an answer that is nothing but an error code.
func of(e api.ErrorCode) outcome {
	if e == api.None {
		return outcome{text: "done"}
	}
	return failure(e)
}

// failure tells which errors mean that the same may succeed later.
func failure(e api.ErrorCode) outcome {
	if retriable(e) || e == api.NotController || e == api.FencedLeaderEpoch || e == api.UnknownLeaderEpoch || e == api.OffsetNotAvailable {
		return outcome{retry: e}
	}
	return outcome{text: e.String()}
}

func (t *task) outcome(m sim.Message) outcome {
	switch r := m.(type) {
	case *api.CreateTopicsResponse:
		return of(r.Topics[0].ErrorCode)
	case *api.DeleteTopicsResponse:
		return of(r.Responses[0].ErrorCode)
	case *api.CreatePartitionsResponse:
		return of(r.Results[0].ErrorCode)
	case *api.DeleteGroupsResponse:
		return of(r.Results[0].ErrorCode)
	case *api.ListOffsetsResponse:
		if p := r.Partitions[0]; p.ErrorCode == api.None {
			return outcome{text: offsetText(p.Offset)}
		}
		return failure(r.Partitions[0].ErrorCode)
	case *api.DescribeGroupsResponse:
		return described(&r.Groups[0])
	case *api.OffsetFetchResponse:
		return offsetsOf(r)
	case *api.OffsetDeleteResponse:
		if r.ErrorCode != api.None {
			return failure(r.ErrorCode)
		}
		return partitionErrors(r.Partitions)
	case *api.OffsetCommitResponse:
		return partitionErrors(r.Partitions)
	}
	return outcome{text: "an answer that was not asked for: " + m.MessageName()}
}

// partitionErrors says which partitions failed.
func partitionErrors(ps []api.PartitionError) outcome {
	var lines []string
	for _, p := range ps {
		if p.ErrorCode == api.None {
			continue
		}
		if o := failure(p.ErrorCode); o.retry != api.None {
			return o
		}
		lines = append(lines, fmt.Sprintf("%v %v", p.TopicPartition, p.ErrorCode))
	}
	if len(lines) == 0 {
		return outcome{text: "done"}
	}
	return outcome{text: strings.Join(lines, ", ")}
}

func described(g *api.DescribedGroup) outcome {
	if g.ErrorCode != api.None {
		return failure(g.ErrorCode)
	}
	lines := []string{g.GroupState}
	for _, m := range g.Members {
		line := m.MemberID
		if m.GroupInstanceID != "" {
			line += " instance " + m.GroupInstanceID
		}
		for _, p := range m.MemberAssignment {
			line += " " + p.String()
		}
		lines = append(lines, line)
	}
	return outcome{text: strings.Join(lines, ", ")}
}

func offsetsOf(r *api.OffsetFetchResponse) outcome {
	if r.ErrorCode != api.None {
		return failure(r.ErrorCode)
	}
	var lines []string
	for _, p := range r.Partitions {
		lines = append(lines, fmt.Sprintf("%v@%s", p.TopicPartition, offsetText(p.CommittedOffset)))
	}
	return outcome{text: orNone(lines)}
}

func offsetText(offset int64) string {
	if offset == api.NoOffset {
		return "none"
	}
	return fmt.Sprint(offset)
}

func orNone(lines []string) string {
	if len(lines) == 0 {
		return "none"
	}
	return strings.Join(lines, ", ")
}
