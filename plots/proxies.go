package plots

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/proxy"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Proxies shows how well each prediction that needs no accuracy orders the layers:
// Spearman's rank correlation with the measured loss over the amount pruned, before
// retraining on the left and after it on the right, a row an arm.
func Proxies(in Input) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	data := table{header: []string{"panel", "arm", "prediction", "requested", "layers", "spearman", "kendall", "p_spearman"}}
	y := axis{label: "Rank correlation (Spearman’s ρ)", scale: linear{}, from: -1.08, to: 1.08, ticks: linearTicks(-1, 1, 4, 1)}
	pg := page{width: pageWidth, shareY: true}
	var shown, others []string
	var notes []string
	least, most := 0, 0
	crossed := false
	for _, arm := range in.arms() {
		r, all, note := in.proxyRow(arm, &data, y)
		switch {
		case len(r.panels) == 0:
			continue
		case len(shown) == shownScans:
			others = append(others, arm)
			continue
		}
		shown, notes = append(shown, arm), with(notes, note)
		for _, s := range all {
			gather([]series{s}, func(d datum) {
				if least == 0 {
					least = d.y.N
				}
				least, most = min(least, d.y.N), max(most, d.y.N)
			})
		}
		for _, p := range r.panels {
			crossed = crossed || len(p.misses) > 0
		}
		pg.rows = append(pg.rows, r)
	}
	if len(shown) == 0 {
		return Figure{}, fmt.Errorf("%w: no sensitivity of layers without accuracy", ErrNoData)
	}
	one := true
	for _, r := range pg.rows {
		one = one && len(r.panels) == 1
	}
	if one {
		pg.width = columnWidth
	}
	if len(shown) > 1 {
		for i, r := range pg.rows {
			for _, p := range r.panels {
				p.title = shown[i] + ", " + strings.ToLower(p.title)
			}
		}
	}
	for i, k := range proxy.Kinds() {
		pg.legend = append(pg.legend, lineEntry(string(k), in.lookAt(i)))
	}
	layers := trial.Counted(most, "layer")
	if least != most {
		layers = fmt.Sprintf("%d to %d layers", least, most)
	}
	if len(shown) == 1 {
		pg.note = append(pg.note, "Arm "+shown[0]+".")
	}
	pg.note = append(pg.note, "Over "+layers+", means over seeds.", "1: the prediction orders the layers as the measured loss does.")
	pg.note = append(pg.note, notes...)
	if crossed {
		pg.note = append(pg.note, "Crosses, all layers lose the same.")
	}
	if len(others) > 0 {
		pg.note = append(pg.note, "Not drawn, see the tables: "+strings.Join(others, ", ")+".")
	}
	caption := joined(append([]string{"How well the order of the layers by what pruning them costs is predicted without measuring accuracy, against the loss right after pruning and after retraining."},
		append(slices.Clone(pg.note), in.where())...))
	return Figure{Name: "proxies", Title: "Sensitivity predicted without accuracy", Caption: caption, page: pg, data: data}, nil
}

// proxyRow is the panels of an arm, those of its series, and what is not drawn of it.
func (in Input) proxyRow(arm string, data *table, y axis) (r row, shown []series, note string) {
	var rankings []proxy.Ranking
	var others []trial.Series
	for _, p := range in.Proxies {
		switch {
		case p.Arm != arm:
		case len(rankings) == 0 || p.Series == rankings[0].Series:
			rankings = append(rankings, p)
		default:
			others = with(others, p.Series)
		}
	}
	if len(rankings) == 0 {
		return row{}, nil, ""
	}
	slices.SortStableFunc(rankings, func(a, b proxy.Ranking) int { return cmp.Compare(a.Requested, b.Requested) })
	r.height = 50 * mm
	for _, stage := range stages {
		var all []series
		for i, k := range proxy.Kinds() {
			s := series{Series: rankings[0].Series, name: string(k), look: in.lookAt(i)}
			s.Target, s.Stage = string(k), stage
			for _, p := range rankings {
				o, ok := p.Orders[k][stage]
				if !ok {
					continue
				}
				d := datum{requested: p.Requested, x: p.Requested, at: onAxis}
				if !o.Ordered() {
					s.data = append(s.data, d)
					data.add(string(stage), arm, string(k), number(p.Requested), fmt.Sprint(o.Layers), "", "", "")
					continue
				}
				d.y = stats.Estimate{Value: o.Spearman.Value, N: o.Layers}
				s.data = append(s.data, d)
				significance := ""
				if o.Spearman.P != nil {
					significance = number(*o.Spearman.P)
				}
				data.add(string(stage), arm, string(k), number(p.Requested), fmt.Sprint(o.Layers), number(o.Spearman.Value), number(o.Kendall.Value), significance)
			}
			all = append(all, s)
		}
		if blank(all) {
			continue
		}
		p := &panel{title: strings.TrimSuffix(stageOf(stage), "."), x: amountAxis(all, rankings[0].Parameter), y: y, marks: []mark{zero()}}
		p.show(all)
		r.panels, shown = append(r.panels, p), append(shown, all...)
	}
	if n := len(others); n > 0 {
		note = fmt.Sprintf("Pruned by %s, %s; %s of pruning: see the table.", rankings[0].Method, rankings[0].Parameter, trial.Counted(n, "other way"))
	}
	return r, shown, note
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
