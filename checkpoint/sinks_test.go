package checkpoint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSinksWrite(t *testing.T) {
	r := &Result{Key: "k", Value: "3", Of: *rec(17, "k", "v", 0)}
	window := &Result{Key: "k@300000", Value: "72.5"}
	for _, c := range []struct {
		sink   Sink
		result *Result
		want   string
	}{
		{Blackhole{}, r, "nothing"},
		{Counter{}, r, "INCR sink-counter  by 1 of 1"},
		{Counter{Key: "n"}, window, "INCR n  by 1 of 0"},
		{Idempotent{Prefix: "count/"}, r, "SET count/k 3 by 0 of 1"},
		{Idempotent{Fenced: true}, window, "SETFENCED k@300000 72.5 by 0 of 0"},
		{Rows{Prefix: "rows/"}, r, "UPSERT rows/t/0@17 3 by 0 of 1"},
		{Rows{}, window, "UPSERT k@300000 72.5 by 0 of 0"},
		{Unwaited{Counter{}}, r, "INCR sink-counter  by 1 of 1"},
	} {
		got := "nothing"
		if q := c.sink.Write(c.result); q != nil {
			got = fmt.Sprintf("%s %s %s by %d of %d", q.Command, q.Key, q.Value, q.By, len(q.Of))
		}
		if got != c.want {
			t.Errorf("%T writes %s, want %s", c.sink, got, c.want)
		}
	}
}

// batches is a TwoPhase sink over a store: what a checkpoint covers is one
// value, which is written when the checkpoint is complete, and only once.
type batches struct {
	task string
	open []string
}

type preparedBatch struct {
	ID     int64
	Values []string
}

func (b *batches) Write(r *Result) *StoreRequest {
	b.open = append(b.open, r.Value)
	return nil
}

func (b *batches) PrepareCommit(id int64) (state []byte, before []*StoreRequest) {
	state, _ = json.Marshal(preparedBatch{id, b.open})
	b.open = nil
	return state, nil
}

func (b *batches) Commit(state []byte) []*StoreRequest {
	var s preparedBatch
	if err := json.Unmarshal(state, &s); err != nil || len(s.Values) == 0 {
		return nil
	}
	return []*StoreRequest{{Command: SetNX, Key: fmt.Sprintf("%s/%06d", b.task, s.ID), Value: strings.Join(s.Values, " ")}}
}

func (b *batches) Abort([][]byte) []*StoreRequest { return nil }

// The seam that a transactional sink will stand on: whatever is crashed, told
// late or twice, the store has each record once when the last checkpoint is
// complete.
func TestTwoPhaseSeam(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := map[string]string{}
		do := func(requests []*StoreRequest) {
			for _, q := range requests {
				if _, found := store[q.Key]; !found {
					store[q.Key] = q.Value
				}
			}
		}
		var sink TwoPhase = &batches{task: "sink-0"}
		next, id := 0, int64(0) // of the source, of checkpoints
		var pending [][]byte    // of checkpoints that are complete, perhaps committed
		at := 0                 // the source's position in the last of them
		write := func() {
			sink.Write(&Result{Value: fmt.Sprint(next)})
			next++
		}
		complete := func() {
			id++
			state, before := sink.PrepareCommit(id)
			do(before)
			pending, at = append(pending, state), next
		}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				write()
			case 2:
				complete()
			case 3: // told, and what is pending stays in the state
				for _, s := range pending {
					do(sink.Commit(s))
				}
			case 4: // told; it is done with these
				for _, s := range pending {
					do(sink.Commit(s))
				}
				pending = nil
			case 5: // crash, restore
				sink, next = &batches{task: "sink-0"}, at
				do(sink.Abort(pending))
				for _, s := range pending {
					do(sink.Commit(s))
				}
			}
		}
		complete()
		for _, s := range pending {
			do(sink.Commit(s))
		}
		var got, want []string
		for _, k := range sortedKeys(store) {
			got = append(got, strings.Fields(store[k])...)
		}
		for i := range next {
			want = append(want, fmt.Sprint(i))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("the store has %v, want %v", got, want)
		}
	})
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m { //ordered: sorted below
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
