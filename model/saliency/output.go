package saliency

import (
	"context"
	"math"

	"prunelab/model/dataset"
	"prunelab/model/elementary"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/train"
)

// Change is how far a pruning takes the network from what it was.
type Change struct {
	// KL is the mean over images of KL(p || q) = sum over classes of
	// p log(p/q), in nats, with p the softmax of the whole network's logits and
	// q that of the pruned one's. Luo and Wu 2020 (Neural network pruning with
	// residual-connections and limited-data, section 3) score filters by it.
	KL     float64
	Layers []Reconstruction // that are pruned, in the network's order
}

// Reconstruction is the relative reconstruction error of one layer's linear output
// z = Wx + b, for the inputs x that it has in the whole network:
//
//	E||z - z'||² / E||z||²,  z' = W'x + b
//
// Dong et al. 2017 (Learning to prune deep neural networks via layer-wise optimal
// brain surgeon, section 3.1) minimise its numerator.
type Reconstruction struct {
	Layer string
	Error float64
}

// batch is the number of images at a time; no number depends on it but by the
// rounding of sums.
const batch = 128

// Outputs compares each pruning, given as nn.NewScan takes them, with the whole
// network on all images of the set.
func Outputs(ctx context.Context, net *nn.Network, prunings []map[string]*nn.Mask, set *dataset.Set, d *dataset.Splits) ([]Change, error) {
	scan, err := nn.NewScan(net, append([]map[string]*nn.Mask{{}}, prunings...)) // the first is the whole network
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(prunings))
	sums := make([][]nn.Reconstruction, len(prunings))
	var failed error
	err = train.NewBatches(set, d, batch).Each(ctx, func(_ int, x kernel.Mat, _ []uint16) {
		var whole kernel.Mat
		scan.Forward(x, func(i int, logits kernel.Mat) {
			if i == 0 {
				whole = logits
			} else {
				changes[i-1].KL += divergence(whole, logits)
			}
		})
		errors, err := scan.Reconstructions()
		if err != nil {
			failed = err
			return
		}
		for i, rs := range errors[1:] {
			if sums[i] == nil {
				sums[i] = rs
				continue
			}
			for j, r := range rs {
				sums[i][j].Error += r.Error
				sums[i][j].Energy += r.Energy
			}
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	for i := range changes {
		changes[i].KL /= float64(set.Len())
		for _, r := range sums[i] {
			changes[i].Layers = append(changes[i].Layers, Reconstruction{r.Layer, r.Error / r.Energy})
		}
	}
	return changes, nil
}

// divergence is the sum over the columns of logits of KL(softmax p || softmax q).
func divergence(p, q kernel.Mat) float64 {
	sum := 0.0
	for j := range p.Cols {
		zp, zq := logSum(p, j), logSum(q, j)
		for c := range p.Rows {
			lp := float64(p.Data[c*p.Stride+j]) - zp
			lq := float64(q.Data[c*q.Stride+j]) - zq
			if e := elementary.Exp(lp); e > 0 {
				sum += float64(e * (lp - lq))
			}
		}
	}
	return sum
}

// logSum is log sum exp of a column.
func logSum(m kernel.Mat, j int) float64 {
	top := math.Inf(-1)
	for c := range m.Rows {
		top = max(top, float64(m.Data[c*m.Stride+j]))
	}
	sum := 0.0
	for c := range m.Rows {
		sum += elementary.Exp(float64(m.Data[c*m.Stride+j]) - top)
	}
	return top + elementary.Log(sum)
}
