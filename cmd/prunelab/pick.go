package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"prunelab/experiments/pick"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// pickFlags name a trial by its key or by its labels in the study; they are
// pick.Labels.
type pickFlags struct {
	Key     string   `arg:"" optional:"" help:"The beginning of a trial's key."`
	Arm     string   `placeholder:"NAME" help:"Only trials of this arm."`
	Target  string   `placeholder:"NAME" help:"Only trials that prune this target: all, conv, fc, a layer; dense: the networks before pruning."`
	Method  string   `placeholder:"NAME" help:"Only this method, as magnitude, or random."`
	Ratio   *float64 `placeholder:"R" help:"Only this ratio, as the study requests it."`
	Amount  *float64 `placeholder:"A" help:"Only this amount of another parameter, as a quality or a threshold."`
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
func (f pickFlags) find(st *store.Store, plan trial.Plan) (pickedTrials, error) {
	cells, err := pick.Labels(f).Find(plan)
	if err != nil {
		return nil, usageError{err}
	}
	var found pickedTrials
	for _, cell := range cells {
		o, ran, err := st.Outcome(cell.Key)
		if err != nil {
			return nil, err
		}
		found = append(found, picked{cell, o, ran})
	}
	return found, nil
}

// one returns the only trial that fits, which has run.
func (f pickedTrials) one() (trial.Outcome, error) {
	if len(f) > 1 {
		var b strings.Builder
		few(f).print(&b)
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
			target, method, amount, round, retrained = pick.Dense, "", "", "", ""
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", c.Key.Short(), c.Arm, target, method, amount, round, retrained, c.Seed, p.accuracy())
	}
	t.Flush()
}

// accuracy is what a trial ended with, in words.
func (p picked) accuracy() string {
	r := p.outcome.Result
	for _, s := range []*train.Evaluation{r.Retrained, r.Pruned, r.Start} {
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
