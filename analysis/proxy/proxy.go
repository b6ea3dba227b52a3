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
	Layers       []Layer                        // with predictions, in the network's order
	Orders       map[Kind]map[curve.Stage]Order // absent where fewer than three layers have both numbers
}

// Order is the rank correlation of a prediction and the measured loss over the
// layers that have both, and how many these are.
type Order struct {
	Layers            int
	Spearman, Kendall stats.Correlation
}

// Ordered reports whether there was an order to compare: not all equal.
func (o Order) Ordered() bool { return !slices.Contains(o.Spearman.Warnings, stats.NoOrder) }

// rank compares the orders of the layers by each prediction and by the loss at
// each stage.
func (r *Ranking) rank() error {
	r.Orders = map[Kind]map[curve.Stage]Order{}
	for _, k := range Kinds() {
		r.Orders[k] = map[curve.Stage]Order{}
		for _, stage := range curve.Stages() {
			var predicted, lost []float64
			for _, l := range r.Layers {
				if e := l.Loss[stage]; e.N > 0 {
					predicted, lost = append(predicted, l.Values[k]), append(lost, e.Value)
				}
			}
			if len(predicted) < fewest {
				continue
			}
			o := Order{Layers: len(predicted)}
			var err error
			if o.Spearman, err = stats.Spearman(predicted, lost); err == nil {
				o.Kendall, err = stats.Kendall(predicted, lost)
			}
			if err != nil {
				return fmt.Errorf("order of layers by %s, arm %s: %w", k, r.Arm, err)
			}
			r.Orders[k][stage] = o
		}
	}
	return nil
}

// Rankings returns the rankings of a study, in the order of its cells.
func Rankings(g *group.Study, curves []curve.Curve) ([]Ranking, error) {
	var all []Ranking
	for _, c := range g.Cells {
		if c.Role != trial.Point || c.Parameter == trial.Given {
			continue
		}
		l, ok := layer(c)
		if !ok {
			continue
		}
		for _, stage := range curve.Stages() {
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
	for i := range all {
		slices.SortStableFunc(all[i].Layers, func(a, b Layer) int { return slices.Index(g.Plan.Layers, a.Name) - slices.Index(g.Plan.Layers, b.Name) })
		if err := all[i].rank(); err != nil {
			return nil, err
		}
	}
	return all, nil
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
