package conform

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRecorded gives the model what a live broker was sent, and compares it with
// what that answered: the recordings in testdata need no Kafka.
// TestLive writes them with GROUNDHOG_RECORD=1.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d recordings: %v", len(files), err)
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s, r, err := ReadRecording(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		v, err := Judge(s, r)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, m := range v.Mismatches {
			t.Errorf("%s: %s", path, m)
		}
	}
}
