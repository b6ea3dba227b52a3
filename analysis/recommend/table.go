package recommend

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Moment words the stage of the losses.
func (r *Recommendation) Moment() string { return curve.When(r.Stage) }

// Table shows recommendations layer by layer, of one budget.
func Table(rs []*Recommendation) table.Table {
	t := table.Table{Name: "recommended", Columns: slices.Concat(table.Lefts("arm", "layer"), table.Rights("weights", "ratio", "weights left", "predicted loss (pp)", "n"))}
	if len(rs) == 0 {
		return t
	}
	t.Title = fmt.Sprintf("Recommended ratios: most %s removed within %s pp of accuracy in all", rs[0].Objective.words(), pp(rs[0].Budget, 2))
	t.Notes = []string{
		fmt.Sprintf("Chosen on the %s split, from layers pruned alone: each layer's largest mean loss so far %s, where it can be told from none, on the way to it (energy of the weights removed / of those kept)^p; never below or beyond what was measured (≥: as far as was measured).", rs[0].Split, rs[0].Moment()),
		"All layers, n: seeds that have every layer's loss; [ ]: 95 % t interval of the sum of the layers' own losses, seed by seed, which may lie below the envelope's.",
	}
	for _, r := range rs {
		t.Notes = append(t.Notes, fmt.Sprintf("All layers together, arm %s: %s. That is a model; prunelab recommend --check measures.", r.Arm, r.Joint))
		if words := r.read(); words != "" {
			t.Notes = append(t.Notes, words)
		}
		if r.Images {
			t.Notes = append(t.Notes, fmt.Sprintf("Arm %s: one network from a file. Whether a loss can be told from none is by its interval over images, paired by image, for each layer and ratio by itself; the ratios were chosen on the very images that these intervals are of, so what they lose is to be measured on others.", r.Arm))
		}
		for _, l := range r.Layers {
			ratio, loss, n := table.Number(l.Ratio, 4), table.Number(100*l.Loss, 2), table.Int(l.Profile.N)
			switch {
			case !l.Measured:
				ratio, loss, n = table.Number(0, 4).With("not pruned alone in the study: kept whole"), table.Missing("not measured"), table.Int(0)
			case l.Ratio == 0:
				ratio.Note = fmt.Sprintf("kept whole; what less than %s of it costs was not measured", group.Amount(trial.Ratio, math.Round(1e4*l.Profile.Least)/1e4)) // as many digits as the column has
			case l.Open:
				ratio.Text = "≥ " + ratio.Text
			}
			t.Rows = append(t.Rows, []table.Cell{table.Text(r.Arm), table.Text(l.Name), table.Int(l.Size), ratio, table.Int(l.Size - l.Removed(l.Ratio)), loss, n})
		}
		removed, size, macs, dense := r.Totals()
		total := lossCell(r.Predicted())
		total.Text += r.atMost(" (95 %%: below %s)")
		if e := r.Summed; e.Value > 1 {
			total.Text += "; layers summed > 100"
		} else if e.Level > 0 {
			total.Text += fmt.Sprintf("; layers summed %s [%s, %s]", pp(e.Value, 2), pp(max(-1, e.Lo), 2), pp(min(1, e.Hi), 2))
		}
		all := table.Number(r.Overall(), 4)
		if dense > 0 {
			all.Note = fmt.Sprintf("%.1f %% of the multiply-adds are left", 100*macs/dense)
		}
		t.Rows = append(t.Rows, []table.Cell{table.Text(r.Arm), table.Text("all layers"), table.Int(size), all, table.Int(size - removed), total, table.Int(r.Summed.N)})
	}
	return t
}

// read says whose curves were read, nothing where there are only those of the
// arm's own retraining.
func (r *Recommendation) read() string {
	var others []string
	for _, m := range r.methods {
		if m != r.Method {
			others = append(others, m.String())
		}
	}
	switch {
	case len(others) > 0:
		return fmt.Sprintf("Arm %s: the losses are those of the layers pruned by %s; those by %s were not read.", r.Arm, r.Method, strings.Join(others, "; by "))
	case !r.Method.Plain():
		return fmt.Sprintf("Arm %s: the losses are those of the layers pruned by %s.", r.Arm, r.Method)
	}
	return ""
}

