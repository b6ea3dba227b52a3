package plots

import (
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/proxy"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Proxies shows, for one arm, how well each prediction that needs no accuracy
// orders the layers: Spearman's rank correlation with the measured loss over the
// amount pruned, before retraining on the left and after it on the right.
func Proxies(in Input, arm string) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	none := fmt.Errorf("%w: no sensitivity of layers without accuracy in arm %s", ErrNoData, arm)
	var rankings []proxy.Ranking
	var others []trial.Series
	for _, r := range in.Proxies {
		switch {
		case r.Arm != arm:
		case len(rankings) == 0 || r.Series == rankings[0].Series:
			rankings = append(rankings, r)
		case !slices.Contains(others, r.Series):
			others = append(others, r.Series)
		}
	}
	if len(rankings) == 0 {
		return Figure{}, none
	}
	slices.SortStableFunc(rankings, func(a, b proxy.Ranking) int {
		switch {
		case a.Requested < b.Requested:
			return -1
		case a.Requested > b.Requested:
			return 1
		}
		return 0
	})
	parameter := rankings[0].Parameter
	data := table{header: []string{"panel", "arm", "prediction", "requested", "layers", "spearman", "kendall", "p_spearman"}}
	y := axis{label: "Rank correlation of layers (Spearman’s ρ)", scale: linear{}, from: -1.08, to: 1.08, ticks: linearTicks(-1, 1, 4, 1)}
	pg := page{width: pageWidth, shareY: true, rows: []row{{height: 50 * mm}}}
	titles := map[curve.Stage]string{curve.Pruned: "Before retraining", curve.Retrained: "After retraining"}
	least, most := 0, 0
	for _, stage := range stages {
		var all []series
		for i, k := range proxy.Kinds() {
			s := series{Series: rankings[0].Series, name: string(k), look: lookAt(i)}
			s.Target, s.Stage = string(k), stage
			for _, r := range rankings {
				o, ok := r.Orders[k][stage]
				if !ok {
					continue
				}
				d := datum{requested: r.Requested, x: r.Requested, at: onAxis}
				if !o.Ordered() {
					s.data = append(s.data, d)
					data.add(string(stage), arm, string(k), number(r.Requested), fmt.Sprint(o.Layers), "", "", "")
					continue
				}
				d.y = stats.Estimate{Value: o.Spearman.Value, N: o.Layers}
				s.data = append(s.data, d)
				if least == 0 {
					least = o.Layers
				}
				least, most = min(least, o.Layers), max(most, o.Layers)
				p := ""
				if o.Spearman.P != nil {
					p = number(*o.Spearman.P)
				}
				data.add(string(stage), arm, string(k), number(r.Requested), fmt.Sprint(o.Layers), number(o.Spearman.Value), number(o.Kendall.Value), p)
			}
			all = append(all, s)
		}
		if blank(all) {
			continue
		}
		p := &panel{title: titles[stage], x: amountAxis(all, parameter), y: y, marks: []mark{zero()}}
		p.show(all)
		pg.rows[0].panels = append(pg.rows[0].panels, p)
	}
	if len(pg.rows[0].panels) == 0 {
		return Figure{}, none
	}
	if len(pg.rows[0].panels) == 1 {
		pg.width = columnWidth
	}
	for i, k := range proxy.Kinds() {
		pg.legend = append(pg.legend, lineEntry(string(k), lookAt(i)))
	}
	layers := trial.Counted(most, "layer")
	if least != most {
		layers = fmt.Sprintf("%d to %d layers", least, most)
	}
	pg.note = []string{"Arm " + arm + ".", "Over " + layers + ", means over seeds.", "1: the prediction orders the layers as the measured loss does."}
	if n := len(others); n > 0 {
		pg.note = append(pg.note, fmt.Sprintf("Pruned by %s, %s; %s of pruning: see the table.", rankings[0].Method, parameter, trial.Counted(n, "other way")))
	}
	for _, p := range pg.rows[0].panels {
		if len(p.misses) > 0 {
			pg.note = append(pg.note, "Crosses, all layers lose the same.")
			break
		}
	}
	caption := joined(append([]string{"How well the order of the layers by what pruning them costs is predicted without measuring accuracy, against the loss right after pruning and after retraining."},
		append(slices.Clone(pg.note), in.where())...))
	return Figure{
		Name:    "proxies-" + in.armFile(arm),
		Title:   "Sensitivity predicted without accuracy, " + arm,
		Caption: caption, page: pg, data: data,
	}, nil
}

// amountAxis shows the amounts that were asked for.
func amountAxis(all []series, parameter string) axis {
	if parameter == trial.Ratio {
		return sparsityAxis(all, "Weights of the layer pruned away (%)")
	}
	most := 0.0
	gather(all, func(d datum) { most = max(most, d.x) })
	return axis{label: "Amount (" + parameter + ")", scale: linear{}, from: 0, to: 1.05 * most, ticks: linearTicks(0, 1.05*most, 5, 1)}
}
