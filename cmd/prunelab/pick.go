package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// pick names a trial by its key or by its labels in the study.
type pick struct {
	Key     string   `arg:"" optional:"" help:"The beginning of a trial's key."`
	Arm     string   `placeholder:"NAME" help:"Only trials of this arm."`
	Target  string   `placeholder:"NAME" help:"Only trials that prune this target: all, conv, fc, a layer; dense: the networks before pruning."`
	Method  string   `placeholder:"NAME" help:"Only this method, as magnitude, or random."`
	Ratio   *float64 `placeholder:"R" help:"Only this ratio, or other amount, as the study requests it."`
	Round   *int     `placeholder:"N" help:"Only this round of iterative pruning."`
	Seed    *uint64  `placeholder:"N" help:"Only this seed."`
	Retrain *bool    `negatable:"" help:"Only trials that are retrained, or, as --no-retrain, that are not."`
}

// picked is a trial that fits, with the first cell that says so.
type picked struct {
	cell    trial.Cell
	outcome trial.Outcome
	ran     bool
}

type pickedTrials []picked

// find returns the trials that fit, in the plan's order.
func (c pick) find(st *store.Store, plan trial.Plan) (pickedTrials, error) {
	prefix := strings.ToLower(c.Key)
	var found pickedTrials
	seen := map[trial.Key]bool{}
	for _, cell := range plan.Cells {
		if seen[cell.Key] || !strings.HasPrefix(string(cell.Key), prefix) || !c.fits(cell) {
			continue
		}
		seen[cell.Key] = true
		o, ran, err := st.Outcome(cell.Key)
		if err != nil {
			return nil, err
		}
		found = append(found, picked{cell, o, ran})
	}
	if len(found) == 0 {
		return nil, usageError{fmt.Errorf("no trial fits; %s", c.whatThereIs(plan))}
	}
	return found, nil
}

// dense is the target of the networks before pruning, as a user names it.
const dense = "dense"

func (c pick) fits(cell trial.Cell) bool {
	target := cell.Target
	if cell.Role == trial.Dense {
		target = dense
	}
	switch {
	case c.Arm != "" && c.Arm != cell.Arm,
		c.Target != "" && c.Target != target,
		c.Method != "" && c.Method != cell.Method.String(),
		c.Ratio != nil && *c.Ratio != cell.Requested,
		c.Round != nil && *c.Round != cell.Round,
		c.Seed != nil && *c.Seed != cell.Seed,
		c.Retrain != nil && *c.Retrain != cell.Retrain:
		return false
	}
	return true
}

// whatThereIs names a label that no trial has with those that there are, else
// it says that they do not go together.
func (c pick) whatThereIs(plan trial.Plan) string {
	one := func(name, wanted string, label func(trial.Cell) string) string {
		var have []string
		for _, cell := range plan.Cells {
			if l := label(cell); l != "" && !slices.Contains(have, l) {
				have = append(have, l)
			}
		}
		if wanted == "" || slices.Contains(have, wanted) {
			return ""
		}
		return fmt.Sprintf("%s %q is not in the study, which has %s", name, wanted, strings.Join(have, ", "))
	}
	text := func(v any) string { return fmt.Sprint(v) }
	ratio, round, seed := "", "", ""
	if c.Ratio != nil {
		ratio = text(*c.Ratio)
	}
	if c.Round != nil {
		round = text(*c.Round)
	}
	if c.Seed != nil {
		seed = text(*c.Seed)
	}
	for _, fault := range []string{
		one("arm", c.Arm, func(c trial.Cell) string { return c.Arm }),
		one("target", c.Target, func(c trial.Cell) string {
			if c.Role == trial.Dense {
				return dense
			}
			return c.Target
		}),
		one("method", c.Method, func(c trial.Cell) string { return c.Method.String() }),
		one("ratio", ratio, func(c trial.Cell) string { return text(c.Requested) }),
		one("round", round, func(c trial.Cell) string { return text(c.Round) }),
		one("seed", seed, func(c trial.Cell) string { return text(c.Seed) }),
	} {
		if fault != "" {
			return fault
		}
	}
	if c.Key != "" && !slices.ContainsFunc(plan.Cells, func(cell trial.Cell) bool { return strings.HasPrefix(string(cell.Key), strings.ToLower(c.Key)) }) {
		return fmt.Sprintf("no key begins with %q; without a key all trials are listed", c.Key)
	}
	return "no trial has all that was asked for; leave some of it out to see what there is"
}

// one returns the only trial that fits, which has run.
func (f pickedTrials) one() (trial.Outcome, error) {
	if len(f) > 1 {
		var b strings.Builder
		f[:min(len(f), maxListed)].print(&b)
		if n := len(f) - maxListed; n > 0 {
			fmt.Fprintf(&b, "and %d more\n", n)
		}
		return trial.Outcome{}, usageError{fmt.Errorf("%d trials fit; give more of a key, or labels:\n%s", len(f), strings.TrimRight(b.String(), "\n"))}
	}
	if !f[0].ran {
		return trial.Outcome{}, fmt.Errorf("trial %s has no result yet; prunelab run or prunelab worker runs it", f[0].cell.Key.Short())
	}
	return f[0].outcome, nil
}

// print lists trials with the accuracy that they ended with.
func (f pickedTrials) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "key\tarm\ttarget\tmethod\tamount\tround\tretrained\tseed\taccuracy")
	for _, p := range f {
		c := p.cell
		target, method, amount, round := c.Target, c.Method.String(), fmt.Sprintf("%s %g", c.Parameter, c.Requested), fmt.Sprint(c.Round)
		retrained := map[bool]string{true: "yes", false: "no"}[c.Retrain]
		if c.Role == trial.Dense {
			target, method, amount, round, retrained = dense, "", "", "", ""
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", c.Key.Short(), c.Arm, target, method, amount, round, retrained, c.Seed, p.accuracy())
	}
	t.Flush()
}

// accuracy is what a trial ended with, in words.
func (p picked) accuracy() string {
	r := p.outcome.Result
	for _, s := range []*train.Score{r.Retrained, r.Pruned, r.Start} {
		switch {
		case !p.ran:
			return "not run"
		case p.outcome.Status != trial.Done:
			return string(p.outcome.Status)
		case s != nil:
			return fmt.Sprintf("%.2f %%", 100*float64(s.Correct)/float64(s.N))
		}
	}
	return ""
}
