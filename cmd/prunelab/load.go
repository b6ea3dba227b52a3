package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"prunelab/cmd/prunelab/internal/scan"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/experiments/verify"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/tensors"
	"prunelab/model/weights"
)

// loaded is a study with the source of its data.
type loaded struct {
	*study.Study
	source  dataset.Source
	found   dataset.Info    // its data set
	weights string          // where the network lies that was trained elsewhere
	origins tensors.Origins // what its tensors are called there
	ready   *ready
}

// ready are splits that were loaded to look at them, for the trials to take.
type ready struct {
	mu     sync.Mutex
	splits map[dataset.Config]*dataset.Splits
}

// splits loads the study's data, or hands over what is loaded.
func (l loaded) splits(c dataset.Config) (*dataset.Splits, error) {
	l.ready.mu.Lock()
	d := l.ready.splits[c]
	delete(l.ready.splits, c)
	l.ready.mu.Unlock()
	if d != nil {
		return d, nil
	}
	return dataset.Load(c, l.source)
}

// load parses the studies, all before anything is done with the first.
func (f studyFlags) load(s *session) ([]loaded, error) {
	names := f.Studies
	if len(names) == 0 {
		names = study.Defaults()
	}
	var studies []loaded
	for _, name := range names {
		one, err := loadStudy(s, name, f.Set, f.dataFlags)
		if err != nil && len(names) > 1 && len(f.Set) > 0 {
			return nil, fmt.Errorf("study %s: %w", name, err)
		}
		if err != nil {
			return nil, err
		}
		if err := s.narrow(one.Study, f.armsFlag); err != nil {
			return nil, err
		}
		studies = append(studies, one)
	}
	return studies, nil
}

// maxStudyFile is more than any study file may have; the reader names the
// limit.
const maxStudyFile = 2 << 20

// loadStudy parses a study.
func loadStudy(s *session, file string, overrides []string, from dataFlags) (loaded, error) {
	name, text, err := studyFile(file)
	if err != nil {
		return loaded{}, err
	}
	return s.parse(name, text, overrides, from)
}

// parse parses the text of a study and returns it with the source of its data.
func (s *session) parse(name string, text []byte, set []string, data dataFlags) (loaded, error) {
	one := loaded{source: data.source(), ready: &ready{splits: map[dataset.Config]*dataset.Splits{}}}
	from := paths{filepath.Dir(name), set}
	var missing error
	lookup := func(data string, r dataset.Reading) (info dataset.Info, err error) {
		kind, folder, err := dataset.ParseName(data)
		if err != nil {
			return info, err
		}
		if folder != "" {
			one.source.Folder = s.moved(from.find(folder, "data.name", s.notice), one.source)
			data = kind + ":" + one.source.Folder
		}
		info, err = dataset.Identify(data, r, one.source)
		one.found, missing = info, err
		for _, w := range info.Told() {
			s.notice("warning: " + w)
		}
		return info, err
	}
	classes := func(file string) ([]string, error) { return readOrder(from.find(file, "data.classes", s.notice)) }
	layers := func(file string, images dataset.Shape) (nn.Config, error) {
		one.weights = from.find(file, "network.file", s.notice)
		return s.readLayers(one.weights, images)
	}
	var err error
	one.Study, err = study.Parse(name, text, set, study.Lookup{Data: lookup, Layers: layers, Classes: classes})
	if err != nil && missing != nil {
		err = noData{err, errors.Is(missing, dataset.ErrMissing)}
	}
	if err != nil {
		return loaded{}, err
	}
	err = one.Take(func(file string, c nn.Config) (*nn.Network, error) {
		if one.weights == "" { // as it is where the layers were not in the file
			one.weights = from.find(file, "network.file", s.notice)
		}
		if err := sameFile(one.weights, one.Sum); err != nil {
			return nil, err
		}
		net, origins, err := s.readNetwork(one.weights, c, one.Entry, one.Names)
		one.origins = origins
		if err == nil && !one.Zeros {
			s.adopt(file, net)
		}
		return net, err
	})
	return one, err
}

