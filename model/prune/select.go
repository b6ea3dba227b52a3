package prune

import (
	"fmt"
	"math"

	"prunelab/model/nn"
)

// Selection is what a pruning leaves of each layer, in the network's order.
type Selection []LayerSelection

// LayerSelection is what is left of one layer, and how it was chosen.
type LayerSelection struct {
	Layer     string
	Mask      *nn.Mask
	Requested int      // weights that the rule wants removed, earlier ones included
	Removed   int      // weights that are removed, earlier ones included
	Threshold *float64 // largest |w| removed now; nil: none was
	TiedZeros bool     // more weights were exactly zero than had to go: a stream decided which
}

// Count is the number of weights that a ratio removes: round(ratio x size),
// halves upwards.
func Count(ratio float64, size int) int { return int(math.Round(ratio * float64(size))) }

// weight is one weight in a ranking.
type weight struct {
	score      float32
	tie        uint32 // among scores of zero
	layer, pos int32  // index into Scores and into the layer's survivors
}

// Select chooses the weights that are removed: by ratio exactly
// Count(ratio, size) of each layer, or of all layers together when the scope
// is global, counting those that were removed before; by quality or threshold
// all whose magnitude is below it. Weights with equal scores go by position.
func Select(s Scores, c Config) (Selection, error) {
	if want := len(s); c.Scope == Global && len(c.Amounts) != 1 || c.Scope == PerLayer && len(c.Amounts) != want {
		return nil, fmt.Errorf("prune: %d amounts for %d layers with scope %s", len(c.Amounts), want, c.Scope)
	}
	switch c.Rule {
	case ByRatio:
		for _, r := range c.Amounts {
			if !(r >= 0 && r <= 1) {
				return nil, fmt.Errorf("prune: ratio %v is not in [0, 1]", r)
			}
		}
		if c.Scope == Global {
			return selectRatio(s, c.Amounts[0])
		}
		var all Selection
		for i, l := range s {
			one, err := selectRatio(Scores{l}, c.Amounts[i])
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		return all, nil
	case ByQuality, ByThreshold:
		return selectThreshold(s, c)
	}
	return nil, fmt.Errorf("prune: unknown rule %q", c.Rule)
}

// selectRatio ranks all weights of the layers together.
func selectRatio(s Scores, ratio float64) (Selection, error) {
	size, left := 0, 0
	for _, l := range s {
		size += l.Size
		left += len(l.Score)
	}
	gone := size - left
	ranking := make([]weight, 0, left)
	for i, l := range s {
		for j, v := range l.Score {
			w := weight{score: v, layer: int32(i), pos: int32(j)}
			if v == 0 && l.Tie != nil {
				w.tie = l.Tie[j]
			}
			ranking = append(ranking, w)
		}
	}
	want := Count(ratio, size)
	if want < gone {
		return nil, fmt.Errorf("prune: %d of %d weights are to go, but %d are gone already", want, size, gone)
	}
	cut := want - gone
	lowestFirst(ranking, cut)
	removed := make([][]bool, len(s))
	for i, l := range s {
		removed[i] = make([]bool, len(l.Score))
	}
	for _, w := range ranking[:cut] {
		removed[w.layer][w.pos] = true
	}
	tied := false
	for _, w := range ranking[cut:] {
		tied = tied || cut > 0 && w.score == 0
	}
	var all Selection
	for i, l := range s {
		one := l.without(removed[i])
		if len(s) == 1 {
			one.Requested = want
		}
		one.TiedZeros = tied && l.Tie != nil
		all = append(all, one)
	}
	return all, nil
}

// before orders weights: by score, zeros among each other by their tie, equal
// ones by position. No two weights are equal in it.
func (w weight) before(v weight) bool {
	if w.score != v.score {
		return w.score < v.score
	}
	if w.tie != v.tie {
		return w.tie < v.tie
	}
	if w.layer != v.layer {
		return w.layer < v.layer
	}
	return w.pos < v.pos
}

// lowestFirst rearranges the weights so that the first k are the lowest k
// (Hoare 1961, FIND); sorting all of them would take longer than a short
// retraining.
func lowestFirst(ws []weight, k int) {
	for len(ws) > 1 && k > 0 && k < len(ws) {
		// The median of three keeps sorted and constant inputs from being slow.
		a, b, c := ws[0], ws[len(ws)/2], ws[len(ws)-1]
		if b.before(a) {
			a, b = b, a
		}
		if c.before(b) {
			b = c
			if b.before(a) {
				b = a
			}
		}
		i, j := 0, len(ws)-1
		for i <= j {
			for ws[i].before(b) {
				i++
			}
			for b.before(ws[j]) {
				j--
			}
			if i <= j {
				ws[i], ws[j] = ws[j], ws[i]
				i++
				j--
			}
		}
		switch { // ws[:j+1] <= pivot <= ws[i:]
		case k <= j+1:
			ws = ws[:j+1]
		case k >= i:
			ws, k = ws[i:], k-i
		default:
			return
		}
	}
}

// selectThreshold removes what lies below a layer's threshold.
func selectThreshold(s Scores, c Config) (Selection, error) {
	var all Selection
	for i, l := range s {
		t := c.Amounts[0]
		if c.Scope == PerLayer {
			t = c.Amounts[i]
		}
		if !(t >= 0) || math.IsInf(t, 0) {
			return nil, fmt.Errorf("prune: %s %v is not a finite number of at least 0", c.Rule, t)
		}
		if c.Rule == ByQuality {
			t *= l.Std
		}
		removed := make([]bool, len(l.Score))
		for j, v := range l.Abs {
			removed[j] = float64(v) < t
		}
		all = append(all, l.without(removed))
	}
	return all, nil
}

// without is the selection that removes the marked weights of a layer.
func (l LayerScores) without(removed []bool) LayerSelection {
	s := LayerSelection{Layer: l.Layer}
	kept := make([]int32, 0, len(removed))
	for j, gone := range removed {
		if gone {
			if a := float64(l.Abs[j]); s.Threshold == nil || a > *s.Threshold {
				s.Threshold = &a
			}
			continue
		}
		at := int32(j)
		if l.Mask != nil {
			at = l.Mask.Kept[j]
		}
		kept = append(kept, at)
	}
	var err error
	if s.Mask, err = nn.NewMask(l.Size, kept); err != nil {
		panic("prune: survivors are not in order") // they are walked in order
	}
	s.Removed = l.Size - len(kept)
	s.Requested = s.Removed
	return s
}

// Masks returns the masks by layer.
func (s Selection) Masks() map[string]*nn.Mask {
	masks := map[string]*nn.Mask{}
	for _, l := range s {
		masks[l.Layer] = l.Mask
	}
	return masks
}

// Apply removes the weights from the network.
func (s Selection) Apply(net *nn.Network) error {
	for _, l := range s {
		if err := net.Keep(l.Layer, l.Mask); err != nil {
			return err
		}
	}
	return nil
}
