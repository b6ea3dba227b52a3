package trial

import "math"

// Proxies are what a pruning is predicted to cost, from training images and
// without measuring accuracy; see package saliency for KL, Taylor, Fisher and
// Reconstruction.
type Proxies struct {
	Images int            `json:"images"` // that it was computed on
	KL     float64        `json:"kl"`     // of the whole network's answers from the pruned one's, nats
	Layers []LayerProxies `json:"layers"` // that are pruned, in the network's order
}

// LayerProxies are those of one layer.
type LayerProxies struct {
	Layer          string  `json:"layer"`
	Energy         float64 `json:"energy"`         // sum of w² over the weights that go, over that of all
	Taylor         float64 `json:"taylor"`         // sum of |E[g] w| over the weights that go
	Fisher         float64 `json:"fisher"`         // half the sum of w² E[g²] over them
	Reconstruction float64 `json:"reconstruction"` // relative squared error of the layer's linear output
}

// Finite reports whether all numbers are.
func (p *Proxies) Finite() bool {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	ok := finite(p.KL)
	for _, l := range p.Layers {
		ok = ok && finite(l.Energy) && finite(l.Taylor) && finite(l.Fisher) && finite(l.Reconstruction)
	}
	return ok
}