// parseRun parses the study of a run, which was made into its plan. Before parts
// of a user's data were drawn by class they were taken in the order of the files;
// the study of such a run does not say so.
func (s *session) parseRun(dir store.Dir, plan trial.Plan, text []byte, set []string, data dataFlags) (loaded, error) {
	if len(plan.Trials) > 0 {
		if c := plan.Trials[0].Data; dataset.Own(c.Name) && c.Parts() && !c.Stratified {
			set = append([]string{"data.stratified=false"}, set...)
		}
	}
	return s.parse(dir.Study(), text, set, data)
}

// paths finds what a study names by a path.
type paths struct {
	dir string   // of the study's file
	set []string // the overrides
}

// find resolves the path that a key has: a relative one is the study's, and on the
// command line that of the current folder. Studies of earlier runs have data
// relative to where these were started.
func (p paths) find(path, key string, notice func(string)) string {
	group, _, _ := strings.Cut(key, ".")
	typed := slices.ContainsFunc(p.set, func(set string) bool {
		return strings.HasPrefix(set, key+"=") || strings.HasPrefix(set, group+"=")
	})
	if filepath.IsAbs(path) || typed {
		return path
	}
	beside := filepath.Join(p.dir, path)
	if _, err := os.Stat(beside); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(path); err == nil {
			notice(fmt.Sprintf("warning: %s is taken from the current folder; there is no %s, and a path in a study is relative to its file", path, beside))
			return path
		}
	}
	return beside
}

// readOrder reads the classes in the order of a network's outputs.
func readOrder(name string) ([]string, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s with the classes, one a line in the order of the network's outputs", name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if at, err := f.Stat(); err == nil && at.IsDir() {
		return nil, fmt.Errorf("%s is a folder; name the file that has the classes, one a line in the order of the network's outputs", name)
	}
	text, err := io.ReadAll(io.LimitReader(f, dataset.MaxOrder+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(text) > dataset.MaxOrder {
		return nil, fmt.Errorf("%s is larger than the %d bytes that a list of classes may have; name the file that has a class on each line", name, dataset.MaxOrder)
	}
	names, err := dataset.ReadOrder(text)
	if err != nil {
		return nil, fmt.Errorf("the classes in %s: %w", name, err)
	}
	return names, nil
}

// moved finds a folder of a user's data that is not, or no longer, where it is said
// to be, by its name in the folders that were given for data. That it holds the same
// images, the digest in the plan of a run tells.
func (s *session) moved(folder string, from dataset.Source) string {
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return folder
	}
	for _, p := range from.Asked {
		there := filepath.Join(p.Dir, filepath.Base(folder))
		if at, err := os.Stat(there); err == nil && at.IsDir() {
			s.notice(fmt.Sprintf("%s is taken from %s (%s); there is no %s", filepath.Base(folder), there, p.Why, folder))
			return there
		}
	}
	return folder
}

// relocate makes relative paths of the study relative to the folder where it is
// going to lie.
func (l *loaded) relocate(dir string) error {
	relative := func(path string) (string, error) {
		to, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		if path, err = filepath.Abs(path); err != nil {
			return "", err
		}
		path, err = filepath.Rel(to, path)
		return filepath.ToSlash(path), err
	}
	kind, folder, err := dataset.ParseName(l.Source)
	if err != nil {
		return err
	}
	if folder != "" && !filepath.IsAbs(folder) {
		if folder, err = relative(l.source.Folder); err != nil {
			return fmt.Errorf("name %s from %s: %w", l.source.Folder, dir, err)
		}
		l.Source = kind + ":" + folder
	}
	if l.File != "" && !filepath.IsAbs(l.File) {
		if l.File, err = relative(l.weights); err != nil {
			return fmt.Errorf("name %s from %s: %w", l.weights, dir, err)
		}
	}
	return nil
}

// adopt takes the zeros of a network that was trained elsewhere for weights that were
// removed, and says so.
func (s *session) adopt(file string, net *nn.Network) {
	var layers []string
	for _, a := range weights.AdoptZeros(net) {
		layers = append(layers, fmt.Sprintf("%s (%d of %d weights, %.1f %%)", a.Layer, a.Zeros, a.Size, 100*float64(a.Zeros)/float64(a.Size)))
	}
	if len(layers) > 0 {
		s.notice(fmt.Sprintf("%s: exact zeros, more than chance makes, in %s; they are taken for weights that were removed and stay zero; network: {zeros: keep}, in a scan --keep-zeros, takes them for weights like others",
			file, strings.Join(layers, ", ")))
	}
}

