package sensitivity

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Most says which layer of one network from a file is the most sensitive right after
// pruning it alone, as far as the images carry it: what each layer loses, and how much
// less that is than what the one that loses most does, image by image.
//
// The layer that loses most is picked by the images that it is compared on. That it is
// the most sensitive is said only where every difference from it is above 0, each at
// the level that Bonferroni asks for of as many as there are: whichever layer is in
// truth the most sensitive, another one takes its place with at most 1 - curve.Level.
// The layers whose difference holds 0 are those that it cannot be told apart from.
type Most struct {
	trial.Series         // without the target
	Ratio        float64 // at which losses are compared; 0: by area, over curve.AreaRange
	Images       int
	Planned      int      // layers; those without results are not among Layers
	Layers       []Behind // by falling loss
}

// Behind is a layer behind the one that loses most.
type Behind struct {
	Target string
	Loss   stats.Estimate // over images
	Less   stats.Estimate // than the first layer's, over images and layers; N = 0: it is the first
}

// Apart reports whether the layer cannot be as sensitive as the first.
func (b Behind) Apart() bool { return b.Less.Lo > 0 }

// Alike are the layers that the first cannot be told apart from.
func (m Most) Alike() []string {
	var names []string
	for _, b := range m.Layers[1:] {
		if !b.Apart() {
			names = append(names, b.Target)
		}
	}
	return names
}

// By words what is compared.
func (m Most) By() string {
	if m.Ratio > 0 {
		return fmt.Sprintf("accuracy loss at %s", group.Amount(m.Parameter, m.Ratio))
	}
	lo, hi := curve.AreaRange(m.Stage)
	return fmt.Sprintf("mean accuracy loss over the sparsities from %v to %v", lo, hi)
}

// MostSensitive compares the layers that were pruned alone, of each arm and way of
// pruning one network from a file, by the area of their loss or, where some have none, at the largest ratio
// that all were pruned at.
func MostSensitive(curves []curve.Curve) ([]Most, error) {
	var all []Most
	var of [][]curve.Curve
	for _, c := range curves {
		if len(c.Layers) != 1 || c.Parameter != trial.Ratio || c.Stage != curve.Pruned || !c.Fixed() {
			continue
		}
		series := c.Series
		series.Target = ""
		i := slices.IndexFunc(all, func(m Most) bool { return m.Series == series })
		if i < 0 {
			i = len(all)
			all, of = append(all, Most{Series: series}), append(of, nil)
		}
		all[i].Planned++
		if slices.ContainsFunc(c.Points, func(p curve.Point) bool { return p.Requested > 0 && p.LossByImage() != nil }) {
			of[i] = append(of[i], c)
		}
	}
	var out []Most
	for i, m := range all {
		if len(of[i]) < 2 {
			continue
		}
		lost := m.losses(of[i])
		if len(lost) < 2 {
			continue
		}
		if err := m.compare(of[i], lost); err != nil {
			return nil, fmt.Errorf("the most sensitive layer of arm %s: %w", m.Arm, err)
		}
		out = append(out, m)
	}
	return out, nil
}

// losses are those of every curve at each image, by area or at a ratio; nil where there
// is no way to compare all of them.
func (m *Most) losses(curves []curve.Curve) [][]float64 {
	complete := func(of func(curve.Curve) []float64) [][]float64 {
		var lost [][]float64
		for _, c := range curves {
			row := of(c)
			if row == nil || len(lost) > 0 && len(row) != len(lost[0]) {
				return nil
			}
			lost = append(lost, row)
		}
		m.Images = len(lost[0])
		return lost
	}
	lo, hi := curve.AreaRange(m.Stage)
	if lost := complete(func(c curve.Curve) []float64 { return c.AreaByImage(lo, hi) }); lost != nil {
		return lost
	}
	for _, p := range slices.Backward(curves[0].Points) {
		at := func(c curve.Curve) []float64 {
			i := slices.IndexFunc(c.Points, func(q curve.Point) bool { return q.Requested == p.Requested })
			if i < 0 {
				return nil
			}
			return c.Points[i].LossByImage()
		}
		if lost := complete(at); lost != nil && p.Requested > 0 {
			m.Ratio = p.Requested
			return lost
		}
	}
	return nil
}

// compare makes the layers, by falling loss.
func (m *Most) compare(curves []curve.Curve, lost [][]float64) error {
	order := make([]int, len(curves))
	for i, c := range curves {
		order[i] = i
		e, err := stats.ImageMean(lost[i], curve.Level)
		if err != nil {
			return err
		}
		m.Layers = append(m.Layers, Behind{Target: c.Target, Loss: e, Less: stats.Estimate{Method: stats.MethodPoint}})
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(m.Layers[j].Loss.Value, m.Layers[i].Loss.Value) })
	layers, first := m.Layers, lost[order[0]]
	m.Layers = nil
	pairs := m.Planned - 1
	for k, i := range order {
		b := layers[i]
		if k > 0 {
			d := make([]float64, len(first))
			for j, v := range first {
				d[j] = v - lost[i][j]
			}
			var err error
			if b.Less, err = stats.ImageMean(d, 1-(1-curve.Level)/float64(pairs)); err != nil {
				return err
			}
			b.Less.Level, b.Less.Method = curve.Level, fmt.Sprintf("%s, Bonferroni over %d layers", b.Less.Method, pairs)
		}
		m.Layers = append(m.Layers, b)
	}
	return nil
}

// MostTable shows which layers can be told apart from the one that loses most.
func MostTable(all []Most) table.Table {
	t := table.Table{
		Name:    "most-sensitive",
		Title:   "Which layer is the most sensitive, as far as the images carry it",
		Columns: slices.Concat(table.Lefts("arm", "method", "compared by", "layer"), table.Rights("accuracy loss (pp)", "less than the most sensitive (pp)"), table.Lefts("less sensitive than it")),
	}
	pairs, fewest := 0, math.MaxInt
	for _, m := range all {
		pairs, fewest = max(pairs, m.Planned-1), min(fewest, m.Images)
		for k, b := range m.Layers {
			less, apart := table.Percent(b.Less, ""), "cannot be told"
			switch {
			case k == 0:
				less, apart = table.None(), ""
			case b.Apart():
				apart = "yes"
			}
			t.Rows = append(t.Rows, slices.Concat(table.Texts(m.Arm, m.Method.String(), m.By(), b.Target), []table.Cell{table.Percent(b.Loss, ""), less, table.Text(apart)}))
		}
	}
	t.Notes = []string{fmt.Sprintf("Right after pruning a layer of one network from a file alone; [ ]: 95 %% interval over %d images, Agresti-Min score, paired by image. Those of differences hold together for the %d layers beside the first (Bonferroni), which was picked by the same images.", fewest, pairs)}
	return t.Fold("method").Fold("compared by").Fold("arm")
}