// atMost words the bound of the prediction, nothing where there is none.
func (r *Recommendation) atMost(format string) string {
	if !r.Joint.Bounded() {
		return ""
	}
	return fmt.Sprintf(format, pp(min(1, r.Predicted()*r.Joint.Margin), 2))
}

func (o Objective) words() string {
	if o == MACs {
		return "multiply-adds"
	}
	return "weights"
}

func pp(fraction float64, decimals int) string { return table.Format(100*fraction, decimals) }

// Tables set what was predicted beside what was measured, and say how far each
// way of pruning goes within the budget.
func (c *Check) Tables() []table.Table {
	return []table.Table{c.sideBySide(), c.largest()}
}

func (c *Check) sideBySide() table.Table {
	t := table.Table{
		Name:    "recommendation",
		Title:   fmt.Sprintf("Recommended for %s pp on %s, measured on the %s split, accuracy lost %s", pp(c.Budget, 2), c.Recommendation.Study, c.Split, c.Moment()),
		Columns: slices.Concat(table.Lefts("what is pruned"), table.Rights("weights removed (%)", "multiply-adds left (%)", "predicted loss (pp)", "measured loss (pp)", "n", "95 % bound (pp)", "95 % bound, seeds x images (pp)", "p"), table.Lefts("mean within", "bound within"), table.Rights("more than recommended (pp)")),
		Notes: []string{
			"Loss: against the same arm's and seed's dense network or, after retraining, its unpruned control with the same retraining. [ ]: 95 % t interval over n seeds; differences are paired by seed.",
			"Bound: one-sided, upper, 95 %; over seeds Student t, for other images as well seeds x images, Satterthwaite. Bound within: both are below the budget (non-inferiority); p: exact sign-flip test of the same over seeds, one-sided.",
			"Predicted: from the layers' losses alone, in the source study, at the ratios that were reached: " + c.Joint.String() + "; – where a layer was not measured there.",
		},
	}
	for _, r := range c.Rows {
		t.Rows = append(t.Rows, c.cells(r))
		if r.Kind == Recommended && r.Equal {
			t.Rows = append(t.Rows, c.summed())
		}
	}
	if slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Fixed }) {
		t.Notes = append(t.Notes, "One network from a file, the same for every seed: [ ] is its interval over images, paired by image, and the bound, in the column seeds x images, is over images alone.")
	}
	if len(c.Missing) > 0 {
		t.Notes = append(t.Notes, "Without a result: "+strings.Join(c.Missing, ", ")+".")
	}
	if _, ok := c.FullyConnected(); !ok {
		t.Notes = append(t.Notes, "The fully connected layers alone have not as many weights, or are all there is.")
	}
	return t
}

// summed is the sum of the layers pruned alone, in the source study.
func (c *Check) summed() []table.Cell {
	row := make([]table.Cell, 12)
	row[0] = table.Text("its layers alone, summed (" + c.Recommendation.Study + ")")
	sum := 0.0
	for _, l := range c.Layers {
		sum += l.Loss
	}
	row[3] = lossCell(sum)
	row[4], row[5] = interval(c.Summed), table.Int(c.Summed.N)
	return row
}

func (c *Check) cells(r Row) []table.Cell {
	predicted, p, bound := table.Missing("outside of what was measured of a layer"), table.Missing("n = 1"), table.Missing("n = 1")
	if r.Predicted != nil {
		predicted = lossCell(*r.Predicted)
	}
	if r.Kind == AtRandom {
		predicted = table.Missing("the curves are of pruning by magnitude")
	}
	if r.Fixed {
		p, bound = table.Missing("one network, the same for every seed"), table.Missing("one network, the same for every seed")
	} else if r.Loss.Level > 0 {
		p, bound = table.Number(r.P, 4), table.Number(100*min(1, r.Bound), 2)
	}
	across := table.Missing("not scored image by image, or n = 1")
	if r.Across != nil {
		across = table.Number(100*min(1, *r.Across), 2)
	}
	more := table.None()
	if r.More != nil {
		more = interval(*r.More)
	}
	return []table.Cell{table.Text(r.Name), table.Number(100*r.Removed, 2), table.Number(100*r.MACs, 1), predicted, interval(r.Loss), table.Int(r.Loss.N),
		bound, across, p, table.Text(yes(r.ByMean)), table.Text(yes(r.ByBound)), more}
}

