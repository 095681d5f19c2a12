package sharestate

import (
	"strconv"
	"strings"
)

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// String prints a state on one line.
func (v *Value) String() string {
	var b strings.Builder
	b.WriteString("snapshot " + itoa(v.SnapshotEpoch) + " state-epoch " + itoa(v.StateEpoch) + " leader-epoch " + itoa(v.LeaderEpoch) +
		" start " + strconv.FormatInt(v.StartOffset, 10) + " complete " + itoa(v.DeliveryCompleteCount))
	for _, s := range v.StateBatches {
		b.WriteString(" " + strconv.FormatInt(s.FirstOffset, 10) + "-" + strconv.FormatInt(s.LastOffset, 10) +
			":" + itoa(int32(s.DeliveryState)) + "×" + itoa(int32(s.DeliveryCount)))
	}
	return b.String()
}
