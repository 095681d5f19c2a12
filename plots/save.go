package plots

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Save writes name.png and name.svg into a folder, which is made if it is not
// there. Both are drawn and written beside their places before either is
// renamed into it: whoever looks sees an old file or a new one, never a part
// of one. The pair is not one: if the second rename fails, the first file is
// new and the second is old, and the error says so. A name is a plain file
// name without an ending.
func (ch *Chart) Save(dir, name string) error {
	if name == "" || name != filepath.Base(name) || strings.ContainsAny(name, `/\`) || name == "." || name == ".." {
		return fmt.Errorf("plots: %q cannot name a chart; give a plain name without folder or ending, such as rebalance-latency", name)
	}
	var png, svg bytes.Buffer
	if err := errors.Join(ch.WritePNG(&png), ch.WriteSVG(&svg)); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("plots: the folder %s for charts cannot be made: %w; give another folder, or make it and let this user write to it", dir, err)
	}
	pngTemp, err := stage(dir, name+".png", png.Bytes())
	if err != nil {
		return err
	}
	defer os.Remove(pngTemp) // nothing is there after the rename
	svgTemp, err := stage(dir, name+".svg", svg.Bytes())
	if err != nil {
		return err
	}
	defer os.Remove(svgTemp)
	if err := place(pngTemp, filepath.Join(dir, name+".png")); err != nil {
		return err
	}
	if err := place(svgTemp, filepath.Join(dir, name+".svg")); err != nil {
		return fmt.Errorf("%w (%s.png beside it is new already)", err, name)
	}
	return nil
}

// stage writes a whole file under another name into the folder where it will
// stand, so that a rename can put it there, and gives that name.
func stage(dir, name string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, "."+name+".*.tmp")
	if err != nil {
		return "", fmt.Errorf("plots: no file can be written into %s: %w; give another folder, or let this user write to it", dir, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("plots: write %s into %s: %w; make room there or give another folder", name, dir, err)
	}
	return f.Name(), nil
}

func place(temp, path string) error {
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("plots: %s cannot be put in place: %w; remove what stands there, or give another name", path, err)
	}
	return nil
}
