package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func fill(_ context.Context, dir string) error {
	return os.WriteFile(filepath.Join(dir, "a.jar"), []byte("jar"), 0o644)
}

func TestEntryIsBuiltOnceByManyAtOnce(t *testing.T) {
	root := t.TempDir()
	var builds atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			// Each has its own open lock file, as another process would.
			c, err := openCache(root)
			if err != nil {
				t.Error(err)
				return
			}
			dir, err := c.entry(t.Context(), "jars", func(ctx context.Context, dir string) error {
				builds.Add(1)
				time.Sleep(20 * time.Millisecond)
				return fill(ctx, dir)
			})
			if err != nil || !intact(dir) {
				t.Errorf("entry: %v", err)
			}
		})
	}
	all.Wait()
	if n := builds.Load(); locksWork && n != 1 {
		t.Errorf("built %d times", n)
	}
	onlyEntries(t, root, "jars", "lock")
}

func TestFailedBuildLeavesNothing(t *testing.T) {
	root := t.TempDir()
	c, err := openCache(root)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	_, err = c.entry(t.Context(), "jars", func(ctx context.Context, dir string) error {
		return errors.Join(fill(ctx, dir), broken)
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := c.entry(t.Context(), "jars", func(context.Context, string) error { return nil }); err == nil {
		t.Error("an empty entry was accepted")
	}
	onlyEntries(t, root, "lock")
}

func TestDamagedEntryIsBuiltAgain(t *testing.T) {
	root := t.TempDir()
	c, err := openCache(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []func(jar string) error{
		os.Remove,
		func(jar string) error { return os.Truncate(jar, 1) },
		func(jar string) error { return os.WriteFile(jar+"x", nil, 0o644) },
	} {
		dir, err := c.entry(t.Context(), "jars", fill)
		if err != nil {
			t.Fatal(err)
		}
		if err := damage(filepath.Join(dir, "a.jar")); err != nil {
			t.Fatal(err)
		}
		if c.has("jars") {
			t.Fatal("the damage was not seen")
		}
		if _, err := c.entry(t.Context(), "jars", fill); err != nil || !c.has("jars") {
			t.Fatalf("not repaired: %v", err)
		}
	}
	onlyEntries(t, root, "jars", "lock")
}

func TestWaitingForTheLockEndsWithContext(t *testing.T) {
	if !locksWork {
		t.Skip("no locks here")
	}
	c, err := openCache(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := c.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.entry(ctx, "jars", fill); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestJarsInTheCacheNeedNoMaven also checks the arguments that mvn gets.
func TestJarsInTheCacheNeedNoMaven(t *testing.T) {
	root := t.TempDir()
	tools(t, map[string]string{"mvn": `
[ -s pom.xml ] || exit 2
for a; do case $a in -DoutputDirectory=*) echo jar > "${a#*=}/b.jar"; echo jar > "${a#*=}/a.jar";; esac; done`})
	c, err := openCache(root)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := c.entry(t.Context(), jarsName(), resolveJars)
	if err != nil {
		t.Fatal(err)
	}
	path, err := classPath(dir)
	want := filepath.Join(dir, "a.jar") + string(os.PathListSeparator) + filepath.Join(dir, "b.jar")
	if err != nil || path != want {
		t.Errorf("class path %s, %v", path, err)
	}
	tools(t, map[string]string{"java": goodJava})
	if err := Check(t.Context(), root); err != nil {
		t.Error(err)
	}
}

func TestPomHasTheVersion(t *testing.T) {
	if !strings.Contains(string(pom), "<version>"+KafkaVersion+"</version>") {
		t.Error("pom.xml and KafkaVersion differ")
	}
}

func onlyEntries(t *testing.T, root string, want ...string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(root, "kafka-"+KafkaVersion))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the cache has %v, want %v", got, want)
	}
}
