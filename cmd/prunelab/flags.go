package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"prunelab/experiments/runner"
	"prunelab/experiments/store"
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
	armsFlag
	dataFlags
}

// armsFlag narrows a study.
type armsFlag struct {
	Arms []string `placeholder:"NAMES" sep:"none" help:"Only these arms of the study, as L2 or L2,L1; may be given more than once. Sweeps are narrowed to them."`
}

// runDir names the folder of a run.
type runDir struct {
	Dir string `arg:"" help:"Results folder of a run."`
}

// outFlag says where results go.
type outFlag struct {
	Out string `placeholder:"DIR" help:"Results folder (default: results/<study> below the current folder); of several studies the folder in which each has its own."`
}

// dirs are the results folders of studies. One study has --out as it is; of
// several each has a folder of its name in it, so it must not be a run's.
func (f outFlag) dirs(studies []loaded) ([]string, error) {
	if len(studies) == 1 && f.Out != "" {
		return []string{f.Out}, nil
	}
	parent := f.Out
	if parent == "" {
		parent = "results"
	} else if _, err := os.Stat(store.Dir(parent).Plan()); err == nil {
		return nil, usageError{fmt.Errorf("--out %s is the folder of a run, and of several studies each gets a folder of its own below --out; "+
			"give another folder, or name the one study that belongs there", parent)}
	}
	var dirs []string
	for _, s := range studies {
		dir := filepath.Join(parent, s.Name)
		if slices.Contains(dirs, dir) {
			return nil, usageError{fmt.Errorf("two of the studies are called %s and would share the folder %s; run them one by one, each with its --out", s.Name, dir)}
		}
		dirs = append(dirs, dir)
	}
	return dirs, nil
}

// workersFlag says how many trials run at once.
type workersFlag struct {
	Workers *int `placeholder:"N" help:"Trials that run at once (default: one a processor). Results do not depend on it."`
}

func (f workersFlag) workers() (int, error) {
	switch {
	case f.Workers == nil:
		return runtime.NumCPU(), nil
	case *f.Workers < 1:
		return 0, usageError{fmt.Errorf("--workers %d: at least one is needed", *f.Workers)}
	}
	return *f.Workers, nil
}

// crewFlags say how trials are run.
type crewFlags struct {
	workersFlag
	Checkpoint float64 `placeholder:"TFLOP" default:"${checkpoint}" help:"Work after which a training keeps its state, to go on from there when it is stopped or killed (default: ${checkpoint}, about a minute of a dense network); 0: never. Results do not depend on it."`
}

// crew is what the flags say of a run.
func (f crewFlags) crew() (c runner.Config, err error) {
	if !(f.Checkpoint >= 0) {
		return c, usageError{fmt.Errorf("--checkpoint %v: an amount of work in TFLOP is needed, or 0", f.Checkpoint)}
	}
	c.Checkpoint = f.Checkpoint * 1e12
	c.Workers, err = f.workers()
	return c, err
}
