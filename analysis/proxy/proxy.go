// Package proxy asks how well the sensitivity of layers is predicted without
// measuring accuracy.
//
//  1. The trials of a scan carry predictions of what pruning one layer costs
//     (trial.Proxies), the curves what it did cost, before and after retraining.
//  2. For each arm, way of pruning and amount, the order of the layers by a
//     prediction is compared with their order by the loss.
package proxy

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Kind is a prediction; see package saliency for the formulas.
type Kind string

// The kinds.
const (
	Energy         Kind = "weight energy"
	KL             Kind = "output KL"
	Taylor         Kind = "Taylor |gw|"
	Fisher         Kind = "diagonal Fisher"
	Reconstruction Kind = "reconstruction"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Energy, KL, Taylor, Fisher, Reconstruction} }

// fewest is the number of layers below which an order says nothing.
const fewest = 3

// Layer is one layer pruned alone: means over seeds.
type Layer struct {
	Name   string
	Seeds  int // of the predictions
	Images int // that they were computed on
	Values map[Kind]float64
	Loss   map[curve.Stage]stats.Estimate // of accuracy, a fraction; N = 0 or absent: not measured
}

// Ranking compares predictions and losses at one amount.
type Ranking struct {
	trial.Series // without the target
	Requested    float64
	Layers       []Layer // with predictions, in the network's order
}

// Order is the rank correlation of a prediction and the measured loss over the
// layers that have both, and how many these are.
type Order struct {
	Layers            int
	Spearman, Kendall stats.Correlation
}

// Order compares the orders of the layers by a prediction and by the loss at a
// stage. It reports false where fewer than three layers have both.
func (r Ranking) Order(k Kind, stage curve.Stage) (Order, bool, error) {
	var predicted, lost []float64
	for _, l := range r.Layers {
		if e := l.Loss[stage]; e.N > 0 {
			predicted, lost = append(predicted, l.Values[k]), append(lost, e.Value)
		}
	}
	o := Order{Layers: len(predicted)}
	if o.Layers < fewest {
		return o, false, nil
	}
	var err error
	if o.Spearman, err = stats.Spearman(predicted, lost); err == nil {
		o.Kendall, err = stats.Kendall(predicted, lost)
	}
	if err != nil {
		return o, false, fmt.Errorf("order of layers by %s: %w", k, err)
	}
	return o, true, nil
}

// Rankings returns the rankings of a study, in the order of its cells.
func Rankings(g *group.Study, curves []curve.Curve) []Ranking {
	var all []Ranking
	for _, c := range g.Cells {
		if c.Role != trial.Point || c.Parameter == trial.Given {
			continue
		}
		l, ok := layer(c)
		if !ok {
			continue
		}
		for _, stage := range []curve.Stage{curve.Pruned, curve.Retrained} {
			if e, ok := loss(curves, c.Labels, stage); ok {
				l.Loss[stage] = e
			}
		}
		series := c.Series
		series.Target = ""
		at := slices.IndexFunc(all, func(r Ranking) bool { return r.Series == series && r.Requested == c.Requested })
		if at < 0 {
			at = len(all)
			all = append(all, Ranking{Series: series, Requested: c.Requested})
		}
		if !slices.ContainsFunc(all[at].Layers, func(o Layer) bool { return o.Name == l.Name }) { // not again by another name
			all[at].Layers = append(all[at].Layers, l)
		}
	}
	for _, r := range all {
		slices.SortStableFunc(r.Layers, func(a, b Layer) int { return slices.Index(g.Plan.Layers, a.Name) - slices.Index(g.Plan.Layers, b.Name) })
	}
	return all
}

// layer averages the predictions of a cell over its seeds; false when there are
// none.
func layer(c group.Cell) (Layer, bool) {
	l := Layer{Values: map[Kind]float64{}, Loss: map[curve.Stage]stats.Estimate{}}
	for _, m := range c.Members {
		if m.Outcome == nil || m.Outcome.Result.Proxies == nil || len(m.Outcome.Result.Proxies.Layers) != 1 {
			continue
		}
		p := m.Outcome.Result.Proxies
		l.Seeds++
		l.Name, l.Images = p.Layers[0].Layer, p.Images
		for k, v := range map[Kind]float64{
			Energy: p.Layers[0].Energy, KL: p.KL, Taylor: p.Layers[0].Taylor, Fisher: p.Layers[0].Fisher, Reconstruction: p.Layers[0].Reconstruction,
		} {
			l.Values[k] += v
		}
	}
	for k := range l.Values {
		l.Values[k] /= float64(l.Seeds)
	}
	return l, l.Seeds > 0
}

// loss is what pruning a target by an amount cost at a stage.
func loss(curves []curve.Curve, l group.Labels, stage curve.Stage) (stats.Estimate, bool) {
	l.Stage = stage
	for _, c := range curves {
		if c.Series != l.Series {
			continue
		}
		for _, p := range c.Points {
			if p.Requested == l.Requested && p.Loss.N > 0 {
				return p.Loss, true
			}
		}
	}
	return stats.Estimate{}, false
}
