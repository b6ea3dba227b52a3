package plots

import (
	"fmt"

	"prunelab/analysis/curve"
)

// Sensitivity is Figure 6 of Han et al. (2015) for one arm and stage: the
// change of accuracy while one layer alone is pruned, convolutional layers on
// the left and fully connected ones on the right of one vertical axis. The
// upper panels run over the fraction of the layer's weights kept, the lower
// ones over their count: what can be pruned follows the size of a layer as well
// as its type (Ullrich et al. 2017).
func Sensitivity(in Input, arm string, stage curve.Stage) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	types := []struct{ kind, title string }{{"conv", "Convolutional layers"}, {"dense", "Fully connected layers"}}
	views := []struct {
		name, label string
		x           abscissa
		write       func(float64) string
	}{
		{"fraction", "Weights of the layer kept (%)", keptFraction, percent},
		{"count", "Weights of the layer kept", keptCount, count},
	}
	byView := make([][][]series, len(views))
	var all []series
	var unseen []curve.Curve
	for v, view := range views {
		byView[v] = make([][]series, len(types))
		for t, typ := range types {
			for _, layer := range in.Plan.Layers {
				c, ok := in.layerCurve(arm, layer, stage)
				if !ok || in.Plan.KindOf(layer) != typ.kind {
					continue
				}
				s := changes(c, view.x, layer, in.layerLook(layer))
				if v == 0 {
					unseen = append(unseen, c)
				}
				byView[v][t] = append(byView[v][t], s)
			}
		}
	}
	for _, part := range byView[0] {
		all = append(all, part...)
	}
	if blank(all) {
		return Figure{}, fmt.Errorf("%w: no layer was pruned alone in arm %s", ErrNoData, arm)
	}

	pg := page{width: pageWidth, shareY: true}
	data := curveTable("kept", "accuracy_change")
	y := changeAxis(in.scans(stage), "Change of accuracy (pp)")
	for v, view := range views {
		var panels []*panel
		var both []series
		for _, part := range byView[v] {
			both = append(both, part...)
		}
		for t, typ := range types {
			part := byView[v][t]
			if len(part) == 0 {
				continue
			}
			p := &panel{x: keptAxis(both, view.label, view.write), y: y, marks: []mark{zero()}}
			if v == 0 {
				p.title = typ.title
				for _, s := range part {
					p.legend = append(p.legend, lineEntry(s.name, s.look).of(byTarget, s.Target))
				}
			}
			p.show(part)
			panels = append(panels, p)
			data.record(view.name, part)
		}
		if len(panels) == 1 {
			pg.width = columnWidth
		}
		pg.rows = append(pg.rows, row{46 * mm, panels})
	}
	for _, c := range unseen {
		data.unvisited(views[0].name, c)
	}
	lead := "Change of accuracy against the dense network while one layer alone is pruned, before retraining"
	if stage == curve.Retrained {
		lead = "Change of accuracy against the retrained control while one layer alone is pruned, after retraining"
	}
	note, caption := in.describe(lead+"; arm "+arm+".", all, changeNote)
	pg.note = append([]string{stageWords(stage, arm)}, note...)
	return Figure{
		Name:    "sensitivity-" + in.armFile(arm) + "-" + string(stage),
		Title:   fmt.Sprintf("Sensitivity of layers, %s, %s", arm, stage),
		Caption: caption, page: pg, data: data,
	}, nil
}

// scans are the layers pruned alone in every arm: figures of single arms share
// their axes, to be set side by side.
func (in Input) scans(of ...curve.Stage) []series {
	var all []series
	for _, arm := range in.arms() {
		for _, layer := range in.Plan.Layers {
			for _, stage := range of {
				if c, ok := in.layerCurve(arm, layer, stage); ok {
					all = append(all, changes(c, prunedFraction, layer, look{}))
				}
			}
		}
	}
	return all
}

// stageWords begin the note of a figure of one arm and stage.
func stageWords(stage curve.Stage, arm string) string {
	if stage == curve.Retrained {
		return "Arm " + arm + ", after retraining."
	}
	return "Arm " + arm + ", before retraining."
}

// FirstLayer sets the first convolution against the fully connected layers for
// one arm, each pruned alone: before retraining on the left, after it on the
// right.
func FirstLayer(in Input, arm string) (Figure, error) {
	if err := in.check(); err != nil {
		return Figure{}, err
	}
	var layers []string
	for _, layer := range in.Plan.Layers {
		if in.Plan.KindOf(layer) == "dense" || in.Plan.KindOf(layer) == "conv" && len(layers) == 0 {
			layers = append(layers, layer)
		}
	}
	none := fmt.Errorf("%w: no convolution and fully connected layer pruned alone and retrained in arm %s", ErrNoData, arm)
	if len(layers) < 2 || in.Plan.KindOf(layers[0]) != "conv" {
		return Figure{}, none
	}
	var byStage [2][]series
	var all []series
	for i, stage := range stages {
		for _, layer := range layers {
			c, ok := in.layerCurve(arm, layer, stage)
			if !ok {
				continue
			}
			s := changes(c, prunedFraction, layer, in.layerLook(layer))
			byStage[i] = append(byStage[i], s)
			all = append(all, s)
		}
		if len(byStage[i]) < 2 || blank(byStage[i]) || byStage[i][0].name != layers[0] {
			return Figure{}, none
		}
	}
	x, y := sparsityAxis(all, "Weights of the layer pruned away (%)"), changeAxis(in.scans(stages...), "Change of accuracy (pp)")
	before := &panel{title: "a\u00a0\u00a0Before retraining", x: x, y: y, marks: []mark{zero()}}
	after := &panel{title: "b\u00a0\u00a0After retraining", x: x, y: y, marks: []mark{zero()}}
	before.show(byStage[0])
	after.show(byStage[1])
	pg := page{width: pageWidth, shareX: true, shareY: true, rows: []row{{52 * mm, []*panel{before, after}}}}
	for _, layer := range layers {
		pg.legend = append(pg.legend, lineEntry(layer, in.layerLook(layer)).of(byTarget, layer))
	}
	data := curveTable("sparsity", "accuracy_change")
	data.record("before", byStage[0])
	data.record("after", byStage[1])
	note, caption := in.describe("Change of accuracy while one layer alone is pruned, the first convolution against the fully connected layers: "+
		"against the dense network before retraining, against the retrained control after it; arm "+arm+".", all, changeNote)
	pg.note = append([]string{"Arm " + arm + "."}, note...)
	return Figure{
		Name:    "first-layer-" + in.armFile(arm),
		Title:   fmt.Sprintf("%s against the fully connected layers, %s", layers[0], arm),
		Caption: caption, page: pg, data: data,
	}, nil
}
