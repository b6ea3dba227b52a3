package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Source says where data sets are looked for: in the places that were asked
// for, in the program, in the usual places, in this order.
type Source struct {
	Asked    []Place
	Embedded map[string]fs.FS // data sets that the program carries, by name
	Usual    []Place
	Folder   string // of a data set idx:DIR, images:DIR or cifar:DIR: that folder
	last     *decoded
}

// decoded keeps the user's data set that Identify read until Load takes it, as
// decoding many photographs takes minutes.
type decoded struct {
	mu    sync.Mutex
	at    own
	found found
}

// own is a data set of the user's.
type own struct {
	kind, folder string
	as           Reading
}

// folder returns the data set of a folder. With brief it is kept for the next call.
func (s Source) folder(at own, brief bool) (found, error) {
	if s.last == nil {
		return findFolder(at.kind, at.folder, at.as)
	}
	s.last.mu.Lock()
	defer s.last.mu.Unlock()
	f := s.last.found
	if s.last.at != at || f.train == nil {
		var err error
		if f, err = findFolder(at.kind, at.folder, at.as); err != nil {
			return f, err
		}
	}
	s.last.at, s.last.found = at, found{}
	if brief {
		s.last.found = f
	}
	return f, nil
}

// Place is a folder that is searched. It holds a data set's files in a folder
// of its name, or by themselves.
type Place struct {
	Dir string
	Why string // "--data", "PRUNELAB_DATA", ...
}

// Variable is the environment variable that names folders with data sets,
// separated as in PATH.
const Variable = "PRUNELAB_DATA"

// NewSource returns the source of a program that was asked for the given
// folders, with the value of Variable and the user's cache folder (see
// CacheDir; "" where there is none).
func NewSource(asked []string, variable, cache string, embedded map[string]fs.FS) Source {
	s := Source{Embedded: embedded, last: &decoded{}}
	for _, dir := range asked {
		s.Asked = append(s.Asked, Place{dir, "--data"})
	}
	for _, dir := range filepath.SplitList(variable) {
		if dir != "" {
			s.Asked = append(s.Asked, Place{dir, Variable})
		}
	}
	if cache != "" {
		s.Usual = append(s.Usual, Place{cache, "your cache"})
	}
	for _, dir := range []string{"/usr/local/share/datasets", "/usr/share/datasets"} {
		s.Usual = append(s.Usual, Place{dir, "installed by the system"})
	}
	return s
}

// CacheDir is the folder for downloaded data sets, in the user's cache folder.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep data sets in: %w", err)
	}
	return filepath.Join(dir, "prunelab"), nil
}

// found is a data set that was read, or that is known without reading it.
type found struct {
	Info
	train, test *Set // nil where only the Info was asked for and it was known
}

// find looks for a data set and reads it. With brief, published files are
// recognised by their digests and not decoded.
func (s Source) find(name string, r Reading, brief bool) (found, error) {
	kind, folder, err := ParseName(name)
	if err != nil && Own(name) && s.Folder != "" {
		kind, folder, err = name, s.Folder, nil
	}
	if err != nil {
		return found{}, err
	}
	if folder != "" {
		return s.folder(own{kind, folder, r}, brief)
	}
	k, _ := Lookup(kind)
	return s.findKnown(k, brief)
}

func (s Source) findKnown(k Known, brief bool) (found, error) {
	var passed []string
	for _, c := range s.containers(k) {
		f, other, err := c.find(&k, brief)
		if err != nil {
			return found{}, fmt.Errorf("data set %s: %w; replace it by the published files (prunelab data get %s)", k.Name, err, k.Name)
		}
		if other != "" {
			passed = append(passed, other)
			continue
		}
		f.Passed = passed
		return f, nil
	}
	return found{}, s.notFound(k, passed)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// findFolder reads a folder of the user's.
func findFolder(kind, folder string, r Reading) (found, error) {
	c := container{form: forms[kind], as: r, files: os.DirFS(folder), at: folder, named: true}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return found{}, missing(fmt.Sprintf("data set %s:%s: there is no such folder; give the path of one as %s:DIR, or with --data the folder in which %s is now", kind, folder, kind, filepath.Base(folder)))
	}
	train, test, err := c.read(nil)
	if err != nil && kind == IDX {
		return found{}, fmt.Errorf("data set %s:%s: %w; mend or replace that file, or give another folder as idx:DIR", kind, folder, err)
	}
	if err != nil { // says itself what to do
		return found{}, fmt.Errorf("data set %s:%s: %w", kind, folder, err)
	}
	f := newFound(kind, folder, train, test)
	f.Warnings = oddities(train, test)
	if kind == Images {
		f.Warnings = append(unused(c.files), f.Warnings...)
	}
	return f, nil
}

