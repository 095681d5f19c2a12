package realkafka

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/groundhogsim/groundhog/checkpoint"
)

// A disk has what was written, as a whole, and nothing beside it.
func TestDiskKeepsFiles(t *testing.T) {
	d := &disk{root: t.TempDir()}
	write := func(path, data string) string {
		return d.perform(&checkpoint.Write{Path: path, Data: []byte(data)}).(*checkpoint.Written).Error
	}
	read := func(path string) (string, string) {
		c := d.perform(&checkpoint.Read{Path: path}).(*checkpoint.Content)
		return string(c.Data), c.Error
	}
	for _, data := range []string{"first", "second, and longer"} {
		if err := write("job/chk-1/_metadata", data); err != "" {
			t.Fatal(err)
		}
		if got, err := read("job/chk-1/_metadata"); got != data || err != "" {
			t.Errorf("read %q, %s; wrote %q", got, err, data)
		}
	}
	files, err := os.ReadDir(filepath.Join(d.root, "job", "chk-1"))
	if err != nil || len(files) != 1 {
		t.Errorf("in the folder there are %v, %v", files, err)
	}
	// A write that fails leaves what was there before.
	if err := os.Mkdir(filepath.Join(d.root, "job", "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write("job/folder", "x"); err == "" {
		t.Error("a folder was overwritten")
	}
	if left, _ := filepath.Glob(filepath.Join(d.root, "job", ".writing-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	for range 2 { // what is not there is no error
		if err := d.perform(&checkpoint.Delete{Path: "job/chk-1/_metadata"}).(*checkpoint.Written).Error; err != "" {
			t.Error(err)
		}
	}
	if got, err := read("job/chk-1/_metadata"); got != "" || err != "there is no such file" {
		t.Errorf("read %q, %s of what was deleted", got, err)
	}
	for _, path := range []string{"../out", "/etc/out", "", "job/../../out"} {
		if err := write(path, "x"); !strings.Contains(err, "no path below a folder") {
			t.Errorf("write %q: %s", path, err)
		}
	}
}

// Errands are done in order, and not after the end.
func TestErrands(t *testing.T) {
	end := make(chan struct{})
	e := newErrands(end)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.run()
	}()
	var got []int
	done := make(chan struct{})
	for i := range 100 {
		e.add(func() { got = append(got, i) })
	}
	e.add(func() { close(done) })
	<-done
	for i, n := range got {
		if i != n {
			t.Fatalf("errand %d came as number %d", n, i)
		}
	}
	close(end)
	<-ended
	e.add(func() { t.Error("done after the end") })
	e.run()
}
