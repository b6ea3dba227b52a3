package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"prunelab/experiments/trial"
)

// Trials carry their keys, and a plan its digest, but nothing in either says that both are
// of one run: a plan.json or a study.yaml that was copied here from elsewhere is whole.
// What tells is the digest of the study in the plan, and whose trials lie in the folder.

// has reports whether a text is the study that was stored with the plan, to the last
// comment, as the head comment is the question that a report prints. Plans of before have
// no digest of it, and none is doubted.
func (e edition) has(study []byte) bool {
	if e.Number > 1 {
		return string(study) == e.Study
	}
	return e.Plan.StudyDigest == "" || digest(study) == e.Plan.StudyDigest
}

// file is the name of the edition's file.
func (e edition) file(dir Dir) string {
	if e.Number > 1 {
		return dir.Extension(e.Number)
	}
	return dir.Plan()
}

// tellAltered says, once, that study.yaml is not what was stored. It stays in use: a
// comment in it may have been changed on purpose.
func (s *Store) tellAltered() {
	s.altered.Do(func() {
		s.notice("%s is not the text that was stored when the run began, whose digest %s has: the question, what was tried before and the network's name are in the report as they are in that file, and may not be this run's; "+
			"plan and results do not depend on them; prunelab run STUDY --out %s puts the text back, given the study as it was then, comments included", s.Dir.Study(), s.Dir.Plan(), s.Dir)
	})
}

// putBack writes the study of the plan in force beside it, and keeps what is there.
func (s *Store) putBack(study, there []byte) error {
	if err := s.fs.MkdirAll(s.Dir.Corrupt()); err != nil {
		return s.failed("make", s.Dir.Corrupt(), err)
	}
	to := filepath.Join(s.Dir.Corrupt(), filepath.Base(s.Dir.Study())+"-"+random())
	if err := s.publish(to, there); err != nil {
		return s.failed("write", to, err)
	}
	if err := s.writeStudy(study); err != nil {
		return err
	}
	s.notice("%s was not the text that was stored with the plan; it was put back, and what was there is in %s", s.Dir.Study(), to)
	return nil
}

// Stray is the error that what lies in the folder is not of the plan in force, nil
// otherwise: no result is, or study.yaml is another and results belong to no trial of the
// plan while trials of the plan have none.
func (s *Store) Stray() error {
	e, err := s.inForce()
	if err != nil || e.Number == 0 {
		return err
	}
	c, err := s.census(e)
	if err == nil && c.stray(e) {
		err = c.error(s.Dir, e)
	}
	return err
}

// census is whose results lie in the folder.
type census struct {
	own, others int  // results of the plan's trials, failures included, and of others
	misfit      bool // study.yaml is not what was stored with the plan
}

func (c census) stray(e edition) bool {
	return c.others > 0 && (c.own == 0 || c.misfit && c.own < len(e.Plan.Trials))
}

func (s *Store) census(e edition) (c census, err error) {
	text, err := s.fs.ReadFile(s.Dir.Study(), maxStudy)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, s.failed("read", s.Dir.Study(), err)
	}
	c.misfit = err == nil && !e.has(text)
	results, err := s.published()
	if err != nil {
		return c, err
	}
	failures, err := s.list(s.Dir.Failures())
	if err != nil {
		return c, err
	}
	failed := map[string]bool{}
	for _, name := range failures {
		failed[name] = true
	}
	c.others = len(results)
	for _, t := range e.Plan.Trials {
		switch k := t.Key(); {
		case results[k]:
			c.own++
			c.others--
		case failed[filepath.Base(s.Dir.Failure(k))]:
			c.own++
		}
	}
	return c, nil
}

// error says what does not fit and how to go on.
func (c census) error(dir Dir, e edition) error {
	file := e.file(dir)
	again := fmt.Sprintf("and prunelab run %s --out %s writes it again", dir.Study(), dir)
	if e.Number > 1 {
		again = "and the plan before it is in force again"
	}
	found := fmt.Sprintf("%s is the plan of study %q with %s, of which %d are in the folder, beside %s of other plans",
		file, e.Plan.Study, trial.Counted(len(e.Plan.Trials), "trial"), c.own, trial.Counted(c.others, "result"))
	if c.misfit {
		return fmt.Errorf("%s, and %s is not the study that it was made from: one of the two files is another run's; put back the one that is, or, where that is %s, move it out of the folder, %s; finished trials stay",
			found, dir.Study(), file, again)
	}
	return fmt.Errorf("%s: it has nothing to report; prunelab worker %s runs its trials, and where the plan and %s are another run's, move both out of the folder and run the study that the results are of with --out %s; finished trials stay",
		found, dir, dir.Study(), dir)
}
