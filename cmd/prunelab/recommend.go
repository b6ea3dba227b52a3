package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/recommend"
	"prunelab/analysis/table"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

type recommendCmd struct {
	runDir
	Budget    budget   `required:"" placeholder:"0.5pp" help:"Accuracy that all layers together may lose, in percentage points."`
	Objective string   `enum:"weights,macs" default:"weights" help:"What as much as possible is removed of: weights or macs, the multiply-adds (default: weights)."`
	Arm       string   `placeholder:"NAME" help:"Arm of the study (default: its first)."`
	Output    string   `short:"o" placeholder:"FILE" help:"Write the study that checks the recommendation."`
	Check     bool     `help:"Run that study and set what was predicted beside what was measured."`
	Test      bool     `help:"Check on the test set instead of the validation split: once, when the ratios are settled; without the ladders."`
	Set       []string `name:"set" placeholder:"KEY=VALUE" sep:"none" help:"Replace a value of the study that checks, as seeds=3; may be given more than once."`
	outFlag
	workersFlag
	checkpointFlag
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
  prunelab recommend results/layers-lenet-5 --budget 0.5pp --check --set seeds=5`
}

// Run prints the recommendation and, where asked to, writes and runs its study.
func (c *recommendCmd) Run(s *session) error {
	crew, err := newCrew(c.workersFlag, c.checkpointFlag)
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
		err := create(newFile{c.Output, func(w io.Writer) error { _, err := w.Write(checking.YAML()); return err }})
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

// recommend finds the ratios.
func (c *recommendCmd) recommend(st *store.Store, plan trial.Plan) (*recommend.Recommendation, error) {
	g, curves, err := measured(st, plan)
	if err != nil {
		return nil, err
	}
	arm := c.Arm
	if arm == "" && len(plan.Arms) > 0 {
		arm = plan.Arms[0]
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

// study is the study of a run with the sweeps of the check in the place of its
// own, for one arm and as many seeds, which follow on the largest of its own:
// what was chosen on some seeds is measured on others.
func (c *recommendCmd) study(s *session, st *store.Store, r *recommend.Recommendation) (loaded, error) {
	text, err := st.Study()
	if err != nil {
		return loaded{}, err
	}
	file := filepath.Join(c.Dir, "study.yaml")
	old, err := s.parse(file, text, nil, c.dataFlags)
	if err != nil {
		return loaded{}, err
	}
	at := slices.IndexFunc(old.Arms, func(a study.Arm) bool { return a.Name == r.Arm })
	arm := old.Arms[at]
	last := slices.Max(old.Seeds)
	var seeds []string
	for i := range old.Seeds {
		seeds = append(seeds, strconv.FormatUint(last+1+uint64(i), 10))
	}
	name := fmt.Sprintf("%s-within-%gpp", old.Name, 100*r.Budget)
	if r.Objective != recommend.Weights {
		name += "-" + string(r.Objective)
	}
	if at > 0 {
		name += fmt.Sprintf("-arm%d", at+1)
	}
	sets := []string{"seeds=[" + strings.Join(seeds, ", ") + "]"}
	if c.Test {
		name += "-test"
		sets = append(sets, "evaluate=test")
	}
	sets = append(sets, "name="+name, "sweeps="+sweepsYAML(r, arm, c.Test))
	checking, err := s.parse(file, text, append(sets, c.Set...), c.dataFlags)
	if err != nil {
		return loaded{}, fmt.Errorf("the study that checks: %w", err)
	}
	checking.Comment = c.comment(r)
	checking.Arms = []study.Arm{arm}
	as := slices.IndexFunc(old.Sweeps, func(w study.Sweep) bool { return w.Method() == r.Method })
	for i := range checking.Sweeps {
		checking.Sweeps[i].Arms = []int{0}
		if as >= 0 && r.Method.Retrain != "" {
			checking.Sweeps[i].RetrainAs(old.Sweeps[as])
		}
	}
	return checking, nil
}

// sweepsYAML writes the sweeps of the check on one line. On the test set there are
// no ladders: what holds best among many is not looked for there.
func sweepsYAML(r *recommend.Recommendation, arm study.Arm, test bool) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	var sweeps []string
	for _, w := range r.Sweeps(test) {
		var what string
		if w.Given != nil {
			var ratios []string
			for i, l := range r.Layers {
				if w.Given[i] > 0 {
					ratios = append(ratios, fmt.Sprintf("%s: %s", strconv.Quote(l.Name), number(w.Given[i])))
				}
			}
			what = fmt.Sprintf("name: %s, layers: {%s}", w.Target, strings.Join(ratios, ", "))
		} else {
			var ratios []string
			for _, v := range w.Ratios {
				ratios = append(ratios, number(v))
			}
			what = fmt.Sprintf("targets: [%s], ratios: [%s]", w.Target, strings.Join(ratios, ", "))
		}
		what += fmt.Sprintf(", arms: [%s]", strconv.Quote(arm.Name))
		if w.Criterion != prune.Magnitude {
			what += ", criterion: " + string(w.Criterion)
		}
		if w.Scope != prune.PerLayer {
			what += ", scope: " + string(w.Scope)
		}
		if arm.Retrain == nil {
			what += ", retrain: false"
		}
		sweeps = append(sweeps, "{"+what+"}")
	}
	return "[" + strings.Join(sweeps, ", ") + "]"
}

// comment heads the study with its question.
func (c *recommendCmd) comment(r *recommend.Recommendation) string {
	removed, size, _, _ := r.Totals()
	beside, flag := "the same for parts of the budget and for more; ladders of uniform ratios and of global ones, each with as many weights removed among them", ""
	if c.Test {
		beside, flag = "as many weights removed uniformly and globally", " --test"
	}
	what := map[recommend.Objective]string{recommend.Weights: "weights", recommend.MACs: "multiply-adds"}[r.Objective]
	return strings.Join([]string{
		wrap(fmt.Sprintf("Do ratios recommended from layers pruned alone hold when all layers are pruned together? They are to remove most %s within %g pp of accuracy %s; predicted are %.2f pp with %d of %d weights removed.",
			what, 100*r.Budget, r.Moment(), 100*r.Predicted(), removed, size)),
		wrap(fmt.Sprintf("Source: study %s, arm %s, %s split. What layers lose together: %s.", r.Study, r.Arm, r.Split, r.Joint)),
		wrap(fmt.Sprintf("Beside the recommended ratios: %s; fully connected layers alone; at random.", beside)),
		"The seeds are not those that the ratios were chosen on.",
		fmt.Sprintf("Command: prunelab recommend %s --budget %gpp --check%s", filepath.ToSlash(filepath.Clean(c.Dir)), 100*c.Budget, flag),
	}, "\n")
}

// wrap breaks a text of a study's comment into lines; all but the first are
// indented.
func wrap(text string) string {
	const width = 78
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString("\n  ")
			at = 2
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
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
	for _, t := range tables {
		files, err := t.Files()
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := st.Derive(filepath.Join(st.Dir.Tables(), f.Name), f.Data); err != nil {
				return err
			}
		}
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
