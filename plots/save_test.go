package plots

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestSaveWritesBothWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	old := CDF("old", "latency", nil, nil)
	ch := duplicatesSample()
	for _, c := range []*Chart{old, ch} {
		if err := c.Save(dir, "duplicates"); err != nil {
			t.Fatal(err)
		}
	}
	if got := list(t, dir); !slices.Equal(got, []string{"duplicates.png", "duplicates.svg"}) {
		t.Errorf("%v", got)
	}
	p, s := render(t, ch)
	for name, want := range map[string][]byte{"duplicates.png": p, "duplicates.svg": s} {
		path := filepath.Join(dir, name)
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, not %d, %v", name, len(got), len(want), err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%q does not say %q", err, p)
		}
	}
}

func TestSaveSaysWhatIsWrong(t *testing.T) {
	ch := CDF("t", "latency", nil, nil)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, ch.Save(filepath.Join(file, "charts"), "x"), filepath.Join(file, "charts"), "give another folder")
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "../x"} {
		wantError(t, ch.Save(dir, name), "plain name")
	}
	wantError(t, Duplicates("t", make([]DuplicateRow, 10000)).Save(dir, "tall"), "split its rows")
	if got := list(t, dir); !slices.Equal(got, []string{"file"}) {
		t.Errorf("left behind: %v", got)
	}
}

func TestSaveIntoAFolderThatMayNotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shut")
	if err := os.Mkdir(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Create(filepath.Join(dir, "probe")); err == nil {
		f.Close()
		t.Skip("this user may write everywhere; the other cases say the rest")
	}
	err := CDF("t", "latency", nil, nil).Save(dir, "x")
	wantError(t, err, dir, "let this user write")
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v hides its cause", err)
	}
}

func TestSaveLeavesNoPartOfAFile(t *testing.T) {
	for _, taken := range []string{"x.png", "x.svg"} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, taken, "inside"), 0o755); err != nil {
			t.Fatal(err)
		}
		err := CDF("t", "latency", nil, nil).Save(dir, "x")
		wantError(t, err, filepath.Join(dir, taken), "remove what stands there")
		for _, name := range list(t, dir) {
			if name != "x.png" && name != taken {
				t.Errorf("%s is left behind", name)
			}
		}
		if taken == "x.svg" {
			wantError(t, err, "x.png beside it is new")
		}
	}
}

// stage cannot make its file: the folder is gone between two calls.
func TestStageNamesTheFolder(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	_, err := stage(gone, "x.png", nil)
	wantError(t, err, gone, "give another folder")
}
