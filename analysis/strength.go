package analysis

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// equivalenceLevel is the level of the interval of the customary equivalence test
// at 5 %: two one-sided tests.
const equivalenceLevel = 0.90

// Strength is one strength of a family of regularizers, in a study that has
// several of each.
type Strength struct {
	Arm, Family string  // "L1", "L1 (proximal)", "L2": in the training and the retraining
	Value       float64 // lambda
	Dense       stats.Estimate
	Error       stats.Estimate // area under the error after retraining; what is chosen by
	Missing     []curve.Missing
	Behind      stats.Estimate // error area beyond that of the family's best, paired by seed; N = 0: it is the best, or has no pairs
	Best        bool           // of its family
	Edge        bool           // the weakest or the strongest of its family
	Equal       bool           // of the pair, one from each of two families, with the smallest errors among those equally accurate when dense

	errors, dense map[uint64]float64 // by seed
}

// Strengths is the choice of one strength a family: the smallest area under the
// validation error after retraining, the mean over the seeds, each at its own
// optimum. Beside it stands the best pair whose dense networks are equally
// accurate, by an equivalence test within the margin of the data set.
type Strengths struct {
	Seeds  []uint64
	Margin float64 // 0: none is stated for the data
	Grid   []Strength
	Chosen bool // false where the study was scored on the test set, on which nothing is chosen
}

// strengths returns nil for a study that has no family with several strengths.
func strengths(g *group.Study, curves []curve.Curve) (*Strengths, error) {
	s := &Strengths{Chosen: g.Plan.Split == trial.Validation, Seeds: planSeeds(g.Plan)}
	frame := ""
	for _, c := range curves {
		if c.Stage != curve.Retrained || !c.Method.Plain() || c.Parameter != "ratio" || len(c.Layers) != len(g.Plan.Layers) {
			continue
		}
		spec, ok := lastSpec(g, c)
		if !ok {
			continue
		}
		family, value := familyOf(spec)
		if family == "" {
			continue
		}
		f := frameOf(spec)
		if frame == "" {
			frame, s.Margin = f, finding.Margin(spec.Data.Name)
		}
		if f != frame {
			continue // it differs in more than the strength
		}
		x := Strength{Arm: c.Arm, Family: family, Value: value, errors: map[uint64]float64{}, dense: denseAccuracies(g, c.Arm)}
		var areas []curve.SeedValue
		areas, x.Missing = c.Errors().Areas(areaRange(curve.Retrained))
		for _, v := range areas {
			x.errors[v.Seed] = v.Value
		}
		var err error
		if x.Error, err = estimateOf(x.errors); err != nil {
			return nil, fmt.Errorf("strengths, arm %s: %w", c.Arm, err)
		}
		if x.Dense, err = estimateOf(x.dense); err != nil {
			return nil, fmt.Errorf("strengths, arm %s: %w", c.Arm, err)
		}
		s.Grid = append(s.Grid, x)
	}
	slices.SortStableFunc(s.Grid, func(a, b Strength) int {
		if a.Family != b.Family {
			return strings.Compare(a.Family, b.Family)
		}
		switch {
		case a.Value < b.Value:
			return -1
		case a.Value > b.Value:
			return 1
		}
		return 0
	})
	several := false
	for _, f := range s.families() {
		several = several || len(s.of(f)) > 1
	}
	if !several {
		return nil, nil
	}
	return s, s.choose()
}

// planSeeds are the seeds of a plan, ascending.
func planSeeds(p trial.Plan) []uint64 {
	var seeds []uint64
	for _, t := range p.Trials {
		seeds = append(seeds, t.Seed)
	}
	slices.Sort(seeds)
	return slices.Compact(seeds)
}

// lastSpec is a trial of the point that is pruned most.
func lastSpec(g *group.Study, c curve.Curve) (trial.Spec, bool) {
	for i := len(c.Points) - 1; i >= 0; i-- {
		if p := c.Points[i]; p.Requested > 0 && len(p.Seeds) > 0 {
			return g.Spec(p.Seeds[0].Key)
		}
	}
	return trial.Spec{}, false
}

// familyOf is the regularizer of a trial that has the same one in the training
// and in every retraining, "" of others.
func familyOf(s trial.Spec) (family string, value float64) {
	r := s.Train.Regularizer
	for _, l := range s.Levels {
		if l.Retrain == nil || l.Retrain.Regularizer != r {
			return "", 0
		}
	}
	return pure(r)
}

