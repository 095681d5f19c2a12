package cluster

import (
	_ "embed"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed log4j2.properties
var log4j []byte

// dumpGrace is how much longer a broker may take to end that dumps a class
// archive.
const dumpGrace = 30 * time.Second

// node is one broker process and its folder.
type node struct {
	nodeConfig
	dir  string // has the files below
	jvm  *child
	dump string // where the JVM dumps a class archive at exit, or ""
}

// The files of a node's folder.
const (
	serverLog  = "server.log"
	serverConf = "server.properties"
	log4jConf  = "log4j2.properties"
	dataDir    = "data"
	dumpFile   = "classes.jsa"
)

func (n *node) file(name string) string { return filepath.Join(n.dir, name) }

// start writes the node's files and starts its JVM. With dump it may make a
// class archive for later starts.
func (n *node) start(inst *installation, l layout, clusterID string, dump bool) error {
	if err := os.MkdirAll(n.dir, 0o755); err != nil {
		return err
	}
	if err := copyTemplate(inst.template, n.dataDir, clusterID, n.id); err != nil {
		return err
	}
	if err := os.WriteFile(n.file(serverConf), []byte(l.render(n.nodeConfig)), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(n.file(log4jConf), log4j, 0o644); err != nil {
		return err
	}
	out, err := os.Create(n.file(serverLog))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := n.command(inst, dump)
	cmd.Stdout, cmd.Stderr = out, out
	n.jvm, err = startChild(cmd)
	return err
}

func (n *node) command(inst *installation, dump bool) *exec.Cmd {
	target := ""
	if dump {
		target = n.file(dumpFile)
	}
	flags, dumping := archiveFlags(inst.archive, target)
	if dumping {
		n.dump = target
	}
	// C1 only: a broker that lives for seconds does not earn back what C2 costs.
	// No perf data: it is a file under the temporary folder that a kill leaves.
	args := append([]string{"-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
		"-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"}, flags...)
	args = append(args, "-Dlog4j2.configurationFile="+n.file(log4jConf),
		"-cp", inst.classPath, "kafka.Kafka", n.file(serverConf))
	cmd := exec.Command(inst.java.path, args...)
	cmd.Dir = n.dir // where a crashing JVM writes its report
	return cmd
}

// stop ends the JVM, by force after grace. A class archive that it dumped goes
// to the cache.
func (n *node) stop(grace time.Duration, archive string) {
	if n.jvm == nil {
		return
	}
	if n.dump != "" {
		grace += dumpGrace
	}
	if n.jvm.stop(grace) && n.dump != "" {
		keepArchive(n.dump, archive)
	}
}

// maxLog is how much of a log Logs returns, in bytes.
const maxLog = 1 << 20

func (n *node) log() string { return fileEnd(n.file(serverLog), maxLog) }

// saveLogs copies the node's log and settings, and a crash report of the JVM,
// into the folder dir.
func (n *node) saveLogs(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := []string{n.file(serverLog), n.file(serverConf)}
	crashes, _ := filepath.Glob(n.file("hs_err_*.log"))
	for _, from := range append(files, crashes...) {
		err := copyFile(from, filepath.Join(dir, filepath.Base(from)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return err
}
