package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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
// study.yaml, which people read: each has to give the plan, and the latter is to be
// what was stored, comments included. digested is false where no digest of that
// was noted, as in folders of before. Parse reads a study; where its data set is
// missing, which is no fault, the error is ErrNoData.
func (r *Run) Study(parse func(text []byte) (*study.Study, error)) (digested bool, err error) {
	name := r.Store.Dir.Study()
	inForce, errForce := r.Store.Study()
	extended := r.Store.Extended()
	digested = extended || r.Plan.StudyDigest != ""
	shown, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Fault("%s is missing; prunelab run with that study writes it again", name)
	case err != nil:
		r.Fault("%v", err)
	default:
		sum := sha256.Sum256(shown)
		same := !digested || extended && bytes.Equal(shown, inForce) || !extended && hex.EncodeToString(sum[:]) == r.Plan.StudyDigest
		good, err := r.gives(name, shown, parse)
		switch {
		case good && !same:
			r.Fault("%s is not the text that was stored: its comments or its layout were changed", name)
		case err != nil && !same: // whether it gives the plan is not known
			r.Fault("%s is not the text that was stored", name)
		}
		if err != nil {
			return digested, err
		}
	}
	if errForce != nil || bytes.Equal(inForce, shown) {
		return digested, nil // said above
	}
	_, err = r.gives("the study of the extension in force", inForce, parse)
	return digested, err
}

// gives compares the plan with a study and reports whether it gives the plan.
func (r *Run) gives(name string, text []byte, parse func([]byte) (*study.Study, error)) (bool, error) {
	s, err := parse(text)
	if errors.Is(err, ErrNoData) {
		return false, err
	}
	if err != nil {
		r.Fault("%s cannot be read: %v", name, err)
		return false, nil
	}
	plan, err := s.PlanAs(r.Plan)
	if err != nil {
		r.Fault("%s cannot be read: %v", name, err)
		return false, nil
	}
	var other *store.Mismatch
	if errors.As(r.Store.Compare(r.Plan, plan), &other) {
		r.Fault("%s does not give the plan:\n  %s", name, strings.Join(other.Differences, "\n  "))
		return false, nil
	}
	return true, nil
}
