package checkpoint

import (
	"fmt"
	"strings"
)

// DescribeFile tells in some lines of text what a file of a checkpoint is and
// holds, or why it cannot be used.
func DescribeFile(data []byte) string {
	h, body, err := DecodeFile("file", data)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s of job %q, checkpoint %d", h.Kind, h.Job, h.Checkpoint)
	switch h.Kind {
	case stateFile:
		describeState(&b, &h, body)
	case metadataFile:
		describeMetadata(&b, data)
	default:
		b.WriteByte('\n')
	}
	return b.String()
}

func describeState(b *strings.Builder, h *Header, body []byte) {
	fmt.Fprintf(b, ", of %s\n", h.Task)
	state, err := decodeGroups("file", body)
	if err != nil {
		fmt.Fprintf(b, "  %v\n", err)
	}
	for _, s := range state {
		fmt.Fprintf(b, "  key group %d: %d bytes\n", s.Group, len(s.Data))
	}
}

func describeMetadata(b *strings.Builder, data []byte) {
	m, err := ReadMetadata("file", data)
	if err != nil {
		fmt.Fprintf(b, "\n  %v\n", err)
		return
	}
	if m.Savepoint {
		b.WriteString(", a savepoint")
	}
	fmt.Fprintf(b, "\n  topics %s, parallelism %d, %d key groups\n", strings.Join(m.Topics, ", "), m.Parallelism, m.MaxParallelism)
	for i := range m.Handles {
		h := &m.Handles[i]
		v := h.Volume()
		fmt.Fprintf(b, "  %s: %d bytes in %d files, %d in %d of earlier checkpoints, %d inline\n",
			h.Task, v.Bytes, v.Files, v.SharedBytes, v.SharedFiles, v.InlineBytes)
	}
	for _, s := range m.Enumerator.Unassigned {
		fmt.Fprintf(b, "  %v is no source's yet, at %d\n", s.TopicPartition, s.Offset)
	}
}
