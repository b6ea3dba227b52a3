package verify

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"

	"prunelab/experiments/store"
	"prunelab/experiments/study"
)

// ErrNoData says that a study cannot be read where its data set is not found.
var ErrNoData = errors.New("the study's data set was not found")

// Study compares the plan with the study that workers take it from, and with
// study.yaml, which people read: each has to give the plan. Parse reads a study;
// where its data set is missing, which is no fault, the error is ErrNoData.
func (r *Run) Study(parse func(text []byte) (*study.Study, error)) error {
	name := r.Store.Dir.Study()
	shown, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Fault("%s is missing; prunelab run with that study writes it again", name)
	case err != nil:
		r.Fault("%v", err)
	default:
		if err := r.gives(name, shown, parse); err != nil {
			return err
		}
	}
	inForce, err := r.Store.Study()
	if err != nil || bytes.Equal(inForce, shown) {
		return nil // said above
	}
	return r.gives("the study of the extension in force", inForce, parse)
}

// gives compares the plan with a study.
func (r *Run) gives(name string, text []byte, parse func([]byte) (*study.Study, error)) error {
	s, err := parse(text)
	if errors.Is(err, ErrNoData) {
		return err
	}
	if err != nil {
		r.Fault("%s cannot be read: %v", name, err)
		return nil
	}
	plan, err := s.Plan(r.Plan.Kernel)
	if err != nil {
		r.Fault("%s cannot be read: %v", name, err)
		return nil
	}
	var other *store.Mismatch
	if errors.As(r.Store.Compare(r.Plan, plan), &other) {
		r.Fault("%s does not give the plan:\n  %s", name, strings.Join(other.Differences, "\n  "))
	}
	return nil
}
