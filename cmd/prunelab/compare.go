package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"prunelab/analysis/compare"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

type compareCmd struct {
	A    string `arg:"" help:"Results folder of a run."`
	B    string `arg:"" help:"Results folder of another."`
	Rows int    `default:"20" help:"Settings that are listed although they did not move."`
}

func (*compareCmd) Help() string {
	return `Differences of the plans come first. Trials of the same key are the same trial:
their results have to be equal bit for bit unless the runs have other kernels,
and the exit code is 1 when any are not. Then the settings that both runs have
(arm, target, method, amount, round, stage) are compared over their seeds,
whatever their recipes: paired where both have the same seeds, else by Welch's
test; corrected by Holm over all of them. Where nothing moved it says what
difference would have been found. Nothing is written.

  prunelab compare results/quick /mnt/elsewhere/quick     the same study twice
  prunelab compare results/layers-a results/layers-b      two recipes`
}

// Run compares two runs.
func (c *compareCmd) Run(s *session) error {
	if c.Rows < 0 {
		return usageError{fmt.Errorf("--rows %d: a number of rows is needed, or 0", c.Rows)}
	}
	a, err := s.looked(c.A)
	if err != nil {
		return err
	}
	b, err := s.looked(c.B)
	if err != nil {
		return err
	}
	d, err := compare.Runs(a, b)
	if err != nil {
		return err
	}
	line := func(what, format string, args ...any) {
		fmt.Fprintf(s.stdout, "%-8s  "+format+"\n", append([]any{what}, args...)...)
	}
	if len(d.Plan) == 0 {
		line("plans", "the same")
	} else {
		line("plans", "%s", strings.Join(d.Plan, "\n          "))
	}
	line("trials", "%d with the same result, bit for bit; %d with another; %d in %s only, %d in %s only", d.Same, len(d.Changed), d.OnlyA, d.A, d.OnlyB, d.B)
	names := a.Plan.Labels()
	for _, ch := range few(d.Changed) {
		line("", "%s (%s):\n            %s", ch.Key.Short(), names[ch.Key], strings.Join(few(ch.Fields), "\n            "))
	}
	if n := len(d.Changed) - maxListed; n > 0 {
		line("", "and %d more", n)
	}
	line("settings", "%d the same trials with the same results, %d compared, %d with numbers in one only", d.Identical, len(d.Settings), d.OneSided)
	line("result", "%s", d.Conclusion())
	if len(d.Settings) > 0 {
		t := d.Table(c.Rows)
		text, err := t.Txt()
		if err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "\n%s", text)
	}
	if n := len(d.Changed); n > 0 && !d.Kernels {
		return fmt.Errorf("%s gave two results: the program is not deterministic, or a file was changed; prunelab verify tells which run is right", trial.Counted(n, "trial"))
	}
	return nil
}

// looked is a run as it is to be compared: what is damaged is named and left
// out.
func (s *session) looked(dir string) (compare.Run, error) {
	st := store.Inspect(dir, store.Disk{}, s.leftOut)
	plan, err := st.Plan()
	if err != nil {
		return compare.Run{}, err
	}
	outcomes, err := st.Outcomes(plan)
	return compare.Run{Name: filepath.Clean(dir), Plan: plan, Outcomes: outcomes}, err
}

// leftOut tells of a damaged file in a folder that is only looked at.
func (s *session) leftOut(name string, why error) {
	s.notice(fmt.Sprintf("%s is damaged (%v); it is left out", name, why))
}
