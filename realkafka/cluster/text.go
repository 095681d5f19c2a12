package cluster

import (
	"io"
	"os"
	"strings"
)

// lastLines returns the last n lines of text, without the final newline.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\r\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// fileEnd returns the last limit bytes of a file, or "" if it cannot be read.
func fileEnd(path string, limit int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > limit {
		f.Seek(-limit, io.SeekEnd)
	}
	b, _ := io.ReadAll(io.LimitReader(f, limit))
	return string(b)
}

// trouble shortens a broker's log to what explains a failed start: each error
// with the first line after it, causes of exceptions, then the last lines. The
// end alone would not do, for a broker that fails writes some 150 lines while
// it shuts down.
func trouble(log string) string {
	var b strings.Builder
	budget, after := 20, false
	for line := range strings.Lines(log) {
		bad := strings.Contains(line, " ERROR ") || strings.Contains(line, " FATAL ") || strings.HasPrefix(line, "Exception in thread ")
		if budget > 0 && (bad || after || strings.HasPrefix(line, "Caused by:")) {
			b.WriteString(line)
			budget--
		}
		after = bad
	}
	if b.Len() > 0 {
		b.WriteString("...\n")
	}
	return b.String() + lastLines(log, 12)
}
