package cluster

import (
	"bytes"
	"context"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// smallDisk gives a folder of its own file system with so many MiB, and skips t
// where that takes rights that we have not.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("mounts a tmpfs")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "groundhog-test", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}

// TestDiskFullAtTheStart has no room for a broker's files.
func TestDiskFullAtTheStart(t *testing.T) {
	needKafka(t)
	dir := smallDisk(t, "8k")
	_, err := StartProcess(t.Context(), ProcessConfig{RunDir: dir})
	wantEnvError(t, err, "the disk under "+dir, "is full", runDirSetting)
	nothingLeft(t, dir)
}

// TestDiskFullLater fills the disk of a broker that runs.
func TestDiskFullLater(t *testing.T) {
	needKafka(t)
	dir := smallDisk(t, "32m")
	p := start(t, ProcessConfig{RunDir: dir})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.Bootstrap()...), kgo.DefaultProduceTopic("orders"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 1, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), 900_000)
	for p.Check(ctx) == nil && ctx.Err() == nil {
		client.TryProduce(ctx, &kgo.Record{Value: big}, nil)
		time.Sleep(10 * time.Millisecond)
	}
	wantEnvError(t, p.Check(t.Context()), "the disk under "+dir, "is full", runDirSetting)
	wantEnvError(t, p.Close(), "is full")
	nothingLeft(t, dir)
}