// pure names a penalty of one kind and its strength.
func pure(r regularizer.Config) (family string, value float64) {
	switch {
	case r.L1 > 0 && r.L2 == 0 && r.Proximal:
		return "L1 (proximal)", r.L1
	case r.L1 > 0 && r.L2 == 0:
		return "L1", r.L1
	case r.L2 > 0 && r.L1 == 0:
		return "L2", r.L2
	}
	return "", 0
}

// frameOf is what a trial has besides its regularizer, seed and amounts.
func frameOf(s trial.Spec) string {
	s.Seed = 0
	s.Train.Regularizer = regularizer.Config{}
	s.Levels = slices.Clone(s.Levels)
	for i, l := range s.Levels {
		l.Prune.Amounts = nil
		r := train.Config{}
		if l.Retrain != nil {
			r = *l.Retrain
		}
		r.Regularizer = regularizer.Config{}
		s.Levels[i] = trial.Level{Prune: l.Prune, Retrain: &r}
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic("analysis: a trial that is no JSON: " + err.Error()) // its key has been computed
	}
	return string(b)
}

// denseAccuracies are those of an arm's dense networks by seed.
func denseAccuracies(g *group.Study, arm string) map[uint64]float64 {
	m := map[uint64]float64{}
	for _, c := range g.Cells {
		if c.Role != trial.Dense || c.Arm != arm {
			continue
		}
		for _, x := range c.Members {
			if o := x.Outcome; o != nil && o.Status != trial.Failed && o.Result.Start != nil {
				m[x.Seed] = o.Result.Start.Accuracy()
			}
		}
	}
	return m
}

func estimateOf(bySeed map[uint64]float64) (stats.Estimate, error) {
	if len(bySeed) == 0 {
		return stats.Estimate{Method: stats.MethodPoint}, nil
	}
	es, err := stats.Simultaneous([]map[uint64]float64{bySeed}, curve.Level)
	if err != nil {
		return stats.Estimate{}, err
	}
	return es[0], nil
}

func (s *Strengths) families() []string {
	var names []string
	for _, x := range s.Grid {
		if !slices.Contains(names, x.Family) {
			names = append(names, x.Family)
		}
	}
	return names
}

// of returns the strengths of a family, ascending.
func (s *Strengths) of(family string) []*Strength {
	var out []*Strength
	for i := range s.Grid {
		if s.Grid[i].Family == family {
			out = append(out, &s.Grid[i])
		}
	}
	return out
}

// choose marks the best of each family, what lies behind it, and the best equal
// pair. A strength that lacks a seed cannot be chosen.
func (s *Strengths) choose() error {
	if !s.Chosen {
		return nil
	}
	for _, f := range s.families() {
		grid := s.of(f)
		grid[0].Edge, grid[len(grid)-1].Edge = true, true
		var best *Strength
		for _, x := range grid {
			if x.complete(s) && (best == nil || x.Error.Value < best.Error.Value) {
				best = x
			}
		}
		if best == nil {
			continue
		}
		best.Best = true
		for _, x := range grid {
			if d := differences(x.errors, best.errors); x != best && len(d) > 0 {
				var err error
				if x.Behind, err = stats.Mean(d, curve.Level); err != nil {
					return fmt.Errorf("strengths, arm %s: %w", x.Arm, err)
				}
			}
		}
	}
	return s.chooseEqual()
}

// chooseEqual marks, for the first two families, the pair with the smallest sum
// of errors among those whose dense networks are equivalent.
func (s *Strengths) chooseEqual() error {
	names := s.families()
	if len(names) < 2 || s.Margin == 0 {
		return nil
	}
	var a, b *Strength
	for _, x := range s.of(names[0]) {
		for _, y := range s.of(names[1]) {
			if !x.complete(s) || !y.complete(s) || a != nil && x.Error.Value+y.Error.Value >= a.Error.Value+b.Error.Value {
				continue
			}
			t, err := s.equivalence(x, y)
			if err != nil {
				return err
			}
			if t.Position == stats.Inside {
				a, b = x, y
			}
		}
	}
	if a != nil {
		a.Equal, b.Equal = true, true
	}
	return nil
}