func interval(e stats.Estimate) table.Cell {
	switch {
	case e.N == 0:
		return table.Missing("no seed has all")
	case e.Value > 1:
		return beyond(e.N)
	case e.Level == 0:
		return table.Single(100*e.Value, e.N, 2).With("n = 1: no interval")
	}
	return table.Interval(100*e.Value, 100*max(-1, e.Lo), 100*min(1, e.Hi), e.N, 2)
}

// lossCell is a loss that a model or a sum gives.
func lossCell(loss float64) table.Cell {
	if loss > 1 {
		return beyond(0)
	}
	return table.Number(100*loss, 2)
}

// beyond stands for a loss of more than there is to lose, which no network has.
func beyond(n int) table.Cell {
	c := table.Single(100, n, 2)
	c.Text = "> 100"
	return c.With("more than there is to lose: a sum, or a model, that does not hold so far")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (c *Check) largest() table.Table {
	t := table.Table{
		Name:    "holding",
		Title:   fmt.Sprintf("Most weights removed (%%) within %s pp, %s, measured on the %s split", pp(c.Budget, 2), c.Moment(), c.Split),
		Columns: slices.Concat(table.Lefts("way"), table.Rights("by the mean"), table.Lefts("which"), table.Rights("by the 95 % bound"), table.Lefts("which"), table.Rights("tried")),
		Notes:   []string{"Of each ladder, the largest before the first that does not hold. It is chosen by these very numbers: the more rungs, the luckier the one that is found."},
	}
	for _, kind := range []Kind{Recommended, Uniform, GlobalKind} {
		row := []table.Cell{table.Text(string(kind))}
		tried := 0
		for _, r := range c.Rows {
			if r.Kind == kind {
				tried++
			}
		}
		for _, holds := range []func(Row) bool{func(r Row) bool { return r.ByMean }, func(r Row) bool { return r.ByBound }} {
			if best := c.Largest(kind, holds); best != nil {
				row = append(row, table.Number(100*best.Removed, 2), table.Text(best.Name))
			} else {
				row = append(row, table.Missing("not even the first of the ladder holds"), table.None())
			}
		}
		t.Rows = append(t.Rows, append(row, table.Int(tried)))
	}
	return t
}

// Verdict says in a sentence whether the recommendation held.
func (c *Check) Verdict() string {
	for _, r := range c.Rows {
		if r.Kind != Recommended || !r.Equal {
			continue
		}
		s := fmt.Sprintf("On the %s split the recommended ratios remove %s %% of the weights and lose %s pp", c.Split, pp(r.Removed, 2), pp(r.Loss.Value, 2))
		if r.Loss.Level == 0 {
			return s + fmt.Sprintf(" (n = 1); the budget is %s pp, predicted were %s%s.", pp(c.Budget, 2), pp(c.Predicted(), 2), c.atMost(", with 95 %% below %s"))
		}
		mean, bound := "holds", "holds"
		if !r.ByMean {
			mean = "does not hold"
		}
		if !r.ByBound {
			bound = "does not hold"
		}
		over := pp(min(1, r.Bound), 2) + " pp over seeds"
		if r.Fixed {
			over = "for which the network was not scored image by image"
			if r.Across != nil {
				over = pp(min(1, *r.Across), 2) + " pp over images"
			}
		} else if r.Across != nil {
			over += fmt.Sprintf(" and %s pp over seeds and images", pp(min(1, *r.Across), 2))
		}
		n := fmt.Sprintf("n = %d", r.Loss.N)
		if r.Fixed {
			n = "one network, over images"
		}
		return s + fmt.Sprintf(" [%s, %s] (%s); predicted were %s%s. The budget of %s pp %s by the mean and %s by the one-sided 95 %% bound, %s.",
			pp(max(-1, r.Loss.Lo), 2), pp(min(1, r.Loss.Hi), 2), n, pp(c.Predicted(), 2), c.atMost(", with 95 %% below %s"), pp(c.Budget, 2), mean, bound, over)
	}
	return "The recommended ratios have no result."
}
