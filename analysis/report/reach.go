package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// ruinedBy is how much less accurate an arm's dense networks are than those of the best
// arm, for the arm not to say how much can go: who has little to lose loses little.
const ruinedBy = 0.05

// nearChance is how far above guessing networks are that have learned nothing.
const nearChance = 0.02

// unlearned says that no arm has networks that know more than chance, where that is so.
func unlearned(a *analysis.Analysis) []string {
	_, best := mostAccurate(a)
	if best == 0 || len(a.Plan.Trials) == 0 {
		return nil
	}
	top, err := a.Plan.Trials[0].Net.Topology()
	if err != nil || best > 1/float64(top.Classes())+nearChance {
		return nil
	}
	return []string{fmt.Sprintf("The networks have learned nothing: unpruned they answer %s %% right, guessing %s %%. What pruning costs them says nothing.",
		table.Format(100*best, 1), table.Format(100/float64(top.Classes()), 1))}
}

// mostAccurate is the arm with the most accurate dense networks; 0: none has any.
func mostAccurate(a *analysis.Analysis) (arm string, accuracy float64) {
	for _, d := range a.Dense {
		if d.Accuracy.N > 0 && d.Accuracy.Value > accuracy {
			arm, accuracy = d.Arm, d.Accuracy.Value
		}
	}
	return arm, accuracy
}

// ruined are the arms whose dense networks are far worse than the best.
func ruined(a *analysis.Analysis) (arms []string, words string) {
	best, accuracy := mostAccurate(a)
	var said []string
	for _, d := range a.Dense {
		if d.Accuracy.N > 0 && d.Accuracy.Value < accuracy-ruinedBy {
			arms = append(arms, d.Arm)
			said = append(said, fmt.Sprintf("%s (%s %%)", d.Arm, table.Format(100*d.Accuracy.Value, 1)))
		}
	}
	if len(arms) == 0 {
		return nil, ""
	}
	return arms, fmt.Sprintf("Left out, as their networks are far worse before any pruning than those of %s (%s %%): %s.", best, table.Format(100*accuracy, 1), enumerate(said))
}

// reached is a curve that a first sentence is about, and its point.
type reached struct {
	curve.Curve
	at   curve.Point
	loss stats.Estimate // with the wider of its intervals; N = 0: it has no control to lose against
}

// fits reports whether the loss is within the headline's budget, of a retrained network
// without a control against the dense one.
func fits(c curve.Curve, p curve.Point) bool {
	if p.Loss.N == 0 {
		return c.Baseline.Value-p.Accuracy.Value <= headlineBudget
	}
	return p.Loss.Value <= headlineBudget
}

// furthest is the point of a curve that removes most within the budget, or, with false,
// that which removes least where none is within it; N = 0 of its accuracy: there is no point.
func furthest(c curve.Curve) (at curve.Point, within bool) {
	for _, p := range c.Points {
		switch ok := fits(c, p); {
		case p.Requested == 0 || p.Accuracy.N == 0 || p.Loss.N == 0 && c.Stage == curve.Pruned:
		case ok && (!within || p.Sparsity > at.Sparsity), !ok && !within && (at.Accuracy.N == 0 || p.Sparsity < at.Sparsity):
			at, within = p, ok
		}
	}
	return at, within
}

// reach says how much of the network can go: the largest amount at which some arm, pruned
// in its plainest way, stays within the budget, and what each loses there; and where
// another way goes further.
func reach(a *analysis.Analysis, network string) []string {
	target := mainTarget(a)
	of := "the weights of " + cmp.Or(network, "the network")
	if a.Plan.Extent(a.Plan.Targets()[target]) != trial.Whole {
		of = "the weights of " + target
	}
	left, why := ruined(a)
	for _, stage := range []curve.Stage{curve.Retrained, curve.Pruned} {
		var all []curve.Curve
		for _, c := range a.Curves {
			if p, _ := furthest(c); p.Accuracy.N > 0 && c.Target == target && c.Stage == stage && !slices.Contains(left, c.Arm) {
				all = append(all, c)
			}
		}
		if len(all) == 0 {
			continue
		}
		out := reachBy(a, all, of)
		if why != "" {
			out = append(out, why)
		}
		return out
	}
	return nil
}

