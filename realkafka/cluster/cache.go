package cluster

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// cacheSetting is how a user moves the cache.
const cacheSetting = "GROUNDHOG_CACHE"

// cache is the folder that keeps what a start needs and does not change. Each
// entry is a folder that is complete from the moment it has its name: it is
// built beside it, then renamed.
type cache struct{ dir string }

// openCache makes the cache folder below root; an empty root stands for the
// environment variable GROUNDHOG_CACHE, then for the user's cache folder.
func openCache(root string) (cache, error) {
	if root == "" {
		root = os.Getenv(cacheSetting)
	}
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return cache{}, &EnvError{What: "no cache folder is known", Remedy: "set " + cacheSetting + " to a folder", Err: err}
		}
		root = filepath.Join(user, "groundhog")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return cache{}, err
	}
	c := cache{dir: filepath.Join(root, "kafka-"+KafkaVersion)}
	return c, c.wrap(os.MkdirAll(c.dir, 0o755))
}

func (c cache) wrap(err error) error { return folderError(err, c.dir, cacheSetting) }

// has tells whether the named entry is there and whole.
func (c cache) has(name string) bool { return intact(filepath.Join(c.dir, name)) }

// entry returns the folder of the named entry. If it is missing or damaged it
// is made by build, which fills an empty folder, under a lock that other
// processes honour; so many starts at once build it once.
func (c cache) entry(ctx context.Context, name string, build func(context.Context, string) error) (string, error) {
	dir := filepath.Join(c.dir, name)
	if intact(dir) {
		return dir, nil
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return "", c.wrap(err)
	}
	defer unlock()
	if intact(dir) { // built by the one we waited for
		return dir, nil
	}
	return dir, c.wrap(c.build(ctx, dir, build))
}

func (c cache) build(ctx context.Context, dir string, build func(context.Context, string) error) error {
	c.removeLeftovers()
	tmp, err := os.MkdirTemp(c.dir, "building-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := build(ctx, tmp); err != nil {
		return err
	}
	if err := writeManifest(tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	// A damaged entry is renamed first: os.Rename does not replace a full folder.
	if err := os.Rename(dir, tmp+".damaged"); err == nil {
		defer os.RemoveAll(tmp + ".damaged")
	}
	if err := os.Rename(tmp, dir); err != nil && !intact(dir) {
		return err
	}
	return nil
}

// removeLeftovers deletes what builders that were killed left behind. Only the
// holder of a lock that really excludes others may do so.
func (c cache) removeLeftovers() {
	if !locksWork {
		return
	}
	left, _ := filepath.Glob(filepath.Join(c.dir, "building-*"))
	for _, dir := range left {
		os.RemoveAll(dir)
	}
}

// lock takes the cache's lock, waiting until ctx ends.
func (c cache) lock(ctx context.Context) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(c.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for !tryLock(f) {
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("waiting for another process that fills %s: %w", c.dir, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return func() { f.Close() }, nil
}

// manifest is the file of an entry that lists its files, a line each:
// size in bytes, space, slash-separated path.
const manifest = "MANIFEST"

func writeManifest(dir string) error {
	text, err := listFiles(dir)
	if err != nil {
		return err
	}
	if text == "" {
		return fmt.Errorf("nothing was put into %s", dir)
	}
	return os.WriteFile(filepath.Join(dir, manifest), []byte(text), 0o644)
}

// intact tells whether dir has exactly the files and sizes of its manifest.
func intact(dir string) bool {
	want, err := os.ReadFile(filepath.Join(dir, manifest))
	if err != nil {
		return false
	}
	got, err := listFiles(dir)
	return err == nil && got == string(want)
}

func listFiles(dir string) (string, error) {
	var lines []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == manifest {
			return err
		}
		lines = append(lines, fmt.Sprintf("%d %s\n", info.Size(), filepath.ToSlash(rel)))
		return nil
	})
	sort.Strings(lines)
	return strings.Join(lines, ""), err
}
