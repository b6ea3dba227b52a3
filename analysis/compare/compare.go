// Package compare says what moved between two runs of studies: of the same one on
// two machines or with two versions of the program, or of two that share
// settings.
//
//  1. The plans are compared: what differs in them differs for a reason.
//  2. Trials with the same key are the same trial. With the same kernels their
//     results are equal bit for bit, or the program is not deterministic.
//  3. Settings that both have, whatever their recipes, are compared over their
//     seeds, paired where both have the same seeds, data and network. Networks from
//     a file, which have no seeds until they are retrained, are compared image by
//     image. What moved is what Holm's correction over all settings leaves; where
//     nothing did, it says what would have been found.
//
// It reads no files and trains nothing.
package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// Run is a plan with its outcomes.
type Run struct {
	Name     string
	Plan     trial.Plan
	Outcomes []trial.Outcome
}

// Comparison is two runs side by side.
type Comparison struct {
	A, B         string
	Plan         []string  // differences of the plans; nil: there are none
	Kernels      bool      // they ran with other kernels, which round otherwise
	Same         int       // trials finished in both with the same result
	Changed      []Change  // finished in both with another result
	OnlyA, OnlyB int       // finished in one alone
	Identical    int       // settings of which both have the same trials with the same results
	OneSided     int       // settings that have numbers in one run alone
	Settings     []Setting // the other settings of both, in the first one's order
}

// Change is a trial that has two results.
type Change struct {
	Key    trial.Key
	Fields []string // in what they differ
}

// Setting is one at a stage, in both runs.
type Setting struct {
	group.Labels
	Paired     bool             // both have the same seeds, data and network
	Elsewhere  bool             // they are scored on other images
	Fixed      bool             // one network each, without seeds: compared image by image
	A, B       stats.Estimate   // accuracies
	Difference stats.Comparison // of the accuracies, B - A; paired or Welch

	a, b []float64 // the accuracies, by seed
}

// Moved reports whether the setting moved beyond noise.
func (c Setting) Moved() bool {
	return c.Difference.Adjusted != nil && *c.Difference.Adjusted <= stats.Alpha
}

