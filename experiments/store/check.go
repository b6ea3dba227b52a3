package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Contents counts the files of a run that were looked at.
type Contents struct {
	Plans, Trials, Failures, Networks, Checkpoints int
	Conflicts, Corrupt                             []string // files that should not be there
	Strange                                        []string // trials that are not in the plan
}

// Check reads every file of the run and compares it with the digest that it
// carries; damaged ones are told of as by every method. Tables and figures are
// not known here.
func (s *Store) Check(p trial.Plan) (Contents, error) {
	var c Contents
	names, err := s.list(string(s.Dir))
	if err != nil {
		return c, err
	}
	for _, name := range names {
		if n, ok := editionNumber(name); ok {
			c.Plans++
			if _, _, err := s.edition(n); err != nil {
				return c, err
			}
		}
	}
	if err := s.checkTrials(p, &c); err != nil {
		return c, err
	}
	for dir, count := range map[string]*int{s.Dir.Cache(): &c.Networks, s.Dir.Checkpoints(): &c.Checkpoints} {
		names, err := s.summed(dir, "")
		if err != nil {
			return c, err
		}
		*count = len(names)
		for i := range names {
			if _, err := s.readSummed(names[i:i+1], func(io.Reader) error { return nil }, ""); err != nil {
				return c, err
			}
		}
	}
	for dir, found := range map[string]*[]string{s.Dir.Conflicts(): &c.Conflicts, s.Dir.Corrupt(): &c.Corrupt} {
		names, err := s.list(dir)
		if err != nil {
			return c, err
		}
		for _, name := range names {
			*found = append(*found, filepath.Join(dir, name))
		}
	}
	return c, nil
}

// checkTrials reads the results, single and packed, and the failures.
func (s *Store) checkTrials(p trial.Plan, c *Contents) error {
	planned := p.ByKey()
	results, err := s.published()
	if err != nil {
		return err
	}
	for _, k := range slices.Sorted(maps.Keys(results)) {
		c.Trials++
		if _, _, err := s.Outcome(k); err != nil {
			return err
		}
		if _, ok := planned[k]; !ok {
			c.Strange = append(c.Strange, s.Where(k))
		}
	}
	names, err := s.list(s.Dir.Trials())
	if err != nil {
		return err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".json") {
			c.Strange = append(c.Strange, filepath.Join(s.Dir.Trials(), name))
		}
	}
	names, err = s.list(s.Dir.Failures())
	if err != nil {
		return err
	}
	for _, name := range names {
		key, ok := strings.CutSuffix(name, ".json")
		if !ok && strings.HasSuffix(name, ".txt") {
			continue // the same once more, for people
		}
		if ok {
			c.Failures++
			if _, _, err := s.Failure(trial.Key(key)); err != nil {
				return err
			}
		}
		if _, planned := planned[trial.Key(key)]; !ok || !planned {
			c.Strange = append(c.Strange, filepath.Join(s.Dir.Failures(), name))
		}
	}
	return nil
}

// list is the names in a folder without those of files that are being written;
// none when there is no such folder.
func (s *Store) list(dir string) ([]string, error) {
	names, err := s.fs.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var kept []string
	for _, name := range names {
		if !temporary(name) {
			kept = append(kept, name)
		}
	}
	return kept, nil
}
