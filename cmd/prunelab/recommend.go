package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/recommend"
	"prunelab/analysis/table"
	"prunelab/cmd/prunelab/internal/check"
	"prunelab/cmd/prunelab/internal/render"
	"prunelab/experiments/slurm"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
)

type recommendCmd struct {
	runDir
	Budget    budget   `required:"" placeholder:"0.5pp" help:"Accuracy that all layers together may lose, in percentage points."`
	Objective string   `enum:"weights,macs" default:"weights" help:"What as much as possible is removed of: weights or macs, the multiply-adds (default: weights)."`
	Arm       string   `placeholder:"NAME" help:"Arm of the study (default: the first of which layers are pruned alone)."`
	Output    string   `short:"o" placeholder:"FILE" help:"Write the study that checks the recommendation."`
	Check     bool     `help:"Run that study and set what was predicted beside what was measured."`
	Test      bool     `help:"Check on the test set instead of the validation split: once, when the ratios are settled; without the ladders."`
	Set       []string `name:"set" placeholder:"KEY=VALUE" sep:"none" help:"Replace a value of the study that checks, as retrain.epochs=5; may be given more than once."`
	outFlag
	crewFlags
	dataFlags
}

// budget is a loss of accuracy as a fraction, written in percentage points.
type budget float64

func (b *budget) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(string(text)), "pp")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(v > 0 && v <= 100) {
		return fmt.Errorf("%q is no loss of accuracy; give percentage points above 0, as 0.5pp", text)
	}
	*b = budget(v / 100)
	return nil
}

func (*recommendCmd) Help() string {
	return `Reads the curves of layers that were pruned alone, with an interpolated monotone
envelope, and finds the ratios that remove most within the budget. Layers lose more
together than the sum of what they lose alone; how much more, and how surely that
can be said, is fitted to what the study pruned together ({targets: [each, conv, fc,
all]}); the upper 95 % bound of the prediction is kept within the budget. --check
trains, prunes and retrains with seeds of its own and says what was lost: with the
recommended ratios, with as many weights removed uniformly, globally by
magnitude, of the fully connected layers alone and at random, and along ladders of
ratios, so that the largest that hold can be compared.

  prunelab recommend results/layers-lenet-5 --budget 0.5pp
  prunelab recommend results/layers-lenet-5 --budget 0.5pp -o study.yaml
  prunelab recommend results/layers-lenet-5 --budget 0.5pp --check --set seeds=[101,102,103]`
}

// Run prints the recommendation and, where asked to, writes and runs its study.
func (c *recommendCmd) Run(s *session) error {
	crew, err := c.crew()
	if err != nil {
		return err
	}
	st := s.open(c.Dir)
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	r, err := c.recommend(st, plan)
	if err != nil {
		return err
	}
	if err := s.printTables(recommend.Table([]*recommend.Recommendation{r})); err != nil {
		return err
	}
	if c.Output == "" && !c.Check {
		return nil
	}
	checking, err := c.study(s, st, r)
	if err != nil {
		return err
	}
	if c.Output != "" {
		err := createAll(newFile{c.Output, func(w io.Writer) error { _, err := w.Write(checking.YAML()); return err }})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "\nstudy %s written: %s\n", checking.Name, c.Output)
	}
	if !c.Check {
		return nil
	}
	dirs, err := c.dirs([]loaded{checking})
	if err != nil {
		return err
	}
	incomplete := s.run(checking, dirs[0], crew, false)
	if incomplete != nil && !errors.Is(incomplete, errIncomplete) {
		return incomplete
	}
	if err := s.compare(r, s.open(dirs[0])); err != nil {
		return err
	}
	return incomplete
}

// firstScanned is the first arm of which a layer is pruned alone, or the first.
func firstScanned(plan trial.Plan, curves []curve.Curve) string {
	for _, arm := range plan.Arms {
		if slices.ContainsFunc(curves, func(c curve.Curve) bool { return c.Arm == arm && len(c.Layers) == 1 && c.Parameter == trial.Ratio }) {
			return arm
		}
	}
	return plan.Arms[0]
}

