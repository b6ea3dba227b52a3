package saliency

import (
	"context"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/train"
)

// Moments are, for every weight of a network, E[g] and E[g²] over images, by
// layer and position in the dense tensor.
type Moments struct {
	N      int
	layers map[string]moments
}

type moments struct{ mean, square []float64 }

// Gradients computes the moments on all images of the set, without dropout and
// without the penalty of a regularizer. The square needs the gradient of every
// single image, so images pass one by one. The network stays as it is.
func Gradients(ctx context.Context, net *nn.Network, set *dataset.Set, d *dataset.Splits) (*Moments, error) {
	net, err := net.Clone()
	if err != nil {
		return nil, err
	}
	train.SetDropout(net, train.DropoutOff)
	m := &Moments{N: set.Len(), layers: map[string]moments{}}
	for _, p := range net.Weights() {
		m.layers[p.Layer] = moments{make([]float64, p.Size()), make([]float64, p.Size())}
	}
	var dlogits kernel.Mat
	err = train.NewBatches(set, d, 1).Each(ctx, func(_ int, x kernel.Mat, labels []uint16) {
		train.Gradient(net, x, labels, &dlogits)
		for _, p := range net.Weights() {
			m.layers[p.Layer].add(p)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, l := range m.layers {
		for i := range l.mean {
			l.mean[i] /= float64(m.N)
			l.square[i] /= float64(m.N)
		}
	}
	return m, nil
}

// add adds the gradient of one image.
func (m moments) add(p *nn.Param) {
	for j, g := range p.Grad {
		i := j
		if p.Compact() {
			i = int(p.Mask.Kept[j])
		}
		m.mean[i] += float64(g)
		m.square[i] += float64(g) * float64(g)
	}
}

// Taylor is the first-order estimate of how much removing weights changes the
// loss, each weight by itself:
//
//	sum over R of |E[g] w|
//
// The criterion of Molchanov et al. 2017 (Pruning convolutional neural networks
// for resource efficient inference, section 2.2) for weights in place of feature
// maps; Lee et al. 2019 (SNIP, section 4.1) score connections by the same
// product. At a minimum of the loss E[g] is 0 and so is the estimate.
func (m *Moments) Taylor(layer string, w []float32, removed []int32) float64 {
	mean, sum := m.layers[layer].mean, 0.0
	for _, i := range removed {
		v := mean[i] * float64(w[i])
		sum += max(v, -v)
	}
	return sum
}

// Fisher is the second-order estimate, with the diagonal of the empirical Fisher
// information for the Hessian and no first-order term:
//
//	1/2 sum over R of w² E[g²]
//
// Theis et al. 2018 (Faster gaze prediction with dense networks and Fisher
// pruning, section 3), there for feature maps; LeCun et al. 1990 (Optimal brain
// damage) have the saliency h w²/2 of a weight, here with h = E[g²].
func (m *Moments) Fisher(layer string, w []float32, removed []int32) float64 {
	square, sum := m.layers[layer].square, 0.0
	for _, i := range removed {
		sum += float64(float64(w[i]) * float64(w[i]) * square[i])
	}
	return sum / 2
}
