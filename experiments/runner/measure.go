package runner

import (
	"math"
	"slices"

	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/prune"
)

// bins is the number of bins of a histogram of weights.
const bins = 60

// measurement follows a network's layers through a trial.
type measurement struct {
	layers []trial.LayerResult
	masks  []*nn.Mask // after pruning
}

// measure notes what the layers are before the trial changes them.
func measure(net *nn.Network) *measurement {
	m := &measurement{}
	for _, a := range net.Affines() {
		w := a.W.Survivors()
		l1, l2 := norms(w)
		left := a.W.Left()
		m.layers = append(m.layers, trial.LayerResult{
			Name: a.Name, Kind: a.Kind, Size: a.W.Size(), DenseMACs: a.Cost.MACs,
			Requested: a.W.Size() - left, NormStart: l2, NormKept: l2, L1Start: l1,
			Std: prune.Std(w), Before: histogram(w, extent(w)),
		})
		m.masks = append(m.masks, a.W.Mask)
	}
	return m
}

// pruned notes what the selection, which was applied, left.
func (m *measurement) pruned(net *nn.Network, selection prune.Selection) {
	for i, a := range net.Affines() {
		l := &m.layers[i]
		_, l.NormKept = norms(a.W.Survivors())
		m.masks[i] = a.W.Mask
		l.Removed, l.MACs = removed(a)
		for _, p := range selection {
			if p.Layer != l.Name {
				continue
			}
			l.Requested, l.Threshold = p.Requested, p.Threshold
			if p.Removed != p.Requested || a.W.Left() != l.Size-p.Removed {
				panic("runner: not as many weights of " + l.Name + " are removed as were to be")
			}
		}
	}
}

// retrained checks that no weight has come back and notes the dropout rates.
func (m *measurement) retrained(net *nn.Network) {
	for i, a := range net.Affines() {
		if a.W.Mask != m.masks[i] {
			panic("runner: retraining changed the mask of " + a.Name)
		}
		if a.W.Mask != nil && !a.W.Compact() {
			for _, at := range a.W.Mask.Removed() {
				if a.W.Value[at] != 0 {
					panic("runner: a removed weight of " + a.Name + " came back in retraining")
				}
			}
		}
	}
	for _, d := range net.Dropouts() {
		for i, a := range net.Affines() {
			if slices.Contains(d.Readers, a) {
				rate := d.Rate
				m.layers[i].Dropout = &rate
			}
		}
	}
}

// end completes the layers' results.
func (m *measurement) end(net *nn.Network, o *trial.Outcome) {
	dead := prune.Dead(net)
	read := map[string]*float64{} // the fraction of a layer's inputs that are not zero
	for _, a := range net.Affines() {
		if f, ok := a.Activity(); ok {
			read[a.Name] = &f
		}
	}
	for i, a := range net.Affines() {
		l := &m.layers[i]
		w := a.W.Survivors()
		l.Removed, l.MACs = removed(a)
		l.L1End, l.NormEnd = norms(w)
		l.After = histogram(w, span{l.Before.Lo, l.Before.Hi})
		l.After.Beyond = beyond(w, span{l.Before.Lo, l.Before.Hi})
		if a.W.Mask != nil {
			l.Kept = prune.Sample(a.W.Mask)
		}
		for _, v := range w {
			if v == 0 {
				l.Zeros++
			}
		}
		l.DeadIn, l.DeadOut = len(dead[i].NoInput), len(dead[i].NoOutput)
		if !net.Topology().Chain() {
			l.Reads = read[a.Name]
			continue
		}
		for _, r := range net.Topology().Readers(a.Name) {
			l.Active = read[r.Reader]
		}
	}
	m.deadLeft(net, dead)
	o.Result.Layers = m.layers
}

// deadLeft counts the weights that are left of dead units, and of those that
// die with them, by removing them from a copy of the network.
func (m *measurement) deadLeft(net *nn.Network, dead []prune.DeadUnits) {
	if !slices.ContainsFunc(dead, func(d prune.DeadUnits) bool { return len(d.NoInput)+len(d.NoOutput) > 0 }) {
		return
	}
	without, err := net.Clone()
	if err == nil {
		_, err = prune.RemoveDead(without)
	}
	if err != nil {
		panic("runner: dead units cannot be removed: " + err.Error()) // masks are walked in order
	}
	for i, a := range without.Affines() {
		n := m.layers[i].Size - m.layers[i].Removed - a.W.Left()
		m.layers[i].DeadLeft = &n
	}
}

// removed returns how many weights of a layer are removed, and the multiply-adds
// that the others need for one sample.
func removed(a *nn.Affine) (weights, macs int) {
	left, size := a.W.Left(), a.W.Size()
	return size - left, left * (a.Cost.MACs / size)
}

// norms are the sum of |w| and the square root of the sum of w^2.
func norms(w []float32) (l1, l2 float64) {
	for _, v := range w {
		l1 += math.Abs(float64(v))
		l2 += float64(v) * float64(v)
	}
	return l1, math.Sqrt(l2)
}

type span struct{ lo, hi float64 }

// extent is the symmetric interval that holds all of w.
func extent(w []float32) span {
	var far float64
	for _, v := range w {
		far = max(far, math.Abs(float64(v)))
	}
	return span{-far, far}
}

// histogram counts w in equal bins over the interval; what lies outside counts
// in the outermost bins.
func histogram(w []float32, s span) *trial.Histogram {
	h := &trial.Histogram{Lo: s.lo, Hi: s.hi, Counts: make([]int, bins)}
	for _, v := range w {
		b := 0
		if s.hi > s.lo {
			b = int((float64(v) - s.lo) / (s.hi - s.lo) * bins)
		}
		h.Counts[min(bins-1, max(0, b))]++
	}
	return h
}

// beyond counts what lies below and above the interval.
func beyond(w []float32, s span) *[2]int {
	var n [2]int
	for _, v := range w {
		switch {
		case float64(v) < s.lo:
			n[0]++
		case float64(v) > s.hi:
			n[1]++
		}
	}
	return &n
}
