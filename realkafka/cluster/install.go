package cluster

import "context"

// installation is what starting a broker needs that is the same for all.
type installation struct {
	java      java
	classPath string // jars, joined
	template  string // folder of formatted storage
	archive   string // where the class archive is, or will be
}

// Prepare resolves the jars and formats the storage template, which the first
// start would do otherwise; it takes about 10 s and a Maven repository, and no
// time when all is in the cache already. cacheDir is as in ProcessConfig.
func Prepare(ctx context.Context, cacheDir string) error {
	_, err := install(ctx, cacheDir)
	return err
}

// Check tells what a start would lack on this machine, as an *EnvError: a
// usable Java, a writable cache, or mvn while the jars are not in the cache. It
// neither resolves nor starts anything.
func Check(ctx context.Context, cacheDir string) error {
	if _, err := findJava(ctx); err != nil {
		return err
	}
	c, err := openCache(cacheDir)
	if err != nil {
		return err
	}
	if c.has(jarsName()) {
		return nil
	}
	_, err = findMaven()
	return err
}

func install(ctx context.Context, cacheDir string) (*installation, error) {
	j, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	c, err := openCache(cacheDir)
	if err != nil {
		return nil, err
	}
	jars, err := c.entry(ctx, jarsName(), resolveJars)
	if err != nil {
		return nil, err
	}
	template, err := c.entry(ctx, templateName, func(ctx context.Context, dir string) error {
		return formatTemplate(ctx, j, jars, dir)
	})
	if err != nil {
		return nil, err
	}
	path, err := classPath(jars)
	if err != nil {
		return nil, err
	}
	return &installation{java: j, classPath: path, template: template, archive: c.archivePath(j)}, nil
}