// recommend finds the ratios.
func (c *recommendCmd) recommend(st *store.Store, plan trial.Plan) (*recommend.Recommendation, error) {
	g, curves, err := measured(st, plan)
	if err != nil {
		return nil, err
	}
	arm := c.Arm
	if arm == "" && len(plan.Arms) > 0 {
		arm = firstScanned(plan, curves)
	}
	if !slices.Contains(plan.Arms, arm) {
		return nil, usageError{fmt.Errorf("study %s has no arm %q; it has %s", plan.Study, arm, strings.Join(plan.Arms, ", "))}
	}
	r, err := recommend.New(g, curves, recommend.Config{Arm: arm, Budget: float64(c.Budget), Objective: recommend.Objective(c.Objective)})
	switch {
	case errors.Is(err, recommend.ErrNoLayers):
		return nil, fmt.Errorf("%s: %w; run a study with a sweep as {targets: [each], ratios: [0.5, 0.8, 0.9]}, for example layers-lenet-5", st.Dir, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", st.Dir, err)
	case r.Overall() == 0:
		return nil, fmt.Errorf("%s: no layer can be pruned within %g pp; raise the budget, or measure smaller ratios", st.Dir, 100*float64(c.Budget))
	}
	return r, nil
}

// measured are the results of a run as curves.
func measured(st *store.Store, plan trial.Plan) (*group.Study, []curve.Curve, error) {
	outcomes, err := st.Outcomes(plan)
	if err != nil {
		return nil, nil, err
	}
	g, err := group.New(plan, outcomes)
	if err != nil {
		return nil, nil, err
	}
	curves, err := curve.FromGroups(g)
	return g, curves, err
}

// study is the study that checks the recommendation, with the overrides; it is
// printed and run as it is read.
func (c *recommendCmd) study(s *session, st *store.Store, r *recommend.Recommendation) (loaded, error) {
	plan, text, err := st.Run()
	if err != nil {
		return loaded{}, err
	}
	from, err := s.parseRun(st.Dir, plan, text, nil, c.dataFlags)
	if err != nil {
		return loaded{}, err
	}
	if !slices.ContainsFunc(from.Arms, func(a study.Arm) bool { return a.Name == r.Arm }) {
		return loaded{}, fmt.Errorf("%s has no arm %q, other than the plan; prunelab verify %s says what else differs", st.Dir.Study(), r.Arm, st.Dir)
	}
	draft := check.Study(from.Study, r, c.Test, c.line())
	checking, err := s.parseRun(st.Dir, plan, draft.YAML(), c.Set, c.dataFlags)
	if err != nil {
		return loaded{}, fmt.Errorf("the study that checks: %w", err)
	}
	for _, seed := range checking.Seeds {
		if slices.Contains(from.Seeds, seed) {
			return loaded{}, usageError{fmt.Errorf("the ratios were chosen on seed %d, among others; check them on seeds from %d on, as --set seeds=[%[2]d]", seed, draft.Seeds[0])}
		}
	}
	return checking, checking.relocate(filepath.Dir(c.Output)) // of "" it is the current folder
}

// line is the command that checks the recommendation.
func (c *recommendCmd) line() string {
	words := []string{"prunelab", "recommend", filepath.ToSlash(filepath.Clean(c.Dir)), "--budget", fmt.Sprintf("%gpp", 100*c.Budget)}
	if recommend.Objective(c.Objective) != recommend.Weights {
		words = append(words, "--objective", c.Objective)
	}
	if c.Arm != "" {
		words = append(words, "--arm", c.Arm)
	}
	words = append(words, "--check")
	if c.Test {
		words = append(words, "--test")
	}
	for _, set := range c.Set {
		words = append(words, "--set", set)
	}
	for i, w := range words {
		words[i] = slurm.ShellQuote(w)
	}
	return strings.Join(words, " ")
}

// compare shows the check and leaves it with the other tables of its run.
func (s *session) compare(r *recommend.Recommendation, st *store.Store) error {
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	g, curves, err := measured(st, plan)
	if err != nil {
		return err
	}
	check, err := r.Compare(g, curves)
	if err != nil {
		return err
	}
	tables := check.Tables()
	if err := render.Tables(st, tables); err != nil {
		return err
	}
	if err := s.printTables(tables...); err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "\n%s\n", check.Verdict())
	fmt.Fprintf(s.stdout, "tables written: %s\n", filepath.Join(st.Dir.Tables(), "recommendation.md"))
	return nil
}

// printTables shows tables on the terminal.
func (s *session) printTables(tables ...table.Table) error {
	for i, t := range tables {
		b, err := t.Txt()
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprintln(s.stdout)
		}
		if _, err := s.stdout.Write(b); err != nil {
			return err
		}
	}
	return nil
}
