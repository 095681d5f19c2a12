package cluster

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// templateName is the cache entry of formatted storage.
const templateName = "formatted"

// templateDir is the folder in that entry that Kafka's tool formatted.
const templateDir = "data"

// formatTemplate has Kafka's own storage tool format the folder dir/data, for
// copyTemplate. Formatting anew at each start would cost a JVM start of 1 s and
// give the same but for the two ids that copyTemplate replaces.
func formatTemplate(ctx context.Context, j java, jars, dir string) error {
	node := nodeConfig{id: 1, clientPort: 1, controllerPort: 2, dataDir: filepath.Join(dir, templateDir)}
	settings := filepath.Join(dir, "server.properties")
	logging := filepath.Join(dir, "log4j2.properties")
	text := properties(layout{nodes: []nodeConfig{node}}.identity(node)) // all that formatting goes by
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(logging, log4j, 0o644); err != nil {
		return err
	}
	path, err := classPath(jars)
	if err != nil {
		return err
	}
	cmd := exec.Command(j.path, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dlog4j2.configurationFile="+logging,
		"-cp", path, "kafka.tools.StorageTool", "format", "-t", newUUID(), "-c", settings)
	out, err := runChild(ctx, cmd)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return startFailure(fmt.Errorf("formatting Kafka's storage failed: %w", err), out, dir)
	}
	return nil
}

// copyTemplate makes the folder to, as formatted for the node id of the cluster
// clusterID. The cluster id differs from one cluster to the next: by it a broker
// that lands on another cluster's port is refused, and readiness knows its own.
func copyTemplate(from, to, clusterID string, id int) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	from = filepath.Join(from, templateDir)
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			return err
		}
		if f.Name() == "meta.properties" {
			text = []byte(stampMeta(string(text), clusterID, newUUID(), id))
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// stampMeta replaces the ids in a meta.properties and leaves the rest.
func stampMeta(text, clusterID, directoryID string, id int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		switch key, _, _ := strings.Cut(line, "="); key {
		case "cluster.id":
			line = "cluster.id=" + clusterID + "\n"
		case "directory.id":
			line = "directory.id=" + directoryID + "\n"
		case "node.id":
			line = fmt.Sprintf("node.id=%d\n", id)
		}
		b.WriteString(line)
	}
	return b.String()
}

// newUUID returns a random id as Kafka writes it: 16 bytes in 22 characters of
// the URL-safe base 64, never with a leading dash, which Kafka avoids too
// because tools would take it for an option.
func newUUID() string {
	for {
		var b [16]byte
		rand.Read(b[:])
		b[6] = b[6]&0x0f | 0x40 // version 4
		b[8] = b[8]&0x3f | 0x80 // variant of RFC 9562
		if s := base64.RawURLEncoding.EncodeToString(b[:]); !strings.HasPrefix(s, "-") {
			return s
		}
	}
}
