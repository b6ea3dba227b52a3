// Package classes says what pruning costs class by class, of networks from a file, whose
// trials keep the classes of the images that they are scored on.
//
//  1. The images that a network and its reference were right about, bit by bit, are
//     counted by the class of each.
//  2. CSV has the counts of every network; Lost names the class that loses most at given
//     ratios, as those are that were recommended.
package classes

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// Class is one class, and how many of its images are classified correctly.
type Class struct {
	Number  int
	Name    string // "": it has none but its number
	N       int
	Correct int
	Was     int // by the network's reference, see curve.Reference; -1: there is none
}

// String is what people call it.
func (c Class) String() string {
	if c.Name == "" {
		return fmt.Sprintf("class %d", c.Number)
	}
	return fmt.Sprintf("class %d (%s)", c.Number, c.Name)
}

// scored are the classes of the images that a trial is scored on, nil where they were not
// kept.
func scored(g *group.Study, s trial.Spec) *trial.Scored {
	o := g.Outcome(s.BaseKey())
	if o == nil || o.Status != trial.Done {
		return nil
	}
	return o.Result.Scored
}

// pair are the scores of a network and of its reference, nil where there is none, both of
// the same images, bit by bit.
func pair(g *group.Study, m group.Member, stage curve.Stage) (own, reference *train.Evaluation) {
	marked := func(e *train.Evaluation, images int) bool {
		return e != nil && e.N == images && len(e.Bits) == (images+7)/8
	}
	own = curve.Score(m, stage)
	if own == nil || !marked(own, own.N) {
		return nil, nil
	}
	spec := curve.Reference(m.Spec, stage)
	reference = curve.Score(group.Member{Spec: spec, Outcome: g.Outcome(spec.Key())}, stage)
	if !marked(reference, own.N) {
		reference = nil
	}
	return own, reference
}

// right reports whether image i was classified correctly.
func right(e *train.Evaluation, i int) bool { return e.Bits[i/8]>>(i%8)&1 == 1 }

// count counts the images of each class that has any, ascending.
func count(s *trial.Scored, own, reference *train.Evaluation) []Class {
	by := map[int]*Class{}
	for i := range own.N {
		k := s.Class(i)
		c := by[k]
		if c == nil {
			c = &Class{Number: k}
			if k < len(s.Names) {
				c.Name = s.Names[k]
			}
			if reference == nil {
				c.Was = -1
			}
			by[k] = c
		}
		c.N++
		if right(own, i) {
			c.Correct++
		}
		if reference != nil && right(reference, i) {
			c.Was++
		}
	}
	all := make([]Class, 0, len(by))
	for _, c := range by {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Class) int { return a.Number - b.Number })
	return all
}

// CSV is classes.csv: a row for every network, stage and class, in the order of the cells.
// n is the number of images of the class, correct how many of them are classified
// correctly, lost how many more of them the unpruned network is right about, empty where
// there is none. It is nil where no trial kept the classes of images.
func CSV(g *group.Study) ([]byte, error) {
	rows := [][]string{{"arm", "target", "method", "round", "requested", "seed", "stage", "split", "class", "name", "n", "correct", "lost"}}
	for _, c := range g.Cells {
		for _, m := range c.Members {
			s := scored(g, m.Spec)
			if s == nil {
				continue
			}
			for _, stage := range curve.Stages() {
				own, reference := pair(g, m, stage)
				if own == nil || own.N != s.Len() || c.Role == trial.Control && stage == curve.Pruned {
					continue
				}
				moment := string(stage)
				if c.Role == trial.Dense {
					moment = "dense"
				}
				for _, k := range count(s, own, reference) {
					lost := ""
					if k.Was >= 0 {
						lost = strconv.Itoa(k.Was - k.Correct)
					}
					rows = append(rows, []string{c.Arm, c.Target, c.Method.String(), strconv.Itoa(c.Round), strconv.FormatFloat(c.Requested, 'g', 10, 64), strconv.FormatUint(m.Seed, 10),
						moment, string(g.Plan.Split), strconv.Itoa(k.Number), k.Name, strconv.Itoa(k.N), strconv.Itoa(k.Correct), lost})
				}
			}
		}
	}
	if len(rows) == 1 {
		return nil, nil
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("classes.csv: %w", err)
	}
	return b.Bytes(), nil
}

// Lost is the class that loses most where layers are pruned by given ratios.
type Lost struct {
	trial.Series
	Class
	Of       int            // classes that have images, of which it is the worst
	Networks int            // whose mean losses these are; the same images of each
	Loss     stats.Estimate // fraction of its images. As it is picked by them, the interval over images is at the level at which those of all classes hold together, by Bonferroni
}

// Most returns, of each series that prunes layers by given ratios and by magnitude, the
// class that loses most, after retraining where there is that, else right after pruning.
func Most(g *group.Study, curves []curve.Curve) ([]Lost, error) {
	var all []Lost
	for _, stage := range []curve.Stage{curve.Retrained, curve.Pruned} {
		for _, c := range curves {
			if c.Stage != stage || c.Parameter != trial.Given || c.Method.Criterion != prune.Magnitude ||
				slices.ContainsFunc(all, func(l Lost) bool { return l.Arm == c.Arm && l.Target == c.Target }) {
				continue
			}
			for _, p := range c.Points {
				if p.Requested == 0 {
					continue
				}
				l, ok, err := worst(g, p, stage)
				if err != nil {
					return nil, fmt.Errorf("classes, target %s: %w", c.Target, err)
				}
				if ok {
					l.Series = c.Series
					all = append(all, l)
				}
			}
		}
	}
	return all, nil
}

// worst is the class that loses most at a point; ok is false where classes are not known,
// or where there is but one.
func worst(g *group.Study, p curve.Point, stage curve.Stage) (l Lost, ok bool, err error) {
	var labels *trial.Scored
	var lost []float64 // by image, of all networks
	classes := map[int]Class{}
	for _, s := range p.Seeds {
		spec, _ := g.Spec(s.Key)
		scored := scored(g, spec)
		own, reference := pair(g, group.Member{Seed: s.Seed, Key: s.Key, Spec: spec, Outcome: g.Outcome(s.Key)}, stage)
		if scored == nil || own == nil || reference == nil || own.N != scored.Len() || lost != nil && len(lost) != own.N {
			continue
		}
		if lost == nil {
			labels, lost = scored, make([]float64, own.N)
		}
		l.Networks++
		for i := range lost {
			if right(reference, i) {
				lost[i]++
			}
			if right(own, i) {
				lost[i]--
			}
		}
		for _, c := range count(scored, own, reference) {
			sum := classes[c.Number]
			sum.Number, sum.Name, sum.N, sum.Correct, sum.Was = c.Number, c.Name, c.N, sum.Correct+c.Correct, sum.Was+c.Was
			classes[c.Number] = sum
		}
	}
	if len(classes) < 2 {
		return l, false, nil
	}
	first := true
	for _, c := range classes {
		a, b := float64(c.Was-c.Correct)/float64(c.N), float64(l.Was-l.Correct)/float64(max(l.N, 1))
		if first || a > b || a == b && c.Number < l.Number {
			l.Class, first = c, false
		}
	}
	var own []float64
	for i, d := range lost {
		if labels.Class(i) == l.Number {
			own = append(own, d/float64(l.Networks))
		}
	}
	l.Of = len(classes)
	l.Loss, err = stats.ImageMean(own, 1-(1-curve.Level)/float64(l.Of))
	l.Loss.Level = curve.Level
	return l, true, err
}
