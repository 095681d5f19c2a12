package cluster

import (
	"io"
	"os"
	"path/filepath"
)

// A class archive holds the classes that a broker loaded, parsed and linked. A
// JVM that maps it starts Kafka in half the time. The first broker that is
// closed in an orderly way dumps one, at the price of 2 to 3 s. It fits only the
// same build of Java and the same jars; the JVM checks that itself and goes on
// without it if need be, so nothing here can make a start fail.

// archivePath returns where the archive for these jars and this Java is kept.
func (c cache) archivePath(j java) string {
	return filepath.Join(c.dir, "classes-"+jarsName()+"-java-"+j.build+".jsa")
}

// archiveFlags returns the JVM's flags that use the archive, or, while there is
// none, those that dump one to the file dump at exit.
func archiveFlags(archive, dump string) (flags []string, dumping bool) {
	if _, err := os.Stat(archive); err == nil {
		return []string{"-XX:SharedArchiveFile=" + archive}, false
	}
	if dump == "" {
		return nil, false
	}
	// Without the log levels it prints a line for each class it leaves out.
	return []string{"-XX:ArchiveClassesAtExit=" + dump, "-Xlog:cds=error", "-Xlog:cds+dynamic=error"}, true
}

// keepArchive moves the file dump into the cache. That it fails is no harm: the
// next start makes one.
func keepArchive(dump, archive string) {
	in, err := os.Open(dump)
	if err != nil {
		return
	}
	defer in.Close()
	// A copy, for the two are often on different disks; then a rename, so that
	// a half-written one is never mapped.
	out, err := os.CreateTemp(filepath.Dir(archive), "archiving-*")
	if err != nil {
		return
	}
	_, err = io.Copy(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(out.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(out.Name(), archive)
	}
	if err != nil {
		os.Remove(out.Name())
	}
}
