package store

import (
	"fmt"
	"os"
	"path/filepath"
)

// Runs are the folders of runs: dir itself, or those directly below it.
func Runs(dir string) ([]string, error) {
	if Holds(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look for studies: %w; name the results folder of a run, or one that holds several", err)
	}
	var found []string
	for _, e := range entries {
		if sub := filepath.Join(dir, e.Name()); Holds(sub) {
			found = append(found, sub)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s is not the folder of a run and holds none; name one that has a plan.json, or the folder above several", dir)
	}
	return found, nil
}

// Holds reports whether a folder is that of a run.
func Holds(dir string) bool {
	_, err := os.Stat(Dir(dir).Plan())
	return err == nil
}
