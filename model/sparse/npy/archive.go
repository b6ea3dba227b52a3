package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Entry is a named array of an archive.
type Entry struct {
	Name string // without .npy
	Array
}

const extension = ".npy"

// epoch is the time of every entry, the earliest that a zip archive can say and
// the one that NumPy writes.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// WriteArchive writes a .npz file, uncompressed, the arrays in the given order.
// It fails when a name occurs twice or is no file name.
func WriteArchive(w io.Writer, entries []Entry) error {
	archive := zip.NewWriter(w)
	seen := map[string]bool{}
	for _, e := range entries {
		if err := checkName(e.Name, seen); err != nil {
			return fmt.Errorf("npz: %w", err)
		}
		member, err := archive.CreateHeader(&zip.FileHeader{Name: e.Name + extension, Method: zip.Store, Modified: epoch})
		if err != nil {
			return fmt.Errorf("npz: array %q: %w", e.Name, err)
		}
		if err := e.Write(member); err != nil {
			return fmt.Errorf("npz: array %q: %w", e.Name, err)
		}
	}
	return archive.Close()
}

// ReadArchive reads a .npz file of size bytes, whose arrays have at most limit
// bytes of data together, in the order of its directory. Arrays may be
// compressed.
func ReadArchive(r io.ReaderAt, size, limit int64) ([]Entry, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	var entries []Entry
	seen := map[string]bool{}
	for _, f := range archive.File {
		e, err := readMember(f, limit, seen)
		if err != nil {
			return nil, fmt.Errorf("npz: %w", err)
		}
		limit -= int64(len(e.Data))
		entries = append(entries, e)
	}
	return entries, nil
}

func readMember(f *zip.File, limit int64, seen map[string]bool) (Entry, error) {
	name, ok := strings.CutSuffix(f.Name, extension)
	if !ok {
		return Entry{}, fmt.Errorf("the archive holds %q, which is not a %s file", f.Name, extension)
	}
	if err := checkName(name, seen); err != nil {
		return Entry{}, err
	}
	member, err := f.Open()
	if err != nil {
		return Entry{}, fmt.Errorf("array %q: %w", name, err)
	}
	defer member.Close()
	a, err := read(member, limit)
	if err != nil {
		return Entry{}, fmt.Errorf("array %q: %w", name, err)
	}
	return Entry{Name: name, Array: a}, nil
}

// checkName refuses what a file system would not take as one file name.
func checkName(name string, seen map[string]bool) error {
	switch {
	case name == "":
		return errors.New("an array has no name")
	case strings.ContainsAny(name, "/\\:\x00"):
		return fmt.Errorf("the name %q of an array is not that of a file", name)
	case seen[name]:
		return fmt.Errorf("two arrays have the name %q", name)
	}
	seen[name] = true
	return nil
}
