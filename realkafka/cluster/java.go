package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
)

// minJava is the oldest Java that a Kafka 4 broker runs on.
const minJava = 17

const javaRemedy = "install a Java runtime of version 17 or newer, for example OpenJDK 17, and set JAVA_HOME to it or put its java on PATH"

// java is a usable Java launcher.
type java struct {
	path  string // the launcher
	major int    // 17 for 17.0.15
	build string // 8 hex digits that differ from one Java build to another
}

// findJava returns the Java of JAVA_HOME if that is set, else the one on PATH.
// It fails with an *EnvError if there is none or it is too old.
func findJava(ctx context.Context) (java, error) {
	path, err := javaPath()
	if err != nil {
		return java{}, err
	}
	out, err := runChild(ctx, exec.Command(path, "-version"))
	if ctx.Err() != nil {
		return java{}, ctx.Err()
	}
	major, ok := javaMajor(out)
	if err != nil || !ok {
		return java{}, &EnvError{
			What:   fmt.Sprintf("%s -version does not answer like Java: %s", path, lastLines(out, 3)),
			Remedy: javaRemedy, Err: err,
		}
	}
	if major < minJava {
		return java{}, &EnvError{
			What:   fmt.Sprintf("%s is Java %d, and Kafka %s needs %d or newer", path, major, KafkaVersion, minJava),
			Remedy: javaRemedy,
		}
	}
	sum := sha256.Sum256([]byte(path + "\n" + out))
	return java{path: path, major: major, build: hex.EncodeToString(sum[:4])}, nil
}

func javaPath() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		name := "java"
		if runtime.GOOS == "windows" {
			name = "java.exe"
		}
		// A wrong JAVA_HOME is not papered over by PATH: mvn would fail by it later.
		path, err := exec.LookPath(filepath.Join(home, "bin", name))
		if err != nil {
			return "", &EnvError{
				What:   "JAVA_HOME is " + home + ", but there is no bin/java in it",
				Remedy: "unset JAVA_HOME, or " + javaRemedy,
			}
		}
		return path, nil
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return "", &EnvError{What: "no java was found (JAVA_HOME is not set, and PATH has none)", Remedy: javaRemedy}
	}
	return path, nil
}

var javaVersionLine = regexp.MustCompile(`(?m)^\S+ version "(\d+)(?:\.(\d+))?`)

// javaMajor reads the major version from what java -version prints: "17.0.15"
// is 17, and so is the old style "1.8.0_402" 8. Lines before it, such as
// "Picked up JAVA_TOOL_OPTIONS", do not matter.
func javaMajor(out string) (int, bool) {
	m := javaVersionLine.FindStringSubmatch(out)
	if m == nil {
		return 0, false
	}
	digits := m[1]
	if digits == "1" && m[2] != "" {
		digits = m[2]
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}
