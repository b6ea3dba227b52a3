// Package verify finds out whether a run's folder holds what it should.
//
//  1. Files: each carries the digest of its content.
//  2. Study: the study in the folder gives the plan (study.go).
//  3. Networks: each that is kept is the one that its trial ended with.
//  4. Again: some of the finished trials, run once more in a folder of their own,
//     give the same results bit for bit (again.go).
//
// Nothing is written to the run's folder.
package verify

import (
	"errors"
	"io"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/weights"
)

// Run is a run that is verified.
type Run struct {
	Store    *store.Store
	Plan     trial.Plan
	Outcomes map[trial.Key]trial.Outcome // of the finished trials
	Fault    func(format string, args ...any)
}

// Open reads the plan and the finished trials of a folder. Fault is told of
// everything that is wrong, here and later, each damaged file once.
func Open(dir string, fault func(format string, args ...any)) (*Run, error) {
	damaged := map[string]bool{}
	r := &Run{Fault: fault, Outcomes: map[trial.Key]trial.Outcome{}}
	r.Store = store.Inspect(dir, store.Disk{}, func(name string, why error) {
		if !damaged[name] {
			fault("%s is damaged: %v", name, why)
		}
		damaged[name] = true
	})
	var err error
	if r.Plan, err = r.Store.Plan(); err != nil {
		return nil, err
	}
	for _, spec := range r.Plan.Trials {
		key := spec.Key()
		o, ok, err := r.Store.Outcome(key)
		if err != nil {
			return nil, err
		}
		if ok {
			r.Outcomes[key] = o
		}
	}
	return r, nil
}

// Files reads every file that the store keeps.
func (r *Run) Files() (store.Contents, error) {
	c, err := r.Store.Check(r.Plan)
	for _, name := range c.Conflicts {
		r.Fault("%s: a trial that ran twice gave two results", name)
	}
	return c, err
}

// Networks reads the network, trained elsewhere, that the study starts from, and
// those that are kept of finished trials, and returns how many of these there are.
func (r *Run) Networks() (kept int, err error) {
	read := map[string]bool{}
	for _, spec := range r.Plan.Trials {
		if c := spec.Net; c.Source != "" && !read[c.Source] {
			read[c.Source] = true
			if err := r.Store.LoadTrained(func(file io.Reader) error { return isFrom(c, file) }); err != nil {
				r.Fault("%v", err)
			}
		}
		key := spec.Key()
		o, finished := r.Outcomes[key]
		if !finished {
			continue
		}
		ok, err := r.Store.LoadNetwork(key, func(file io.Reader) error {
			if err := isNetworkOf(o, file); err != nil {
				r.Fault("the network of trial %s in %s: %v", key, r.Store.Dir.Cache(), err)
			}
			return nil
		})
		if err != nil {
			return kept, err
		}
		if ok {
			kept++
		}
	}
	return kept, nil
}

func isFrom(c nn.Config, file io.Reader) error {
	net, err := weights.Read(c, file)
	if err == nil && net.Digest() != c.Source {
		err = errors.New("it is not the network that the study was planned for")
	}
	return err
}

func isNetworkOf(o trial.Outcome, file io.Reader) error {
	net, err := nn.New(o.Spec.Net)
	if err == nil {
		err = net.Read(file)
	}
	if err == nil && net.Digest() != o.Result.Weights {
		err = errors.New("it is not the network that the trial ended with")
	}
	return err
}
