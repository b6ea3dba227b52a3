package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile is a file that is to be made.
type newFile struct {
	name  string
	write func(io.Writer) error
}

// createAll makes all the files, each whole, or none of them. It fails when one
// is there already.
func createAll(files ...newFile) error {
	for i, f := range files {
		err := create(f)
		if err == nil {
			continue
		}
		for _, made := range files[:i] {
			os.Remove(made.name)
		}
		if errors.Is(err, fs.ErrExist) {
			return taken(f.name)
		}
		return fmt.Errorf("write %s: %w", f.name, err)
	}
	return nil
}

// free reports a name that is taken.
func free(names []string) error {
	for _, name := range names {
		if _, err := os.Lstat(name); err == nil {
			return taken(name)
		}
	}
	return nil
}

func taken(name string) error {
	return fmt.Errorf("%s is there already and is not overwritten; remove it or give another name", name)
}

// create writes a file beside its place and then gives it its name, unless that
// is taken: fs.ErrExist.
func create(f newFile) error {
	dir := filepath.Dir(f.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	aside, err := os.CreateTemp(dir, ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(aside.Name())
	w := bufio.NewWriter(aside)
	err = f.write(w)
	for _, step := range []func() error{w.Flush, func() error { return aside.Chmod(0o644) }, aside.Sync} {
		if err == nil {
			err = step()
		}
	}
	if err = errors.Join(err, aside.Close()); err != nil {
		return err
	}
	if err = os.Link(aside.Name(), f.name); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(f.name); err == nil { // on a file system without links
		return fs.ErrExist
	}
	return os.Rename(aside.Name(), f.name)
}
