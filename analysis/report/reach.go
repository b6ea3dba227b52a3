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
	"prunelab/analysis/recommend"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/analysis/tuning"
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

// poor are the arms whose dense networks are far worse than the best, and why they do not
// say how much can go.
func poor(a *analysis.Analysis) (arms []string, why string) {
	best, accuracy := mostAccurate(a)
	var said []string
	for _, d := range a.Dense {
		if d.Accuracy.N > 0 && d.Accuracy.Value < accuracy-ruinedBy {
			arms = append(arms, d.Arm)
			said = append(said, fmt.Sprintf("%s (%s %%)", d.Arm, table.Format(100*d.Accuracy.Value, 1)))
		}
	}
	return arms, fmt.Sprintf("their networks are far worse before any pruning than those of %s (%s %%): %s", best, table.Format(100*accuracy, 1), enumerate(said))
}

// spoiled says, of a retrained curve, that the retraining alone costs its unpruned network
// more than the budget, against the dense network or, in a grid of rates, the best rate of
// the same; a loss against it is small for nothing. Empty: it does not, or not all seeds
// are there to tell.
func spoiled(a *analysis.Analysis, c curve.Curve) string {
	if c.Stage != curve.Retrained || c.Control.N == 0 || c.Control.N != c.Baseline.N {
		return ""
	}
	best, what := c.Baseline.Value, "dense"
	rates := a.Grid != nil && a.Grid.Axis == tuning.Rate // what else differs may help one and harm none
	for _, o := range a.Curves {
		if rates && o.Stage == c.Stage && o.Control.N == c.Control.N && o.Control.Value > best && sameDense(a, o.Arm, c.Arm) {
			best, what = o.Control.Value, "with "+o.Arm
		}
	}
	if c.Control.Value >= best-headlineBudget {
		return ""
	}
	return fmt.Sprintf("%s (%s %%, %s %s %%)", c.Arm, table.Format(100*c.Control.Value, 2), what, table.Format(100*best, 2))
}

// sameDense reports whether two arms start from the same dense networks.
func sameDense(a *analysis.Analysis, one, other string) bool {
	of := func(arm string) []trial.Key {
		var keys []trial.Key
		for _, c := range a.Plan.Cells {
			if c.Arm == arm && c.Role == trial.Dense {
				keys = append(keys, c.Key)
			}
		}
		return keys
	}
	return one == other || slices.Equal(of(one), of(other))
}

// reached is a curve that a first sentence is about, and its point.
type reached struct {
	curve.Curve
	at     curve.Point
	loss   stats.Estimate // with the wider of its intervals; N = 0: it has no control to lose against
	images bool           // whether the interval is over images alone
}

