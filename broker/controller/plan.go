package controller

import (
	"slices"
	"strings"

	"github.com/groundhogsim/groundhog/broker/api"
)

// OffsetsTopic is the topic that backs the coordinators of groups.
const OffsetsTopic = "__consumer_offsets"

// maxPartitions is how many partitions one request may create
// (ReplicationControlManager.MAX_PARTITIONS_PER_BATCH).
const maxPartitions = 10_000

// View is what creating and growing topics looks at.
type View interface {
	// Topic tells a topic's partitions and the replicas of each.
	Topic(name string) (partitions int32, replicas int16, ok bool)
	TopicNames() []string
	Registered() []int32 // brokers by id
	Active(broker int32) bool
}

// Plan is a topic to create, or the partitions to add to one: the replicas of
// each.
type Plan struct {
	Name     string
	Replicas [][]int32
}

// PlanTopics says what CreateTopics (key 19) would create and answers it
// (ControllerApis.createTopics, ReplicationControlManager.createTopics).
func PlanTopics(v View, s *Settings, r *api.CreateTopicsRequest) (*api.CreateTopicsResponse, []Plan) {
	a, total := &api.CreateTopicsResponse{}, int64(0)
	for i := range r.Topics {
		switch t := &r.Topics[i]; {
		case t.Assignments != nil:
			total += int64(len(t.Assignments))
		case t.NumPartitions == -1:
			total += int64(s.NumPartitions)
		default:
			total += int64(max(t.NumPartitions, 0))
		}
	}
	var plans []Plan
	for i := range r.Topics {
		t := &r.Topics[i]
		p, err := Plan{Name: t.Name}, api.None
		switch same := countNames(r.Topics, t.Name); {
		case total > maxPartitions:
			err = api.PolicyViolation
		case same > 1:
			if slices.ContainsFunc(a.Topics, func(x api.CreatableTopicResult) bool { return x.Name == t.Name }) {
				continue // one answer for all of a name
			}
			err = api.InvalidRequest
		default:
			p.Replicas, err = planTopic(v, s, t)
		}
		out := api.CreatableTopicResult{Name: t.Name, ErrorCode: err, NumPartitions: -1, ReplicationFactor: -1}
		if err == api.None {
			out.NumPartitions, out.ReplicationFactor = int32(len(p.Replicas)), int16(len(p.Replicas[0]))
			plans = append(plans, p)
		}
		a.Topics = append(a.Topics, out)
	}
	if r.ValidateOnly {
		plans = nil
	}
	return a, plans
}

func countNames(ts []api.CreatableTopic, name string) (n int) {
	for i := range ts {
		if ts[i].Name == name {
			n++
		}
	}
	return n
}

func planTopic(v View, s *Settings, t *api.CreatableTopic) ([][]int32, api.ErrorCode) {
	if _, _, ok := v.Topic(t.Name); ok {
		return nil, api.TopicAlreadyExists
	}
	if !LegalTopic(t.Name) || collides(v, t.Name) {
		return nil, api.InvalidTopic
	}
	if len(t.Assignments) > 0 {
		if t.ReplicationFactor != -1 || t.NumPartitions != -1 {
			return nil, api.InvalidRequest
		}
		return t.Assignments, CheckAssignments(v, t.Assignments, -1)
	}
	partitions, replicas := t.NumPartitions, t.ReplicationFactor
	switch {
	case replicas < -1 || replicas == 0:
		return nil, api.InvalidReplicationFactor
	case partitions < -1 || partitions == 0:
		return nil, api.InvalidPartitions
	}
	if partitions == -1 {
		partitions = s.NumPartitions
	}
	if replicas == -1 {
		replicas = s.DefaultReplicationFactor
	}
	return Place(v, 0, partitions, replicas)
}

// PlanPartitions says what CreatePartitions (key 37) would add and answers it.
func PlanPartitions(v View, r *api.CreatePartitionsRequest) (*api.CreatePartitionsResponse, []Plan) {
	a := &api.CreatePartitionsResponse{}
	var plans []Plan
	for i := range r.Topics {
		t := &r.Topics[i]
		same := func(x api.CreatePartitionsTopic) bool { return x.Name == t.Name }
		first := slices.IndexFunc(r.Topics, same)
		if first < i {
			continue
		}
		p, err := Plan{Name: t.Name}, api.InvalidRequest
		if !slices.ContainsFunc(r.Topics[i+1:], same) {
			p.Replicas, err = planPartitions(v, t)
		}
		if err == api.None {
			plans = append(plans, p)
		}
		a.Results = append(a.Results, api.TopicError{Name: t.Name, ErrorCode: err})
	}
	if r.ValidateOnly {
		plans = nil
	}
	return a, plans
}

