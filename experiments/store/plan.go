package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"prunelab/experiments/trial"
)

// Pin makes the plan the folder's, or finds that it is already. The study is
// stored beside it. When the folder has another plan the error is a
// *Mismatch.
func (s *Store) Pin(p trial.Plan, study []byte) error {
	have, ok, err := s.plan()
	if err != nil {
		return err
	}
	if !ok {
		if err := s.replace(s.Dir.Study(), study); err != nil {
			return s.failed("write", s.Dir.Study(), err)
		}
		text, err := seal("plan", p)
		if err != nil {
			return err
		}
		err = s.publish(s.Dir.Plan(), text)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return s.failed("write", s.Dir.Plan(), err)
		}
		if have, ok, err = s.plan(); err != nil || !ok { // another process was faster
			return errors.Join(err, fmt.Errorf("%s came and went; run again", s.Dir.Plan()))
		}
	}
	a, err := seal("plan", have)
	if err != nil {
		return err
	}
	b, err := seal("plan", p)
	if err != nil {
		return err
	}
	if bytes.Equal(a, b) {
		return nil
	}
	return &Mismatch{Dir: string(s.Dir), Differences: difference(have, p)}
}

// Plan returns the folder's plan. Without one the error is fs.ErrNotExist.
func (s *Store) Plan() (trial.Plan, error) {
	p, ok, err := s.plan()
	if err == nil && !ok {
		err = fmt.Errorf("%s is not the folder of a run: %w", s.Dir, fs.ErrNotExist)
	}
	return p, err
}

// Study returns the study that the folder was made from.
func (s *Store) Study() ([]byte, error) {
	text, err := s.fs.ReadFile(s.Dir.Study(), maxStudy)
	if err != nil {
		return nil, fmt.Errorf("read the study of the run: %w", err)
	}
	return text, nil
}

func (s *Store) plan() (p trial.Plan, ok bool, err error) {
	text, err := s.fs.ReadFile(s.Dir.Plan(), maxPlan)
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err != nil {
		return p, false, s.failed("read", s.Dir.Plan(), err)
	}
	if err := unseal("plan", text, &p); err != nil {
		return trial.Plan{}, false, s.quarantine(s.Dir.Plan(), err, again)
	}
	return p, true, nil
}