// noData is what is wrong with a study when, among others, its data set was not
// found.
type noData struct {
	error
	gone bool // the data set, rather than damaged
}

func (e noData) Unwrap() error        { return e.error }
func (e noData) Is(target error) bool { return target == verify.ErrNoData }

// openNetwork opens the file of a network.
func openNetwork(name string) (*os.File, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s; a name is relative to the study's file, with --set to the current folder", name)
	}
	if err != nil {
		return nil, err
	}
	if at, err := f.Stat(); err == nil && at.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s is a folder; name the file of the network in it", name)
	}
	return f, nil
}

// sameFile checks that a file has the SHA-256 that the study gives, "" for any.
func sameFile(name, sum string) error {
	if sum == "" {
		return nil
	}
	f, err := openNetwork(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("%s has the SHA-256 %s, and the study is of a file with %s; give it that file, or take the study's sha256 out", name, got, sum)
	}
	return nil
}

// readLayers reads the layers of a network that was trained elsewhere, for images of a
// shape, and says what of the file is not among them.
func (s *session) readLayers(name string, images dataset.Shape) (nn.Config, error) {
	f, err := openNetwork(name)
	if err != nil {
		return nn.Config{}, err
	}
	defer f.Close()
	n, err := weights.Layers(f, images)
	if err != nil {
		return nn.Config{}, fmt.Errorf("%s: %w", name, err)
	}
	for _, said := range n.Said {
		s.notice(fmt.Sprintf("%s: %s", name, said))
	}
	c, err := n.For(images)
	if err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// readNetwork reads a network that was trained elsewhere, from the entry of its file that
// the key names, and says what it took for what where its own names do not tell. With it
// come the names that its tensors have in the file.
func (s *session) readNetwork(name string, c nn.Config, key string, names map[string]string) (*nn.Network, tensors.Origins, error) {
	none := tensors.Origins{}
	f, err := openNetwork(name)
	if err != nil {
		return nil, none, err
	}
	defer f.Close()
	file, err := weights.Open(f, key, c.Input)
	if err != nil {
		return nil, none, fmt.Errorf("%s: %w", name, err)
	}
	if len(file.Others) > 0 {
		s.notice(fmt.Sprintf("%s: the network is taken from %q; there are tensors under %s too, of which key, or --key in a scan, takes others", name, cmp.Or(file.Key, "the top"), strings.Join(file.Others, ", ")))
	}
	net, a, err := weights.Bring(c, file, names)
	if err != nil {
		return nil, none, fmt.Errorf("%s: %w", name, err)
	}
	if said := a.Said(); said != "" {
		s.notice(fmt.Sprintf("%s: %s", name, said))
	}
	if slices.ContainsFunc(a.Pairs, func(p tensors.Pair) bool { return p.How != tensors.ByName }) {
		text, err := scan.Tensors(a).Txt()
		if err != nil {
			return nil, none, err
		}
		fmt.Fprintf(s.stderr, "%s\n", text)
	}
	return net, a.Origins(), nil
}

// folderForStudy says what to do with a folder in the place of a study.
func folderForStudy(name string) error {
	if _, err := os.Stat(store.Dir(name).Plan()); err == nil {
		return fmt.Errorf("%s is the folder of a run, not a study; prunelab worker %[1]s runs what is left of it, and its study is %[2]s", name, store.Dir(name).Study())
	}
	return fmt.Errorf("%s is a folder, not a study; a folder of images is named in a study, as data: {name: \"images:%[1]s\"}, and prunelab data images:%[1]s says what is in it", name)
}

// studyFile returns the text of a study and what it is called in errors.
func studyFile(name string) (string, []byte, error) {
	if text, ok := study.Builtin(name); ok {
		return name + ".yaml", text, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsRune(name, filepath.Separator) {
		return "", nil, usageError{fmt.Errorf("there is no study %q, built in or as a file%s", name, study.Suggest(name))}
	}
	if err != nil {
		return "", nil, usageError{fmt.Errorf("read the study: %w", err)}
	}
	defer f.Close()
	if at, err := f.Stat(); err == nil && at.IsDir() {
		return "", nil, usageError{folderForStudy(name)}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxStudyFile))
	if err != nil {
		return "", nil, usageError{fmt.Errorf("read the study: %w", err)}
	}
	return name, text, nil
}
