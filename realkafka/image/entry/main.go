// Command entry is the first process of the image that this folder builds,
// which has no shell. It does what the official image's scripts do, with the
// same class of Kafka's: settings come from /mnt/shared/config/server.properties
// and from KAFKA_… variables, storage is formatted for CLUSTER_ID, and then the
// broker takes its place.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	javaPath   = "/opt/java/bin/java"
	libs       = "/opt/kafka/libs"
	defaults   = "/etc/kafka/docker"
	mounted    = "/mnt/shared/config"
	configured = "/opt/kafka/config"

	// defaultClusterID is used if CLUSTER_ID is not set: any valid id will do.
	defaultClusterID = "Z3JvdW5kaG9nLWthZmthMQ"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "entry:", err)
		os.Exit(1)
	}
}

func run() error {
	if os.Getenv("CLUSTER_ID") == "" {
		if err := os.Setenv("CLUSTER_ID", defaultClusterID); err != nil {
			return err
		}
	}
	// Sorted: the order is part of what makes a class archive fit.
	jars, err := filepath.Glob(filepath.Join(libs, "*.jar"))
	if err != nil {
		return err
	}
	java := []string{javaPath, "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile=" + filepath.Join(defaults, "log4j2.properties"), "-cp", strings.Join(jars, ":")}
	setup := exec.Command(javaPath, append(java[1:], "kafka.docker.KafkaDockerWrapper", "setup",
		"-D", defaults, "-M", mounted, "-F", configured)...)
	// A container that is started again finds its storage formatted.
	if out, err := setup.CombinedOutput(); err != nil && !strings.Contains(string(out), "already formatted") {
		return fmt.Errorf("setting up: %w\n%s", err, out)
	}
	java = append(java, "-XX:+ExitOnOutOfMemoryError")
	java = append(java, strings.Fields(heap())...)
	java = append(java, "kafka.Kafka", filepath.Join(configured, "server.properties"))
	return syscall.Exec(javaPath, java, os.Environ())
}

// heap is what the JVM may use, by the official image's variable.
func heap() string {
	if opts := os.Getenv("KAFKA_HEAP_OPTS"); opts != "" {
		return opts
	}
	return "-Xmx512m"
}