// Runs compares two runs.
func Runs(a, b Run) (*Comparison, error) {
	d := &Comparison{A: a.Name, B: b.Name, Kernels: a.Plan.Kernel != b.Plan.Kernel}
	if !a.Plan.Same(b.Plan) {
		d.Plan = a.Plan.Differences(b.Plan, "in "+a.Name, "in "+b.Name)
	}
	d.trials(a, b)
	ga, err := group.New(a.Plan, a.Outcomes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	gb, err := group.New(b.Plan, b.Outcomes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	if err := d.settings(ga, gb); err != nil {
		return nil, err
	}
	d.correct()
	return d, nil
}

// trials matches the finished trials by key.
func (d *Comparison) trials(a, b Run) {
	others := map[trial.Key]trial.Outcome{}
	for _, o := range b.Outcomes {
		if o.Status != trial.Failed {
			others[o.Key] = o
		}
	}
	for _, o := range a.Outcomes {
		if o.Status == trial.Failed {
			continue
		}
		p, ok := others[o.Key]
		delete(others, o.Key)
		switch {
		case !ok:
			d.OnlyA++
		case o.Status == p.Status && o.Error == p.Error && equal(o.Result, p.Result):
			d.Same++
		default:
			d.Changed = append(d.Changed, Change{o.Key, o.Differences(p, "in "+d.A, "in "+d.B)})
		}
	}
	d.OnlyB = len(others)
}

// side is a cell of one run at a stage.
type side struct {
	seeds    []uint64
	networks []trial.Key // that were scored; arms that differ in retraining share them before it
	accuracy []float64
	fixed    bool // one network, the same for every seed

	spec  trial.Spec        // of the first seed
	score *train.Evaluation // likewise
}

func at(c group.Cell, stage curve.Stage) side {
	s := side{fixed: stage == curve.Pruned && !curve.PrunedNetwork(c.Members[0].Spec).Replicates()}
	for _, m := range c.Members {
		if score := curve.Score(m, stage); score != nil {
			if s.score == nil {
				s.spec, s.score = m.Spec, score
			}
			network := m.Key
			if stage == curve.Pruned {
				network = curve.PrunedNetwork(m.Spec).Key()
			}
			s.seeds, s.networks, s.accuracy = append(s.seeds, m.Seed), append(s.networks, network), append(s.accuracy, score.Accuracy())
			if s.fixed {
				break
			}
		}
	}
	return s
}

// images reports whether two sides were scored on the same images.
func (s side) images(o side) bool {
	return s.spec.Data.Digest == o.spec.Data.Digest && s.spec.Data.Validation == o.spec.Data.Validation && s.spec.Data.SplitSeed == o.spec.Data.SplitSeed &&
		s.spec.Evaluate == o.spec.Evaluate && s.score.N == o.score.N
}

// shares reports whether the same seed begins with the same network, on the same data.
func (s side) shares(o side) bool {
	return s.spec.Data.Digest == o.spec.Data.Digest && equal(s.spec.Net, o.spec.Net)
}

// sees reports whether two networks were scored one by one on the same images.
func (s side) sees(o side) bool {
	return s.spec.Data == o.spec.Data && s.spec.Evaluate == o.spec.Evaluate && s.score.N == o.score.N && len(s.score.Bits) > 0 && len(o.score.Bits) > 0
}

// same reports whether two sides have the same trials with the same results, or
// the same network.
func (s side) same(o side) bool {
	if s.fixed && o.fixed && s.spec.Net.Source == o.spec.Net.Source && s.sees(o) && bytes.Equal(s.score.Bits, o.score.Bits) {
		s.networks = o.networks // of other seeds
	}
	return slices.Equal(s.networks, o.networks) && slices.Equal(s.accuracy, o.accuracy)
}

// stages are those at which a setting has a network of its own: a control that
// was not retrained yet is the dense network.
func stages(l group.Labels) []curve.Stage {
	if l.Role == trial.Control {
		return []curve.Stage{curve.Retrained}
	}
	return []curve.Stage{curve.Pruned, curve.Retrained}
}

// A place is a setting at a stage. Right after pruning it does not matter whether a sweep
// goes on to retrain.
type place struct {
	group.Labels
	stage curve.Stage
}

// sides are a run's places that have numbers, in its order. Of cells of one place the first
// one counts.
func sides(s *group.Study) (order []place, all map[place]side) {
	all = map[place]side{}
	for _, c := range s.Cells {
		for _, stage := range stages(c.Labels) {
			p := place{c.Labels, stage}
			if stage == curve.Pruned {
				p.Retrain = false
			}
			if _, again := all[p]; again {
				continue
			}
			if x := at(c, stage); len(x.seeds) > 0 {
				order, all[p] = append(order, p), x
			}
		}
	}
	return order, all
}

// settings matches the places of two runs and compares their accuracies. The same networks
// in both count once, as a control that serves many series and arms that part in retraining.
func (d *Comparison) settings(a, b *group.Study) error {
	orderA, as := sides(a)
	orderB, bs := sides(b)
	seen := map[string]bool{}
	first := func(p place, x, y side) bool {
		id := fmt.Sprint(p.stage, x.networks, y.networks)
		again := seen[id]
		seen[id] = true
		return !again
	}
	for _, p := range orderA {
		x := as[p]
		y, both := bs[p]
		switch {
		case !first(p, x, y):
		case !both:
			d.OneSided++
		case x.same(y):
			d.Identical++
		default:
			l := p.Labels
			l.Stage = p.stage
			setting, err := newSetting(l, x, y)
			if err != nil {
				return err
			}
			d.Settings = append(d.Settings, setting)
		}
	}
	for _, p := range orderB {
		if _, both := as[p]; !both && first(p, side{}, bs[p]) {
			d.OneSided++
		}
	}
	return nil
}

func newSetting(l group.Labels, x, y side) (Setting, error) {
	c := Setting{Labels: l, Paired: slices.Equal(x.seeds, y.seeds) && x.shares(y), Elsewhere: !x.images(y), a: x.accuracy, b: y.accuracy}
	var err error
	if c.A, err = stats.Mean(x.accuracy, curve.Level); err != nil {
		return c, err
	}
	if c.B, err = stats.Mean(y.accuracy, curve.Level); err != nil {
		return c, err
	}
	name := fmt.Sprintf("%s, %s, %s", l.Arm, l.Target, l.Stage)
	if x.fixed || y.fixed {
		return c.ofNetworks(name, x, y)
	}
	if !c.Paired {
		c.Difference, err = stats.Welch(name, y.accuracy, x.accuracy, curve.Level)
		return c, err
	}
	diff := make([]float64, len(x.accuracy))
	for i := range diff {
		diff[i] = curve.Difference(y.accuracy[i], x.accuracy[i])
	}
	c.Difference, err = stats.Compare(name, diff, curve.Level)
	return c, err
}

// ofNetworks compares what is one network in one run at least: with another one
// image by image, by McNemar's test. Against several seeds there is no test.
func (c Setting) ofNetworks(name string, x, y side) (Setting, error) {
	c.Fixed, c.Paired = x.fixed && y.fixed, false
	c.Difference = stats.Comparison{Name: name, Test: stats.Test{P: 1, Method: stats.MethodPoint, Against: stats.TwoSided}}
	d := c.B.Value - c.A.Value
	c.Difference.Difference = stats.Estimate{Value: d, Lo: d, Hi: d, N: 1, Method: stats.MethodPoint}
	switch {
	case !c.Fixed:
		c.Difference.Warnings = []stats.Warning{"one network beside several seeds: no test"}
	case !x.sees(y):
		c.Difference.Warnings = []stats.Warning{"not scored one by one on the same images: no test"}
	default:
		g, err := stats.McNemar(y.score.Bits, x.score.Bits, x.score.N)
		if err != nil {
			return c, fmt.Errorf("%s: %w", name, err)
		}
		c.Difference.Difference = g.Difference(curve.Level)
		c.Difference.Test = stats.Test{P: g.MidP, N: x.score.N, Method: "McNemar, mid-p", Against: stats.TwoSided}
	}
	return c, nil
}

// ofImages reports whether one of the runs has but one network, without seeds.
func (c Setting) ofImages() bool { return c.Fixed || !c.tested() }

// tested reports whether the setting could move at all.
func (c Setting) tested() bool { return c.Difference.Test.Method != stats.MethodPoint }

func equal(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
