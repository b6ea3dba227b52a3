package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// FS is what the store needs of a file system. Errors are those of package os.
type FS interface {
	MkdirAll(dir string) error
	Create(name string) (File, error)                  // fails when the name exists; mode 0644
	ReadFile(name string, limit int64) ([]byte, error) // fails when the file is longer
	Open(name string) (io.ReadCloser, error)           //
	Version(name string) (string, error)               // another one when another file has taken the name
	ReadDir(dir string) ([]string, error)              // names, sorted
	Link(from, to string) error                        // fails when to exists
	Rename(from, to string) error
	Remove(name string) error
	SyncDir(dir string) error // makes the names in the folder durable
}

// File is a file that is being written.
type File interface {
	io.Writer
	io.WriterAt
	Sync() error
	Close() error
}

// Bounds of what is read into memory.
const (
	maxClaim   = 4 << 10
	maxOutcome = 64 << 20
	maxPlan    = 1 << 30
	maxStudy   = 4 << 20
	maxNetwork = 2 << 30
	maxPack    = 512 << 20 // unpacked, of all trials together
)

// Disk is the file system of the operating system.
type Disk struct{}

// MkdirAll makes a folder and those above it.
func (Disk) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o755) }

// Create makes a file.
func (Disk) Create(name string) (File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ReadFile reads a whole file.
func (Disk) ReadFile(name string, limit int64) ([]byte, error) {
	f, info, err := regular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	b.Grow(int(min(info.Size(), limit) + bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%w of %d bytes", ErrTooLong, limit)}
	}
	return b.Bytes(), nil
}

// regular opens a file that is neither a folder nor a device.
func regular(name string) (*os.File, fs.FileInfo, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = isFile(name, info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// errNoFile says that something else has the name of a file.
var errNoFile = errors.New("not a regular file")

func isFile(name string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("a folder, %w", errNoFile)}
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "read", Path: name, Err: errNoFile}
	}
	return nil
}

// Open opens a file to be read.
func (Disk) Open(name string) (io.ReadCloser, error) {
	f, _, err := regular(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Version is the length of a file and when it was written: files that replace
// each other are never changed in place.
func (Disk) Version(name string) (string, error) {
	info, err := os.Stat(name)
	if err == nil {
		err = isFile(name, info) // opening a pipe would wait for a writer
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano()), nil
}

// ErrTooLong says that a file is longer than any of its kind.
var ErrTooLong = errors.New("longer than the bound")

// ReadDir lists a folder.
func (Disk) ReadDir(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Link gives a file a second name.
func (Disk) Link(from, to string) error { return os.Link(from, to) }

// Rename moves a file over another.
func (Disk) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file.
func (Disk) Remove(name string) error { return os.Remove(name) }

// SyncDir makes the names in a folder durable, where the system can do that.
func (Disk) SyncDir(dir string) error {
	if !syncsDirs {
		return nil
	}
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		d.Close()
		return err
	}
	return d.Close()
}

// readOnly is a file system that refuses to be changed.
type readOnly struct{ FS }

func (readOnly) MkdirAll(dir string) error        { return refused("mkdir", dir) }
func (readOnly) Create(name string) (File, error) { return nil, refused("create", name) }
func (readOnly) Link(_, to string) error          { return refused("link", to) }
func (readOnly) Rename(_, to string) error        { return refused("rename", to) }
func (readOnly) Remove(name string) error         { return refused("remove", name) }
func (readOnly) SyncDir(dir string) error         { return nil }

func refused(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: errors.New("the folder is only looked at")}
}