// reachBy is reach for the curves of one target and stage.
func reachBy(a *analysis.Analysis, all []curve.Curve, of string) []string {
	main := plainest(all)
	amount, within := -1.0, false
	for _, c := range main {
		if p, ok := furthest(c); ok && p.Requested > amount {
			amount, within = p.Requested, true
		}
	}
	if !within {
		amount = math.Inf(1)
		for _, c := range main {
			p, _ := furthest(c)
			amount = min(amount, p.Requested)
		}
	}
	var points []reached
	for _, c := range main {
		if i := slices.IndexFunc(c.Points, func(p curve.Point) bool { return p.Requested == amount && p.Accuracy.N > 0 }); i >= 0 {
			p := c.Points[i]
			points = append(points, reached{c, p, wider(p.Loss, p.Across)})
		}
	}
	if len(points) == 0 {
		return nil
	}
	var how []string
	if !main[0].Method.Plain() || slices.ContainsFunc(all, func(c curve.Curve) bool { return c.Method != main[0].Method }) {
		how = append(how, main[0].Method.String())
	}
	if main[0].Parameter != trial.Ratio {
		how = append(how, group.Amount(main[0].Parameter, amount))
	}
	ways := ""
	if len(how) > 0 {
		ways = " (" + strings.Join(how, ", ") + ")"
	}
	lead := "%s %% of %s can go%s, %s, %s."
	if !within {
		lead = "Removing even %s %% of %s%s costs, %s, %s."
	}
	share := amount
	if main[0].Parameter != trial.Ratio {
		share = points[0].at.Sparsity
	}
	out := []string{fmt.Sprintf(lead, percent(share), of, ways, stageWords(points[0]), lost(points, len(a.Plan.Arms) > 1, !within))}
	if further, ok := beyond(all, main, share, within); ok {
		out = append(out, fmt.Sprintf("By another way (%s) %s %% can go, %s.", further.Method.String(), percent(further.at.Sparsity), lost([]reached{further}, len(a.Plan.Arms) > 1, false)))
	}
	return out
}

// plainest are the curves of each arm's plainest way of pruning, all by one parameter:
// ratios where there are any.
func plainest(all []curve.Curve) []curve.Curve {
	parameter := all[0].Parameter
	if slices.ContainsFunc(all, func(c curve.Curve) bool { return c.Parameter == trial.Ratio }) {
		parameter = trial.Ratio
	}
	var main []curve.Curve
	for _, c := range all {
		if c.Parameter != parameter {
			continue
		}
		switch i := slices.IndexFunc(main, func(m curve.Curve) bool { return m.Arm == c.Arm }); {
		case i < 0:
			main = append(main, c)
		case c.Method.Plain() && !main[i].Method.Plain():
			main[i] = c
		}
	}
	return main
}

// beyond is the curve by another way that goes furthest, where that is further than the
// main ones.
func beyond(all, main []curve.Curve, share float64, within bool) (best reached, ok bool) {
	if within {
		best.at.Sparsity = share + 1e-3 // ratios of layers that are rounded to whole weights
	}
	for _, c := range all {
		p, fit := furthest(c)
		if fit && p.Sparsity > best.at.Sparsity && !slices.ContainsFunc(main, func(m curve.Curve) bool { return m.Series == c.Series }) {
			best, ok = reached{c, p, wider(p.Loss, p.Across)}, true
		}
	}
	return best, ok
}

// stageWords say when the networks of a point were scored.
func stageWords(r reached) string {
	switch {
	case r.Stage == curve.Retrained:
		return "after retraining"
	case r.at.Recovered():
		return betweenRounds
	}
	return "without retraining"
}

// lost words what points lose, arm by arm.
func lost(points []reached, arms, costs bool) string {
	n, same := points[0].at.Accuracy.N, true
	for _, r := range points {
		same = same && r.at.Accuracy.N == n
	}
	word := func(r reached) string {
		w := cost(r.loss)
		if r.loss.N == 0 {
			w = fmt.Sprintf("an accuracy of %s %%, dense %s %%", table.Format(100*r.at.Accuracy.Value, 2), table.Format(100*r.Baseline.Value, 2))
		}
		if arms {
			w += " with " + r.Arm
		}
		if !same {
			w += fmt.Sprintf(" (n = %d)", r.at.Accuracy.N)
		}
		return w
	}
	var words []string
	for _, r := range points {
		words = append(words, word(r))
	}
	text := enumerate(words)
	if len(points) > 3 {
		order := func(x, y reached) int { return cmp.Compare(x.loss.Value, y.loss.Value) }
		text = fmt.Sprintf("between %s and %s", word(slices.MinFunc(points, order)), word(slices.MaxFunc(points, order)))
	}
	if same {
		text += fmt.Sprintf(" (n = %d)", n)
	}
	switch {
	case points[0].loss.N == 0:
		return "without a control to compare with: " + text
	case costs:
		return "an accuracy loss of " + text
	}
	return "for an accuracy loss of " + text
}

// percent is a fraction in percent.
func percent(v float64) string { return table.Format(100*v, decimals(100*v)) }
