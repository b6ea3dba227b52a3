package render

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// note is what a rendering leaves in the folder.
type note struct {
	Inputs  string            `json:"inputs"`            // digest of the program, the plan, the study and the outcomes
	Files   map[string]string `json:"files"`             // by path in the folder: SHA-256
	Figures Figures           `json:"figures,omitempty"` // that were drawn
	Answer  []string          `json:"answer,omitempty"`  // the report's first lines
}

// readNote is the note of the rendering before, empty when there is none that
// can be understood.
func readNote(dir store.Dir) (note, error) {
	b, err := os.ReadFile(dir.Rendered())
	if errors.Is(err, os.ErrNotExist) {
		return note{}, nil
	}
	if err != nil {
		return note{}, fmt.Errorf("read what was rendered before: %w", err)
	}
	var n note
	if json.Unmarshal(b, &n) != nil {
		return note{}, nil
	}
	return n, nil
}

func (n note) write(st *store.Store) error {
	b, err := json.MarshalIndent(n, "", "\t")
	if err != nil {
		return err
	}
	return st.Derive(st.Dir.Rendered(), append(b, '\n'))
}

// inputs is the digest of all that the rendering depends on, the program
// included: another version may draw otherwise.
func (r *Rendering) inputs() (string, error) {
	h := sha256.New()
	if err := hashProgram(h); err != nil {
		return "", err
	}
	outcomes := slices.Clone(r.Outcomes)
	slices.SortFunc(outcomes, func(a, b trial.Outcome) int { return cmp.Compare(a.Key, b.Key) })
	plan := r.Plan
	plan.Trials = nil // the keys of its cells stand for them
	parts := []any{plan, r.study, r.Figures, r.asked}
	for _, o := range outcomes {
		part := any(r.store.Digest(o.Key))
		if part == "" { // a failure, or read elsewhere
			part = o
		}
		parts = append(parts, part)
	}
	for _, part := range parts {
		text, err := json.Marshal(part)
		if err != nil {
			return "", fmt.Errorf("digest of the results: %w", err)
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashProgram writes the program's own file to w.
func hashProgram(w io.Writer) error {
	name, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read this program's file: %w", err)
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// changed says which files are not, or no longer, what the note tells of.
func (n note) changed(dir store.Dir) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(n.Files)) {
		if !local(name) {
			all = append(all, fmt.Sprintf("%s names a file outside of the folder: %s", dir.Rendered(), name))
			continue
		}
		b, err := os.ReadFile(at(dir, name))
		switch {
		case err != nil:
			all = append(all, fmt.Sprintf("%v; prunelab report %s renders it again", err, dir))
		case digest(b) != n.Files[name]:
			all = append(all, fmt.Sprintf("%s is not what was rendered; prunelab report %s renders it again", at(dir, name), dir))
		}
	}
	return all
}

// Check compares the files in a folder with the note of their rendering and
// says what is wrong; no files: nothing was rendered yet.
func Check(dir store.Dir) (files int, faults []string, err error) {
	n, err := readNote(dir)
	return len(n.Files), n.changed(dir), err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