func (x *Strength) complete(s *Strengths) bool {
	return len(x.errors) == len(s.Seeds) && len(x.dense) == len(s.Seeds)
}

// equivalence tests whether two strengths' dense networks are equally accurate.
func (s *Strengths) equivalence(x, y *Strength) (stats.MarginTest, error) {
	t, err := stats.Equivalent(differences(x.dense, y.dense), s.Margin, equivalenceLevel)
	if err != nil {
		return t, fmt.Errorf("dense accuracies of %s and %s: %w", x.Arm, y.Arm, err)
	}
	return t, nil
}

// differences are a - b of the seeds that both have, in their order.
func differences(a, b map[uint64]float64) []float64 {
	var seeds []uint64
	for seed := range a {
		if _, ok := b[seed]; ok {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	var d []float64
	for _, seed := range seeds {
		d = append(d, curve.Difference(a[seed], b[seed]))
	}
	return d
}

// table lists the grid.
func (s *Strengths) table() (table.Table, error) {
	t := table.Table{Name: "strengths", Title: "Strengths of the regularizers and the choice among them"}
	if s == nil {
		return t, nil
	}
	lo, hi := areaRange(curve.Retrained)
	t.Columns = []table.Column{
		{Head: "family", Align: table.Left}, {Head: "strength", Align: table.Right}, {Head: "arm", Align: table.Left}, {Head: "n", Align: table.Right},
		{Head: "dense accuracy (%)", Align: table.Right}, {Head: fmt.Sprintf("error after retraining, %v to %v (%%)", lo, hi), Align: table.Right},
		{Head: "behind the best (pp)", Align: table.Right}, {Head: "choice", Align: table.Left}, {Head: "dense − other family's best (pp)", Align: table.Right}, {Head: "equally accurate", Align: table.Left},
	}
	t.Notes = []string{
		"Error: mean over logit(sparsity) of what the retrained networks get wrong; the best strength of a family has the smallest. ±: half of the 95 % t interval over n seeds; differences are paired by seed.",
		fmt.Sprintf("Equally accurate: the 90 %% t interval of the difference of dense accuracies lies within ±%s pp (two one-sided tests at 5 %%). Best equal pair: the smallest errors among pairs that are.", table.Format(100*s.Margin, 1)),
	}
	best := map[string]*Strength{}
	for i := range s.Grid {
		if s.Grid[i].Best {
			best[s.Grid[i].Family] = &s.Grid[i]
		}
	}
	for i := range s.Grid {
		x := &s.Grid[i]
		row := []table.Cell{table.Text(x.Family), table.Number(x.Value, 6), table.Text(x.Arm), table.Int(x.Error.N), percentCell(x.Dense, nil), percentCell(x.Error, x.Missing),
			table.None(), table.Text(x.choice()), table.None(), table.None()}
		row[1].Text = strength(x.Value)
		if x.Behind.N > 0 {
			row[6] = percentCell(x.Behind, nil)
		}
		for _, f := range s.families() {
			y := best[f]
			if f == x.Family || y == nil || s.Margin == 0 || row[9].Text != "" {
				continue
			}
			if len(differences(x.dense, y.dense)) == 0 {
				continue
			}
			e, err := s.equivalence(x, y)
			if err != nil {
				return t, err
			}
			row[8], row[9] = intervalCell(e.Difference), table.Text(equally(e))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func (x *Strength) choice() string {
	var words []string
	if x.Best {
		words = append(words, "best")
	}
	if x.Best && x.Edge {
		words = append(words, "at the edge of the grid")
	}
	if x.Equal {
		words = append(words, "best equal pair")
	}
	return strings.Join(words, ", ")
}

func equally(t stats.MarginTest) string {
	switch t.Position {
	case stats.Inside:
		return "yes"
	case stats.Beyond:
		return "no"
	}
	return "not shown"
}

func intervalCell(e stats.Estimate) table.Cell {
	if e.Level == 0 {
		return table.Single(100*e.Value, e.N, 2)
	}
	return table.Interval(100*e.Value, 100*e.Lo, 100*e.Hi, e.N, 2)
}

// strength writes 5e-05 as 5e-5.
func strength(v float64) string {
	return strings.Replace(fmt.Sprintf("%.3g", v), "e-0", "e-", 1)
}
