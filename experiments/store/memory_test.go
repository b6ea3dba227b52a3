package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// memory is a file system that tells what is durable from what is not, and
// fails where a test wants it to.
type memory struct {
	mu      sync.Mutex
	dirs    map[string]bool
	names   map[string]*inode // as processes see them
	durable map[string]*inode // names that survive a loss of power

	ops   int   // so far
	at    int   // the operation that fails; 0: none
	how   fault //
	err   error // what it fails with
	down  bool  // the process is dead: nothing works any more
	calls []string

	between atomic.Pointer[func(op int)] // called before every operation with its number, if it is there; several may be at once
}

// inode is a file's content.
type inode struct {
	data   []byte
	synced []byte // what survives a loss of power
}

// fault is a way to fail.
type fault int

const (
	crashBefore fault = iota // the process dies before the operation
	crashHalf                // it dies in the middle of a write
	crashAfter               // it dies right after the operation
	refuse                   // the operation fails, a write after half of its bytes; the process goes on
)

var errCrashed = errors.New("crashed")

func newMemory() *memory {
	return &memory{dirs: map[string]bool{}, names: map[string]*inode{}, durable: map[string]*inode{}}
}

// loss is what a crash takes with it.
type loss int

const (
	nothing   loss = iota // the process was killed
	unsynced              // power was lost: names and bytes that were not synced are gone
	bytesOnly             // power was lost: names were written back, bytes were not
	removals              // as unsynced, but what was removed is gone
)

// after is the file system after a crash. After a kill what was not durable still
// is not; after a loss of power everything that is left is.
func (m *memory) after(l loss) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := newMemory()
	for d := range m.dirs {
		n.dirs[d] = true
	}
	copies := map[*inode]*inode{}
	left := func(names map[string]*inode, into map[string]*inode) {
		for name, i := range names {
			c := copies[i]
			if c == nil {
				c = &inode{data: slices.Clone(i.data), synced: slices.Clone(i.synced)}
				if l != nothing {
					c.data = slices.Clone(i.synced)
				}
				copies[i] = c
			}
			into[name] = c
		}
	}
	switch l {
	case nothing:
		left(m.names, n.names)
		left(m.durable, n.durable)
	case unsynced:
		left(m.durable, n.names)
		left(m.durable, n.durable)
	case removals:
		kept := maps.Clone(m.durable)
		maps.DeleteFunc(kept, func(name string, _ *inode) bool { return m.names[name] == nil })
		left(kept, n.names)
		left(kept, n.durable)
	case bytesOnly:
		left(m.names, n.names)
		left(m.names, n.durable)
	}
	return n
}

// do counts an operation and runs it, or fails. Half is what happens when it
// is a write that is interrupted.
func (m *memory) do(call string, op func() error, half func()) error {
	if f := m.between.Load(); f != nil {
		m.mu.Lock()
		op := m.ops + 1
		m.mu.Unlock()
		(*f)(op)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return errCrashed
	}
	m.ops++
	m.calls = append(m.calls, call)
	if m.ops != m.at {
		return op()
	}
	switch m.how {
	case crashHalf:
		if half != nil {
			half()
		}
	case crashAfter:
		op()
	case refuse:
		if half != nil {
			half()
		}
		return m.err
	}
	m.down = true
	return errCrashed
}

func (m *memory) MkdirAll(dir string) error {
	return m.do("mkdir "+dir, func() error {
		for ; dir != "." && dir != "/"; dir = filepath.Dir(dir) {
			m.dirs[dir] = true
		}
		return nil
	}, nil)
}

func (m *memory) Create(name string) (File, error) {
	i := &inode{}
	err := m.do("create "+name, func() error {
		if m.names[name] != nil {
			return fs.ErrExist
		}
		if !m.dirs[filepath.Dir(name)] {
			return fs.ErrNotExist
		}
		m.names[name] = i
		return nil
	}, nil)
	if err != nil {
		return nil, err
	}
	return &memoryFile{m, i}, nil
}

