package recommend

import (
	"cmp"
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// oneSided is the level of the two-sided interval whose ends are one-sided
// bounds at 95 %.
const oneSided = 0.90

// Check is what networks lost that a recommendation speaks of.
type Check struct {
	*Recommendation
	Study   string      // that measured it
	Split   trial.Split // on which it did
	Rows    []Row       // the recommendation, its baselines of as many weights, then the ladders
	Missing []string    // rows that have no result
}

// Kind is what a row of a check is one of.
type Kind string

// The kinds.
const (
	Recommended Kind = "recommended ratios"
	Uniform     Kind = "uniform"
	GlobalKind  Kind = "global by magnitude"
	FCOnly      Kind = "fully connected layers only"
	AtRandom    Kind = "at random, the recommended ratios"
)

// Row is one pruned network of the check.
type Row struct {
	Kind      Kind
	Name      string
	Share     float64 // of the budget, of recommendations
	Equal     bool    // removes as many weights as the recommendation, up to rounding
	Removed   float64 // fraction of all weights
	MACs      float64 // fraction of the multiply-adds that is left
	Predicted *float64
	Accuracy  stats.Estimate
	Loss      stats.Estimate
	Bound     float64         // one-sided upper bound of the loss at 95 %, over seeds; of one seed the loss itself
	Across    *float64        // the bound over seeds and images, of a Fixed network over images; nil: networks were not scored image by image
	Fixed     bool            // one network from a file, the same for every seed: there is no bound over seeds, and p is of nothing
	ByMean    bool            // the mean loss is within the budget
	ByBound   bool            // both bounds are, or the one there is: not inferior by more than the budget
	P         float64         // exact sign-flip test of "the loss is at least the budget", one-sided
	More      *stats.Estimate // lost beyond the recommendation, paired by seed

	losses map[uint64]float64
}

// Compare reads a recommendation's check from the results of its study.
func (r *Recommendation) Compare(g *group.Study, curves []curve.Curve) (*Check, error) {
	c := &Check{Recommendation: r, Study: g.Plan.Study, Split: g.Plan.Split}
	for _, x := range curves {
		if x.Arm != r.Arm || x.Stage != r.Stage {
			continue
		}
		for _, p := range x.Points {
			row, ok := r.row(g, x, p)
			switch {
			case !ok:
				continue
			case p.Loss.N == 0:
				c.Missing = append(c.Missing, row.Name)
				continue
			}
			if err := c.fill(&row, g, p); err != nil {
				return nil, fmt.Errorf("%s: %w", row.Name, err)
			}
			c.Rows = append(c.Rows, row)
		}
	}
	if len(c.Rows) == 0 {
		return nil, fmt.Errorf("study %s has no result of the recommendation", c.Study)
	}
	if err := c.pair(); err != nil {
		return nil, err
	}
	c.sort()
	return c, nil
}

// row says what a point of the check is; ok is false of a control and of what is
// none of it.
func (r *Recommendation) row(g *group.Study, x curve.Curve, p curve.Point) (row Row, ok bool) {
	if p.Requested == 0 {
		return row, false
	}
	row = Row{Equal: p.Requested == r.Overall()}
	switch {
	case x.Parameter == trial.Given:
		rungs := r.Ladder()
		i := slices.IndexFunc(rungs, func(rung Rung) bool { return r.prunesAs(g, p, rung) })
		if i < 0 {
			return row, false
		}
		row.Kind, row.Share, row.Equal = Recommended, rungs[i].Share, rungs[i].Share == 1
		row.Name = "recommended"
		if !row.Equal {
			row.Name = fmt.Sprintf("recommended for %g x the budget", row.Share)
		}
		if x.Method.Criterion == prune.Random {
			row.Kind, row.Name = AtRandom, "at random, the recommended ratios"
		}
	case x.Parameter != trial.Ratio || x.Method.Criterion != prune.Magnitude || x.Method.Schedule.Kind != trial.OneShot:
		return row, false
	case g.Plan.Extent(x.Layers) == trial.Whole && x.Method.Scope == prune.Global:
		row.Kind, row.Name = GlobalKind, fmt.Sprintf("global %v", p.Requested)
	case g.Plan.Extent(x.Layers) == trial.Whole:
		row.Kind, row.Name = Uniform, fmt.Sprintf("uniform %v", p.Requested)
	case slices.Equal(x.Layers, g.Plan.OfKind("dense")):
		row.Kind, row.Name, row.Equal = FCOnly, fmt.Sprintf("fc only %v", p.Requested), true
	default:
		return row, false
	}
	row.Removed, row.Accuracy, row.Loss = p.Whole, p.Accuracy, p.Loss
	return row, true
}

// prunesAs reports whether a point's trials remove as many weights of each layer
// as a rung.
func (r *Recommendation) prunesAs(g *group.Study, p curve.Point, rung Rung) bool {
	var key trial.Key
	switch {
	case len(p.Seeds) > 0:
		key = p.Seeds[0].Key
	case len(p.Missing) > 0:
		key = p.Missing[0].Key
	}
	spec, ok := g.Spec(key)
	if !ok {
		return false
	}
	given := spec.Levels[0].Prune
	for i, l := range r.Layers {
		ratio := 0.0
		if at := slices.Index(given.Layers, l.Name); at >= 0 {
			ratio = given.Amounts[at]
		}
		if l.Removed(ratio) != l.Removed(rung.Ratios[i]) {
			return false
		}
	}
	return true
}

// fill computes what follows from a point's losses.
func (c *Check) fill(row *Row, g *group.Study, p curve.Point) error {
	if _, _, _, dense := c.Totals(); dense > 0 {
		row.MACs = p.MACs / dense
	}
	if row.Kind != AtRandom { // the curves are those of pruning by magnitude
		if v, ok := c.Predict(c.achieved(g, p)); ok {
			row.Predicted = &v
		}
	}
	var gains []float64
	row.losses = map[uint64]float64{}
	for _, s := range p.Seeds {
		if s.HasLoss {
			gains = append(gains, -s.Loss)
			row.losses[s.Seed] = s.Loss
		}
	}
	t, err := stats.NonInferior(gains, c.Budget, oneSided)
	if err != nil {
		return err
	}
	row.Bound, row.P = -t.Difference.Lo, t.P
	row.ByMean, row.ByBound = row.Loss.Value <= c.Budget, t.Position == stats.Inside
	across, err := p.LossAcross(oneSided)
	if err != nil {
		return err
	}
	row.Fixed = p.Fixed
	if across.N > 1 || row.Fixed && across.OverImages() {
		row.Across = &across.Hi
		row.ByBound = (row.ByBound || row.Fixed) && across.Hi < c.Budget
	}
	return nil
}

// pair compares every row with the recommendation, seed by seed.
func (c *Check) pair() error {
	at := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Kind == Recommended && r.Equal })
	if at < 0 {
		return nil
	}
	own := c.Rows[at].losses
	for i := range c.Rows {
		row := &c.Rows[i]
		var d []float64
		for _, seed := range sortedSeeds(row.losses) {
			if v, ok := own[seed]; ok && i != at {
				d = append(d, curve.Difference(row.losses[seed], v))
			}
		}
		if len(d) == 0 {
			continue
		}
		e, err := stats.Mean(d, curve.Level)
		if err != nil {
			return err
		}
		row.More = &e
	}
	return nil
}

// sort puts the recommendation first, then what removes as many weights, then
// the ladders, each ascending.
func (c *Check) sort() {
	kinds := []Kind{Recommended, Uniform, GlobalKind, FCOnly, AtRandom}
	slices.SortStableFunc(c.Rows, func(a, b Row) int {
		if a.Equal != b.Equal {
			if a.Equal {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Removed, b.Removed))
	})
}

// Largest returns the row of a kind that removes most weights among those that
// hold, in ascending order up to the first that does not; nil when not even the
// first does.
func (c *Check) Largest(kind Kind, holds func(Row) bool) *Row {
	rows := slices.DeleteFunc(slices.Clone(c.Rows), func(r Row) bool { return r.Kind != kind })
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(a.Removed, b.Removed) })
	var best *Row
	for i := range rows {
		if !holds(rows[i]) {
			break
		}
		best = &rows[i]
	}
	return best
}