func newReached(c curve.Curve, p curve.Point) reached {
	loss := wider(p.Loss, p.Across)
	return reached{c, p, loss, loss.Level > 0 && (p.Loss.Level == 0 || p.Loss.OverImages())}
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
	whole := of // a recommendation's amount is a share of the network, whichever layers it is for
	if a.Plan.Extent(a.Plan.Targets()[target]) != trial.Whole {
		of = "the weights of " + target
	}
	out := together(a, whole)
	lesser, whyPoor := poor(a)
	for _, stage := range []curve.Stage{curve.Retrained, curve.Pruned} {
		var all, rest []curve.Curve
		var waiting, costly []string
		left := false
		for _, c := range a.Curves {
			if c.Target != target || c.Stage != stage || c.Target == recommend.Target {
				continue
			}
			scored := slices.ContainsFunc(c.Points, func(p curve.Point) bool { return p.Requested > 0 && p.Accuracy.N > 0 })
			if c.Compared { // what has no loss yet is not set against the dense network instead
				c.Points = slices.DeleteFunc(slices.Clone(c.Points), func(p curve.Point) bool { return p.Loss.N == 0 })
			}
			p, _ := furthest(c)
			s := spoiled(a, c)
			switch {
			case p.Accuracy.N == 0:
				if scored && stage == curve.Retrained && !slices.Contains(waiting, c.Arm) {
					waiting = append(waiting, c.Arm)
				}
			case slices.Contains(lesser, c.Arm):
				left = true
			case s != "":
				rest = append(rest, c)
				if !slices.Contains(costly, s) {
					costly = append(costly, s)
				}
			default:
				all = append(all, c)
			}
		}
		lead := "Left out, as "
		if len(all) == 0 && len(rest) > 0 {
			all, lead = rest, "But "
		}
		if len(all) == 0 {
			if len(waiting) > 0 {
				out = append(out, "What retraining wins back cannot be said: no pruned network has its unpruned control.")
			}
			continue
		}
		out = append(out, reachBy(a, all, of)...)
		if left {
			out = append(out, "Left out, as "+whyPoor+".")
		}
		if len(costly) > 0 {
			out = append(out, fmt.Sprintf("%sthe retraining alone costs their unpruned networks more than %v pp: %s.", lead, 100*headlineBudget, enumerate(costly)))
		}
		waiting = slices.DeleteFunc(waiting, func(arm string) bool {
			return slices.ContainsFunc(all, func(c curve.Curve) bool { return c.Arm == arm })
		})
		if len(waiting) > 0 {
			out = append(out, fmt.Sprintf("Not among these, as their unpruned controls have no results: %s.", enumerate(waiting)))
		}
		return out
	}
	return out
}

// together says what the recommended ratios cost when all layers have them at once.
func together(a *analysis.Analysis, of string) []string {
	for _, stage := range []curve.Stage{curve.Retrained, curve.Pruned} {
		var points []reached
		for _, c := range a.Curves {
			if c.Target != recommend.Target || c.Stage != stage || !c.Method.Plain() {
				continue
			}
			for _, p := range c.Points {
				if p.Requested > 0 && p.Accuracy.N > 0 {
					points = append(points, newReached(c, p))
				}
			}
		}
		if len(points) > 0 {
			return []string{fmt.Sprintf("At the recommended ratios together, %s %% of %s removed, networks have, %s, %s.", percent(points[0].at.Requested), of, stageWords(points[0]), lost(points, len(a.Plan.Arms) > 1, true))}
		}
	}
	return nil
}