func newFound(name, at string, train, test *Set) found {
	return found{
		Info:  Info{Name: name, Shape: train.Shape, Classes: train.Classes, Train: train.Len(), Test: test.Len(), Digest: contentDigest(train, test), Path: at, Notes: train.notes, Names: train.Names},
		train: train, test: test,
	}
}

// containers lists where files of the data set lie.
func (s Source) containers(k Known) []container {
	var list []container
	for _, p := range s.Asked {
		list = append(list, inPlace(p, k)...)
	}
	if files, ok := s.Embedded[k.Name]; ok {
		list = append(list, container{form: idxFiles, files: files, at: embeddedPath, named: true})
	}
	for _, p := range s.Usual {
		list = append(list, inPlace(p, k)...)
	}
	return slices.DeleteFunc(list, func(c container) bool { return !c.used() })
}

// embeddedPath stands for the path of files that the program carries.
const embeddedPath = "(in the program)"

// inPlace lists the containers that a place may have for the data set: in
// folders of its name, then in the place itself.
func inPlace(p Place, k Known) []container {
	names := append([]string{k.Name}, k.Folders...)
	forms := []form{idxFiles}
	if k.Unpacked != nil {
		forms = []form{cifarFolder, cifarPacked}
	}
	var list []container
	add := func(dir string, named bool) {
		for _, f := range forms {
			list = append(list, container{form: f, files: os.DirFS(dir), at: dir, named: named})
		}
	}
	for _, name := range names {
		add(filepath.Join(p.Dir, filepath.FromSlash(name)), true)
		if k.Unpacked != nil { // an archive unpacked where it lay
			add(filepath.Join(p.Dir, filepath.FromSlash(name), k.Folders[0]), true)
		}
	}
	dir := filepath.ToSlash(filepath.Clean(p.Dir))
	// The names of CIFAR-10's files belong to it alone, those of IDX files to
	// every data set of MNIST's form.
	add(p.Dir, k.Unpacked != nil || slices.ContainsFunc(names, func(n string) bool { return dir == n || strings.HasSuffix(dir, "/"+n) }))
	return list
}

// find reads the container. Other says, where that is so, that what lies there
// is some other data set.
func (c container) find(k *Known, brief bool) (f found, other string, err error) {
	info := Info{Name: k.Name, Shape: k.Shape, Classes: k.Classes, Train: k.Train, Test: k.Test, Digest: k.Content, Path: c.at}
	if brief && k.Content != "" && c.published(k) {
		return found{Info: info}, "", nil
	}
	train, test, err := c.read(k)
	if err != nil {
		return found{}, "", err
	}
	f = newFound(k.Name, c.at, train, test)
	if f.Digest == k.Content {
		return f, "", nil
	}
	if !c.named {
		return found{}, fmt.Sprintf("the files in %s are not those of %s and were passed over (call the folder %s to have them taken as that, or use idx:%s)",
			c.at, k.Name, k.Name, c.at), nil
	}
	differs, otherwise := "", ""
	if k.Content != "" {
		differs = fmt.Sprintf("content SHA-256 %s, published %s", f.Digest, k.Content)
		otherwise = ", or use it on purpose as idx:" + c.at
	} else {
		differs = c.altered(k)
	}
	if differs != "" {
		f.Warnings = []string{fmt.Sprintf("the copy of %s in %s is well-formed but differs from the published one: %s; replace it with `prunelab data get %s`%s",
			k.Name, c.at, differs, k.Name, otherwise)}
	}
	return f, "", nil
}

// ErrMissing is what an error is where a data set is not there, and not one that is
// damaged or unclear.
var ErrMissing = errors.New("the data set was not found")

// missing is an error that is ErrMissing and says more.
type missing string

func (m missing) Error() string        { return string(m) }
func (m missing) Is(target error) bool { return target == ErrMissing }

// notFound is the error of a data set that was not found: where it was looked
// for and what to do.
func (s Source) notFound(k Known, passed []string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "data set %s (%s) was not found. Searched were\n", k.Name, k.Title)
	for _, p := range slices.Concat(s.Asked, s.Usual) {
		state := ""
		if _, err := os.Stat(p.Dir); err != nil {
			state = "; there is no such folder"
		}
		fmt.Fprintf(&b, "  %s (%s%s)\n", p.Dir, p.Why, state)
	}
	for _, p := range passed {
		fmt.Fprintf(&b, "  %s\n", p)
	}
	fmt.Fprintf(&b, "Download it with\n  prunelab data get %s\nor put", k.Name)
	for i, f := range k.Files {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %s", f.Name)
	}
	fmt.Fprintf(&b, " into a folder %s%c%s and name DIR with --data or %s", "DIR", filepath.Separator, k.Name, Variable)
	return missing(b.String())
}
