package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"prunelab/experiments/study"
	"prunelab/experiments/verify"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/weights"
)

// loaded is a study with the source of its data.
type loaded struct {
	*study.Study
	source dataset.Source
}

// splits loads the study's data.
func (l loaded) splits(c dataset.Config) (*dataset.Splits, error) { return dataset.Load(c, l.source) }

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
	source := data.source()
	var missing error
	lookup := func(name string) (dataset.Info, error) {
		info, err := dataset.Identify(name, source)
		missing = err
		if err == nil && info.Warning != "" {
			fmt.Fprintf(s.stderr, "prunelab: warning: %s\n", info.Warning)
		}
		return info, err
	}
	parsed, err := study.Parse(name, text, set, lookup)
	if err != nil && missing != nil {
		err = noData{err}
	}
	if err != nil {
		return loaded{}, err
	}
	if _, source.Folder, err = dataset.ParseName(parsed.Source); err != nil {
		return loaded{}, err
	}
	return loaded{parsed, source}, parsed.Take(func(file string, c nn.Config) (*nn.Network, error) {
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(name), file)
		}
		net, err := readNetwork(file, c)
		if err == nil && !parsed.Zeros {
			s.adopt(file, net)
		}
		return net, err
	})
}

// adopt takes the zeros of a network that was trained elsewhere for weights that were
// removed, and says so.
func (s *session) adopt(file string, net *nn.Network) {
	var layers []string
	for _, a := range weights.AdoptZeros(net) {
		layers = append(layers, fmt.Sprintf("%s (%d of %d weights, %.1f %%)", a.Layer, a.Zeros, a.Size, 100*float64(a.Zeros)/float64(a.Size)))
	}
	if len(layers) > 0 {
		s.notice(fmt.Sprintf("%s: exact zeros, more than chance makes, in %s; they are taken for weights that were removed and stay zero; network: {zeros: keep} takes them for weights like others",
			file, strings.Join(layers, ", ")))
	}
}

// noData is what is wrong with a study when, among others, its data set was not
// found.
type noData struct{ error }

func (e noData) Unwrap() error        { return e.error }
func (e noData) Is(target error) bool { return target == verify.ErrNoData }

// readNetwork reads a network that was trained elsewhere.
func readNetwork(name string, c nn.Config) (*nn.Network, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s; a name is relative to the study's file", name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	net, err := weights.Read(c, bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return net, nil
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
	text, err := io.ReadAll(io.LimitReader(f, maxStudyFile))
	if err != nil {
		return "", nil, usageError{fmt.Errorf("read the study: %w", err)}
	}
	return name, text, nil
}