// reachBy is reach for the curves of one target and stage.
func reachBy(a *analysis.Analysis, all []curve.Curve, of string) []string {
	main := plainest(all)
	deciding := main
	if against := slices.DeleteFunc(slices.Clone(main), func(c curve.Curve) bool { p, _ := furthest(c); return p.Loss.N == 0 }); len(against) > 0 {
		deciding = against // a loss against the dense network is another one
		all = slices.DeleteFunc(slices.Clone(all), func(c curve.Curve) bool { p, _ := furthest(c); return p.Loss.N == 0 })
	}
	amount, within := -1.0, false
	for _, c := range deciding {
		if p, ok := furthest(c); ok && p.Requested > amount {
			amount, within = p.Requested, true
		}
	}
	if !within {
		amount = math.Inf(1)
		for _, c := range deciding {
			p, _ := furthest(c)
			amount = min(amount, p.Requested)
		}
	}
	var points []reached
	var without []string
	for _, c := range main {
		if i := slices.IndexFunc(c.Points, func(p curve.Point) bool { return p.Requested == amount && p.Accuracy.N > 0 }); i >= 0 {
			points = append(points, newReached(c, c.Points[i]))
		} else {
			without = append(without, c.Arm)
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
		lead = "Removing %s %% of %s%s, the least that was tried, costs, %s, %s."
	}
	share := amount
	if main[0].Parameter != trial.Ratio {
		share = points[0].at.Sparsity
	}
	out := []string{fmt.Sprintf(lead, percent(share), of, ways, stageWords(points[0]), lost(points, len(a.Plan.Arms) > 1, !within))}
	worse := collapsed(a, func(c analysis.Collapse) bool {
		return slices.ContainsFunc(points, func(r reached) bool {
			return behind(r.Series, c) && r.at.Requested == c.Requested
		})
	}, func(c analysis.Collapse) string { return "with " + c.Arm })
	if s := aheadInAccuracy(points); s != "" {
		out[0] = strings.TrimSuffix(out[0], ".") + s + "."
	}
	if len(without) > 0 {
		out[0] = strings.TrimSuffix(out[0], ".") + fmt.Sprintf("; not measured there: %s.", enumerate(without))
	}
	if worse != "" {
		out = append(out, worse)
	}
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
			best, ok = newReached(c, p), true
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

// aheadBy is how much more accurate an arm is that is worth a word for it.
const aheadBy = 0.001

// aheadInAccuracy names the arm with the highest mean accuracy at a point, where
// that is not the one that loses least against its own control.
func aheadInAccuracy(points []reached) string {
	least := slices.MinFunc(points, func(x, y reached) int { return cmp.Compare(x.loss.Value, y.loss.Value) })
	most := slices.MaxFunc(points, func(x, y reached) int { return cmp.Compare(x.at.Accuracy.Value, y.at.Accuracy.Value) })
	if len(points) < 2 || least.loss.N == 0 || most.Arm == least.Arm || most.at.Accuracy.Value < least.at.Accuracy.Value+aheadBy {
		return ""
	}
	return fmt.Sprintf("; the highest mean accuracy there is that of %s, %s %%, against %s %% of %s", most.Arm, table.Format(100*most.at.Accuracy.Value, 2), table.Format(100*least.at.Accuracy.Value, 2), least.Arm)
}

// lost words what points lose, arm by arm; of those without a control how accurate they are.
func lost(points []reached, arms, costs bool) string {
	var controlled, others []reached
	for _, r := range points {
		if r.loss.N > 0 {
			controlled = append(controlled, r)
		} else {
			others = append(others, r)
		}
	}
	lead := "for an accuracy loss of "
	if costs {
		lead = "an accuracy loss of "
	}
	var parts []string
	if len(controlled) > 0 {
		parts = append(parts, lead+listed(controlled, arms))
	}
	if len(others) > 0 {
		parts = append(parts, "without a control to compare with: "+listed(others, arms))
	}
	return strings.Join(parts, "; ")
}

// listed are the losses of points, or the accuracies of those without a control, with how
// many networks they are of; of more than three the least and the most.
func listed(points []reached, arms bool) string {
	count := func(r reached) int { return cmp.Or(r.loss.N, r.at.Accuracy.N) }
	same := !slices.ContainsFunc(points, func(r reached) bool { return count(r) != count(points[0]) || r.images != points[0].images })
	n := func(r reached) string {
		s := fmt.Sprintf(" (n = %d", count(r))
		if r.images {
			s += ", intervals over images"
		}
		return s + ")"
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
			w += n(r)
		}
		return w
	}
	var words []string
	for _, r := range points {
		words = append(words, word(r))
	}
	text := enumerate(words)
	if len(points) > 3 {
		order := func(x, y reached) int {
			return cmp.Or(cmp.Compare(x.loss.Value, y.loss.Value), cmp.Compare(x.Baseline.Value-x.at.Accuracy.Value, y.Baseline.Value-y.at.Accuracy.Value))
		}
		text = fmt.Sprintf("between %s and %s", word(slices.MinFunc(points, order)), word(slices.MaxFunc(points, order)))
	}
	if same {
		text += n(points[0])
	}
	return text
}

// percent is a fraction in percent, with two decimals close to all.
func percent(v float64) string {
	if d := decimals(100 * v); d == 0 || v < 0.99 {
		return table.Format(100*v, d)
	}
	return table.Format(100*v, 2)
}