func planPartitions(v View, t *api.CreatePartitionsTopic) ([][]int32, api.ErrorCode) {
	n, replicas, ok := v.Topic(t.Name)
	switch {
	case !ok:
		return nil, api.UnknownTopicOrPartition
	case t.Name == OffsetsTopic:
		return nil, api.InvalidRequest // Kafka would do it, and lose groups
	case t.Count <= n:
		return nil, api.InvalidPartitions
	case t.Count-n > maxPartitions:
		return nil, api.PolicyViolation
	case t.Assignments != nil && len(t.Assignments) != int(t.Count-n):
		return nil, api.InvalidReplicaAssignment
	case t.Assignments != nil:
		return t.Assignments, CheckAssignments(v, t.Assignments, int(replicas))
	}
	return Place(v, n, t.Count-n, replicas)
}

// PlanDeletion says which topics DeleteTopics (key 20) would delete and
// answers it (ControllerApis.deleteTopics). Kafka shuffles its answer.
func PlanDeletion(v View, r *api.DeleteTopicsRequest) (*api.DeleteTopicsResponse, []string) {
	a := &api.DeleteTopicsResponse{}
	var names []string
	for i, name := range r.TopicNames {
		if slices.Index(r.TopicNames, name) < i {
			continue
		}
		err := api.None
		_, _, ok := v.Topic(name)
		switch {
		case slices.Contains(r.TopicNames[i+1:], name):
			err = api.InvalidRequest
		case !ok:
			err = api.UnknownTopicOrPartition
		case name == OffsetsTopic:
			err = api.InvalidRequest // Kafka would do it, and lose all groups
		default:
			names = append(names, name)
		}
		a.Responses = append(a.Responses, api.TopicError{Name: name, ErrorCode: err})
	}
	return a, names
}

// CheckAssignments is validateManualPartitionAssignment for each partition;
// replicas is how many each must have, -1 for as many as the first.
func CheckAssignments(v View, all [][]int32, replicas int) api.ErrorCode {
	known := v.Registered()
	for _, a := range all {
		if replicas < 0 {
			replicas = len(a)
		}
		if len(a) == 0 || len(a) != replicas || !slices.ContainsFunc(a, v.Active) {
			return api.InvalidReplicaAssignment
		}
		for i, b := range a {
			if !slices.Contains(known, b) || slices.Contains(a[:i], b) {
				return api.InvalidReplicaAssignment
			}
		}
	}
	return api.None
}

// Place gives replicas to partitions, from a first one on: the i-th starts at
// the i-th broker and goes round; a leader is active (StripedReplicaPlacer,
// which begins at random).
func Place(v View, first, count int32, replicas int16) ([][]int32, api.ErrorCode) {
	brokers := v.Registered()
	if replicas <= 0 || int(replicas) > len(brokers) || !slices.ContainsFunc(brokers, v.Active) {
		return nil, api.InvalidReplicationFactor
	}
	out := make([][]int32, count)
	for i := range out {
		list := make([]int32, 0, replicas)
		for k := range brokers { // the first active one leads
			if b := brokers[(int(first)+i+k)%len(brokers)]; v.Active(b) {
				list = append(list, b)
				break
			}
		}
		for k := range brokers {
			if b := brokers[(int(first)+i+k)%len(brokers)]; len(list) < int(replicas) && !slices.Contains(list, b) {
				list = append(list, b)
			}
		}
		out[i] = list
	}
	return out, api.None
}

// LegalTopic is Topic.validate.
func LegalTopic(name string) bool {
	if name == "" || name == "." || name == ".." || len(name) > 249 {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

// collides tells whether a name differs from an existing one in dots and
// underscores alone (Topic.hasCollision).
func collides(v View, name string) bool {
	if !strings.ContainsAny(name, "._") {
		return false
	}
	unified := strings.ReplaceAll(name, ".", "_")
	return slices.ContainsFunc(v.TopicNames(), func(n string) bool {
		return strings.ContainsAny(n, "._") && strings.ReplaceAll(n, ".", "_") == unified
	})
}
