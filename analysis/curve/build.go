package curve

import (
	"fmt"
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// FromGroups returns the curves of a study, sorted by arm, target, method and
// parameter, the pruned stage before the retrained one. A series of which only
// a part was retrained has both curves, each over its own amounts.
func FromGroups(g *group.Study) ([]Curve, error) {
	var curves []Curve
	for from := 0; from < len(g.Cells); {
		to := from + 1
		for to < len(g.Cells) && g.Cells[from].Series == g.Cells[to].Series {
			to++
		}
		cells := slices.DeleteFunc(slices.Clone(g.Cells[from:to]), func(c group.Cell) bool { return c.Role == trial.Dense })
		from = to
		if len(cells) == 0 {
			continue
		}
		for _, stage := range []Stage{Pruned, Retrained} {
			s := newSeries(g, cells, stage)
			if len(s.cells) == 0 {
				continue
			}
			c, err := s.curve()
			if err != nil {
				return nil, fmt.Errorf("curve of %s: %w", cells[0].Labels, err)
			}
			curves = append(curves, c)
		}
	}
	for i := range curves {
		curves[i].unseen(g.Plan)
	}
	return curves, bands(curves)
}

// unseen notes the amounts of a grid that a bisection did not visit.
func (c *Curve) unseen(p trial.Plan) {
	at := slices.IndexFunc(p.Bisected, func(b trial.Bisection) bool { return b.Target == c.Target })
	if at < 0 || c.Parameter != trial.Ratio {
		return
	}
	c.Until = p.Bisected[at].Until
	for _, ratio := range p.Bisected[at].Grid {
		if !slices.ContainsFunc(c.Points, func(q Point) bool { return q.Requested == ratio }) {
			c.Unseen = append(c.Unseen, ratio)
		}
	}
}

// NotVisited is why an amount of Unseen has no number.
func (c Curve) NotVisited() string {
	return fmt.Sprintf("not visited: a bisection looked for where the loss first exceeds %v pp, as if it grew with the ratio", trial.Significant(100*c.Until))
}

// series is the cells of one curve.
type series struct {
	g      *group.Study
	stage  Stage
	cells  []group.Cell
	layers []string
	sizes  map[string]int // of all layers with weights
}

// newSeries picks the cells that are scored at a stage. Right after pruning,
// the point at 0 is the dense network.
func newSeries(g *group.Study, cells []group.Cell, stage Stage) *series {
	s := &series{g: g, stage: stage}
	zero := group.Cell{Labels: cells[0].Labels}
	zero.Requested, zero.Round, zero.Role = 0, 0, trial.Dense
	for _, c := range cells {
		if !applies(c.Members[0].Spec, stage) || stage == Pruned && c.Requested == 0 {
			continue
		}
		s.cells = append(s.cells, c)
		for _, m := range c.Members {
			base := m.Spec.Base()
			key := base.Key()
			if !slices.ContainsFunc(zero.Members, func(o group.Member) bool { return o.Key == key }) {
				zero.Members = append(zero.Members, group.Member{Seed: m.Seed, Key: key, Spec: base, Outcome: g.Outcome(key)})
			}
		}
	}
	if stage == Pruned && len(s.cells) > 0 {
		s.cells = slices.Insert(s.cells, 0, zero)
	}
	return s
}

func (s *series) curve() (Curve, error) {
	s.measure()
	c := Curve{Series: s.cells[0].Series, Layers: s.layers}
	c.Stage = s.stage
	unplanned := false
	for _, cells := range s.amounts() {
		p, missing, err := s.point(cells)
		if err != nil {
			return c, err
		}
		unplanned = unplanned || missing
		c.Points = append(c.Points, p)
	}
	c.Compared = !unplanned
	if unplanned {
		c.Warnings = append(c.Warnings, fmt.Sprintf("some points have no accuracy loss: the study has no %s to compare with", s.referenceName()))
	}
	if w := s.disagree(); w != "" {
		c.Warnings = append(c.Warnings, w)
	}
	var err error
	if c.Baseline, err = s.baseline(); err != nil {
		return c, err
	}
	if s.stage == Retrained {
		c.Control, err = s.control()
	}
	return c, err
}

func (s *series) referenceName() string {
	if s.stage == Retrained {
		return "unpruned control with the same retraining"
	}
	return "dense network"
}

// measure finds the target's layers and the sizes of all layers.
func (s *series) measure() {
	pruned := map[string]bool{}
	s.sizes = map[string]int{}
	for _, c := range s.cells {
		for _, m := range c.Members {
			for _, level := range m.Spec.Levels {
				for _, name := range level.Prune.Layers {
					pruned[name] = true
				}
			}
			if m.Outcome != nil {
				for _, l := range m.Outcome.Result.Layers {
					s.sizes[l.Name] = l.Size
				}
			}
		}
	}
	for _, name := range s.g.Plan.Layers {
		if pruned[name] {
			s.layers = append(s.layers, name)
		}
	}
}

// disagree says that networks pruned alike have unlike scores, which means that
// the numerics are not deterministic.
func (s *series) disagree() string {
	if s.stage != Pruned {
		return ""
	}
	seen := map[trial.Key]int{}
	for _, c := range s.cells {
		for _, m := range c.Members {
			sc := Score(m, Pruned)
			if sc == nil {
				continue
			}
			k := PrunedNetwork(m.Spec).Key()
			if correct, ok := seen[k]; ok && correct != sc.Correct {
				return fmt.Sprintf("seed %d: the same pruned network was scored twice with different results", m.Seed)
			}
			seen[k] = sc.Correct
		}
	}
	return ""
}

// baseline is the accuracy of the dense networks that the series begins with.
func (s *series) baseline() (stats.Estimate, error) {
	return s.over(func(spec trial.Spec) trial.Spec { return spec.Base() }, Pruned, s.cells)
}

// control is the accuracy of the controls of the point that was pruned most.
func (s *series) control() (stats.Estimate, error) {
	last := s.cells[len(s.cells)-1:]
	return s.over(controlOf, Retrained, last)
}

// over averages, over seeds, the score of a trial derived from each member's. One network
// that is the same for every seed has its interval over images.
func (s *series) over(derive func(trial.Spec) trial.Spec, stage Stage, cells []group.Cell) (stats.Estimate, error) {
	bySeed := map[uint64]float64{}
	for _, c := range cells {
		for _, m := range c.Members {
			spec := derive(m.Spec)
			sc := Score(group.Member{Spec: spec, Outcome: s.g.Outcome(spec.Key())}, stage)
			switch {
			case sc == nil:
			case !spec.Replicates():
				return stats.Wilson(sc.Correct, sc.N, Level)
			default:
				bySeed[m.Seed] = sc.Accuracy()
			}
		}
	}
	seeds := make([]uint64, 0, len(bySeed))
	for seed := range bySeed {
		seeds = append(seeds, seed)
	}
	slices.Sort(seeds)
	x := make([]float64, len(seeds))
	for i, seed := range seeds {
		x[i] = bySeed[seed]
	}
	return estimate(x)
}
