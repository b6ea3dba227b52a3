package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"prunelab/analysis/scoreboard"
	"prunelab/cmd/prunelab/internal/render"
	"prunelab/experiments/store"
)

type scoreboardCmd struct {
	Dirs   []string `arg:"" name:"dir" help:"Results folders of runs, or folders that hold several."`
	Output string   `short:"o" placeholder:"FILE" help:"Write it as FILE.md, .csv, .txt or .tex; one that was written before is replaced (default: print it)."`
}

func (*scoreboardCmd) Help() string {
	return `Lists the claims by studies, networks and data, with effect, interval and verdict:
each with the p that its own study corrected, and with one corrected across all
studies shown. Claims that none of them tested are listed too. Everything is
judged anew from the trials that are there; a study that is not finished is shown
and says so. The folders stay as they are.

  prunelab scoreboard results
  prunelab scoreboard results/layers-lenet-5 results/layers-cifar-quick
  prunelab scoreboard results -o results/README.md`
}

// Run shows or writes the scoreboard.
func (c *scoreboardCmd) Run(s *session) error {
	format, ok := formats[filepath.Ext(c.Output)]
	if !ok {
		return usageError{fmt.Errorf("-o %s: the name has to end in .md, .csv, .txt or .tex, which says the format", c.Output)}
	}
	dirs, err := runsIn(c.Dirs)
	if err != nil {
		return err
	}
	var studies []scoreboard.Study
	for _, dir := range dirs {
		one, err := s.judged(dir, filepath.Dir(c.Output))
		if err != nil {
			return err
		}
		studies = append(studies, one)
	}
	text, err := format(studies)
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err := s.stdout.Write(text)
		return err
	}
	if err := replace(c.Output, text); err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "scoreboard of %s written: %s\n", scoreboard.Counted(len(studies)), c.Output)
	return nil
}

// formats are what the ending of a file's name says.
var formats = map[string]func([]scoreboard.Study) ([]byte, error){
	"":     func(studies []scoreboard.Study) ([]byte, error) { return scoreboard.Table(studies).Txt() },
	".txt": func(studies []scoreboard.Study) ([]byte, error) { return scoreboard.Table(studies).Txt() },
	".csv": func(studies []scoreboard.Study) ([]byte, error) { return scoreboard.Table(studies).CSV() },
	".tex": func(studies []scoreboard.Study) ([]byte, error) { return scoreboard.Table(studies).Tex() },
	".md":  scoreboard.Markdown,
}

// runsIn are the folders of runs among dirs and directly below those that are
// none, each once.
func runsIn(dirs []string) ([]string, error) {
	var runs []string
	for _, dir := range dirs {
		found, err := store.Runs(dir)
		if err != nil {
			return nil, usageError{err}
		}
		for _, f := range found {
			if f = filepath.Clean(f); !slices.Contains(runs, f) {
				runs = append(runs, f)
			}
		}
	}
	return runs, nil
}

// judged is a run for a scoreboard that lies in a folder.
func (s *session) judged(dir, from string) (scoreboard.Study, error) {
	st := store.Inspect(dir, store.Disk{}, s.leftOut)
	plan, err := st.Plan()
	if err != nil {
		return scoreboard.Study{}, err
	}
	r, err := render.Open(st, plan)
	if err != nil {
		return scoreboard.Study{}, err
	}
	one, err := r.Judged()
	if err != nil {
		return scoreboard.Study{}, err
	}
	if one.NotRun > 0 {
		s.notice(fmt.Sprintf("%s is %s; it is judged by the others", dir, one.Unfinished()))
	}
	report := store.Dir(dir).Report()
	if _, err := os.Stat(report); err == nil {
		if rel, err := filepath.Rel(from, report); err == nil {
			one.Report = filepath.ToSlash(rel)
		}
	}
	return one, nil
}

// replace writes a file anew when its first line is the same, so that no other
// file is lost.
func replace(name string, text []byte) error {
	old, err := os.ReadFile(name)
	switch {
	case err == nil && firstLine(string(old)) != firstLine(string(text)):
		return taken(name)
	case err == nil:
		if err := os.Remove(name); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return createAll(newFile{name, func(w io.Writer) error { _, err := w.Write(text); return err }})
}
