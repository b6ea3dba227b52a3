package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"prunelab/experiments/study"
	"prunelab/model/dataset"
	"prunelab/model/dataset/mnist"
)

// dataFlags say where data sets lie.
type dataFlags struct {
	Data []string `name:"data" placeholder:"DIR" type:"path" sep:"none" help:"Folder with data sets, searched first; may be given more than once. Further folders: the variable PRUNELAB_DATA."`
}

func (f dataFlags) source() dataset.Source {
	cache, err := dataset.CacheDir()
	if err != nil {
		cache = "" // one place less to search
	}
	return dataset.NewSource(f.Data, os.Getenv(dataset.Variable), cache, map[string]fs.FS{"mnist": mnist.Files()})
}

// studyFlags name studies and where their data lie.
type studyFlags struct {
	Studies []string `arg:"" optional:"" name:"study" help:"Built-in studies or study files (default: quick and quick-lenet-5)."`
	Set     []string `name:"set" placeholder:"KEY=VALUE" sep:"none" help:"Replace a value of each study, as train.epochs=2 or arms[0].train.l2=1e-4; may be given more than once."`
	dataFlags
}

// loaded is a study with the source of its data.
type loaded struct {
	*study.Study
	source dataset.Source
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
		studies = append(studies, one)
	}
	return studies, nil
}

// maxStudyFile is more than any study file may have; the reader names the
// limit.
const maxStudyFile = 2 << 20

// loadStudy parses a study.
func loadStudy(s *session, file string, overrides []string, from dataFlags) (loaded, error) {
	source := from.source()
	name, text, err := studyFile(file)
	if err != nil {
		return loaded{}, err
	}
	lookup := func(name string) (dataset.Info, error) {
		info, err := dataset.Identify(name, source)
		if err == nil && info.Warning != "" {
			fmt.Fprintf(s.stderr, "prunelab: warning: %s\n", info.Warning)
		}
		return info, err
	}
	parsed, err := study.Parse(name, text, overrides, lookup)
	if err != nil {
		return loaded{}, err
	}
	_, source.Folder, err = dataset.ParseName(parsed.Source)
	return loaded{parsed, source}, err
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