func (m *memory) ReadFile(name string, limit int64) (b []byte, err error) {
	err = m.do("read "+name, func() error {
		i := m.names[name]
		if i == nil {
			return fs.ErrNotExist
		}
		if int64(len(i.data)) > limit {
			return ErrTooLong
		}
		b = slices.Clone(i.data)
		return nil
	}, nil)
	return b, err
}

func (m *memory) Open(name string) (r io.ReadCloser, err error) {
	err = m.do("open "+name, func() error {
		i := m.names[name]
		if i == nil {
			return fs.ErrNotExist
		}
		r = io.NopCloser(bytes.NewReader(slices.Clone(i.data)))
		return nil
	}, nil)
	return r, err
}

func (m *memory) Version(name string) (v string, err error) {
	err = m.do("look at "+name, func() error {
		i := m.names[name]
		if i == nil {
			return fs.ErrNotExist
		}
		v = fmt.Sprintf("%p", i)
		return nil
	}, nil)
	return v, err
}

func (m *memory) ReadDir(dir string) (list []string, err error) {
	err = m.do("list "+dir, func() error {
		if !m.dirs[dir] {
			return fs.ErrNotExist
		}
		list = m.list(dir)
		return nil
	}, nil)
	return list, err
}

func (m *memory) list(dir string) []string {
	var list []string
	for name := range m.names {
		if filepath.Dir(name) == dir {
			list = append(list, filepath.Base(name))
		}
	}
	slices.Sort(list)
	return list
}

func (m *memory) Link(from, to string) error {
	return m.do("link "+to, func() error {
		switch {
		case m.names[from] == nil:
			return fs.ErrNotExist
		case m.names[to] != nil:
			return fs.ErrExist
		}
		m.names[to] = m.names[from]
		return nil
	}, nil)
}

func (m *memory) Rename(from, to string) error {
	return m.do("rename "+to, func() error {
		if m.names[from] == nil {
			return fs.ErrNotExist
		}
		m.names[to] = m.names[from]
		delete(m.names, from)
		return nil
	}, nil)
}

func (m *memory) Remove(name string) error {
	return m.do("remove "+name, func() error {
		if m.names[name] == nil {
			return fs.ErrNotExist
		}
		delete(m.names, name)
		return nil
	}, nil)
}

func (m *memory) SyncDir(dir string) error {
	return m.do("sync "+dir, func() error {
		for name := range m.durable {
			if filepath.Dir(name) == dir {
				delete(m.durable, name)
			}
		}
		for name, i := range m.names {
			if filepath.Dir(name) == dir {
				m.durable[name] = i
			}
		}
		return nil
	}, nil)
}

// all lists the files whose path has the given part.
func (m *memory) all(part string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []string
	for name := range m.names {
		if strings.Contains(name, part) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

type memoryFile struct {
	m *memory
	i *inode
}

func (f *memoryFile) Write(b []byte) (int, error) {
	err := f.m.do("write", func() error {
		f.i.data = append(f.i.data, b...)
		return nil
	}, func() { f.i.data = append(f.i.data, b[:len(b)/2]...) })
	if err != nil {
		return len(b) / 2, err
	}
	return len(b), nil
}

func (f *memoryFile) WriteAt(b []byte, at int64) (int, error) {
	err := f.m.do("write at", func() error {
		f.i.data = append(f.i.data[:at:at], b...)
		return nil
	}, nil)
	return len(b), err
}

func (f *memoryFile) Sync() error {
	return f.m.do("sync file", func() error {
		f.i.synced = slices.Clone(f.i.data)
		return nil
	}, nil)
}

func (f *memoryFile) Close() error { return f.m.do("close", func() error { return nil }, nil) }

// before lets f happen once, between the operation of a number or a later one, as several
// may be at once, and what comes before it; happened reports whether it did.
func (m *memory) before(at int, f func()) (happened func() bool) {
	var once atomic.Bool
	g := func(op int) {
		if op >= at && once.CompareAndSwap(false, true) {
			m.between.Store(nil)
			f()
		}
	}
	m.between.Store(&g)
	return once.Load
}
