package cluster

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pom names the broker's jars.
//
//go:embed pom.xml
var pom []byte

const mavenRemedy = "install Apache Maven 3.6 or newer (package maven) and put mvn on PATH"

// jarsName is the cache entry of the jars. It depends on the pom, so another
// pom never meets jars that were resolved for this one.
func jarsName() string {
	sum := sha256.Sum256(pom)
	return "jars-" + hex.EncodeToString(sum[:4])
}

// findMaven returns the path of mvn, or an *EnvError.
func findMaven() (string, error) {
	path, err := exec.LookPath("mvn")
	if err != nil {
		return "", &EnvError{
			What:   "no mvn was found on PATH, and the Kafka jars are not in the cache yet",
			Remedy: mavenRemedy,
		}
	}
	return path, nil
}

// resolveJars fills the empty folder dir with the jars of the pom. It fails
// with an *EnvError that has Maven's own words if they cannot be resolved.
func resolveJars(ctx context.Context, dir string) error {
	mvn, err := findMaven()
	if err != nil {
		return err
	}
	project, err := os.MkdirTemp("", "groundhog-pom-*")
	if err != nil {
		return folderError(err, os.TempDir(), "TMPDIR")
	}
	defer os.RemoveAll(project)
	if err := os.WriteFile(filepath.Join(project, "pom.xml"), pom, 0o644); err != nil {
		return folderError(err, os.TempDir(), "TMPDIR")
	}
	cmd := exec.Command(mvn, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+dir)
	cmd.Dir = project
	out, err := runChild(ctx, cmd)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &EnvError{
			What:   "mvn could not resolve the jars of Kafka " + KafkaVersion + ": " + mavenReason(out),
			Remedy: "make a Maven repository reachable (network, proxy or mirror in Maven's settings.xml), then try again",
			Err:    err,
		}
	}
	return nil
}

// mavenReason picks the first line that Maven marks as an error, else the end.
func mavenReason(out string) string {
	for line := range strings.Lines(out) {
		if reason, ok := strings.CutPrefix(strings.TrimSpace(line), "[ERROR] "); ok {
			return reason
		}
	}
	return lastLines(out, 5)
}

// classPath joins the jars of the folder dir in the order of their names: the
// order is part of what makes a class archive fit.
func classPath(dir string) (string, error) {
	jars, err := filepath.Glob(filepath.Join(dir, "*.jar"))
	if err != nil {
		return "", err
	}
	return strings.Join(jars, string(os.PathListSeparator)), nil
}
