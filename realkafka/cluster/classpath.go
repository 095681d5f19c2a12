package cluster

import "context"

// ClassPath returns the Java launcher that runs the brokers, and the class path
// of their jars, Kafka's Java clients among them. What is missing is resolved
// first, as Prepare does. Failures are as those of StartProcess.
func ClassPath(ctx context.Context, cacheDir string) (launcher, classPath string, err error) {
	inst, err := install(ctx, cacheDir)
	if err != nil {
		return "", "", err
	}
	return inst.java.path, inst.classPath, nil
}
