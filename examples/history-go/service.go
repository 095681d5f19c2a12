package history

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Service reads orders, ships them, and commits what is shipped.
type Service struct {
	Brokers []string
	Group   string
	Topic   string
	Client  []kgo.Opt // beside those that Run sets
	Log     *Log
	Ship    func(*kgo.Record) error

	// Mistakes that services make, for the checker to find.
	CommitFirst bool // it commits what it has polled, then ships
	Background  bool // it ships in the background, and gives partitions up without waiting for that
}

// Run works until the context ends, or an order cannot be shipped; then it
// leaves the group.
func (s *Service) Run(ctx context.Context) (err error) {
	opts := append(append(s.Client, s.Log.Options(s.revoked)...),
		kgo.SeedBrokers(s.Brokers...), kgo.ConsumerGroup(s.Group), kgo.ConsumeTopics(s.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.Balancers(kgo.RangeBalancer()), kgo.DisableAutoCommit())
	if !s.Background {
		opts = append(opts, kgo.BlockRebalanceOnPoll())
	}
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	var work sync.WaitGroup
	queue := make(chan kgo.Fetches, 100)
	work.Go(func() {
		for fetches := range queue {
			s.ship(cl, fetches)
		}
	})
	for ctx.Err() == nil && err == nil {
		fetches := cl.PollRecords(ctx, 10)
		s.Log.Polled(cl, fetches)
		if s.Background {
			queue <- fetches
		} else {
			err = s.batch(context.WithoutCancel(ctx), cl, fetches) // what was begun is finished
		}
		cl.AllowRebalance()
	}
	cl.CloseAllowingRebalance()
	close(queue)
	work.Wait()
	s.Log.Stopped("leave")
	return err
}

// revoked has nothing to do: between two polls every order is shipped and
// committed, and a rebalance waits for that. In the background it is not so.
func (s *Service) revoked(context.Context, *kgo.Client, map[string][]int32) {}

// batch ships and commits what a poll gave.
func (s *Service) batch(ctx context.Context, cl *kgo.Client, fetches kgo.Fetches) error {
	next := map[string]map[int32]kgo.EpochOffset{}
	fetches.EachRecord(func(r *kgo.Record) {
		if next[r.Topic] == nil {
			next[r.Topic] = map[int32]kgo.EpochOffset{}
		}
		next[r.Topic][r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
	})
	if len(next) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if s.CommitFirst {
		return errors.Join(s.Log.Commit(ctx, cl, next), s.ship(cl, fetches))
	}
	if err := s.ship(cl, fetches); err != nil {
		return err
	}
	return s.Log.Commit(ctx, cl, next)
}

func (s *Service) ship(cl *kgo.Client, fetches kgo.Fetches) error {
	for _, r := range fetches.Records() {
		if err := s.Ship(r); err != nil {
			return err
		}
		s.Log.Processed(cl, r)
	}
	return nil
}
