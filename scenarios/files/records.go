package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/groundhogsim/groundhog/scenarios"
	"github.com/groundhogsim/groundhog/scenarios/records"
)

// read fills in the records of loads that name a file, as it stands beside the
// scenario file of that name.
func (f *file) read(name string, s *scenarios.Spec) error {
	if err := f.Load.read(name, "load", &s.Load); err != nil {
		return err
	}
	for i := range f.Loads {
		if err := f.Loads[i].read(name, fmt.Sprintf("loads[%d]", i), &s.Loads[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l load) read(name, path string, into *scenarios.Load) (err error) {
	if l.File == "" {
		if l.Comments != "" {
			return &wrong{path + ".comments", "they are of a file of records; name it, as in file: locations.jsonl"}
		}
		return nil
	}
	in, err := os.Open(filepath.Join(filepath.Dir(name), l.File))
	if err != nil {
		return &wrong{path + ".file", fmt.Sprintf("it cannot be read: %v", err)}
	}
	defer in.Close()
	format := records.Format{Comments: records.Comments(l.Comments), JSON: strings.HasSuffix(l.File, ".jsonl")}
	if into.Records, _, err = records.Read(in, format); err != nil {
		if _, ok := errors.AsType[*records.Error](err); !ok {
			return &wrong{path + ".comments", err.Error()}
		}
		return &wrong{path + ".file", fmt.Sprintf("%s, %v", l.File, err)}
	}
	if len(into.Records) == 0 {
		return &wrong{path + ".file", l.File + " has no records"}
	}
	return nil
}
