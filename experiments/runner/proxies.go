package runner

import (
	"context"
	"slices"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/saliency"
)

// calibration is the number of training images that proxies are computed on.
const calibration = 512

// calibrated returns images for proxies: evenly spaced over the training set, so
// that one that is ordered by class gives all of them.
func calibrated(d *dataset.Splits) *dataset.Set {
	n := min(calibration, d.Train.Len())
	set := &dataset.Set{Shape: d.Train.Shape, Classes: d.Train.Classes}
	for i := range n {
		at := i * d.Train.Len() / n
		set.Images = append(set.Images, d.Train.Image(at)...)
		set.Labels = append(set.Labels, d.Train.Labels[at])
	}
	return set
}

// wantsProxies reports whether the last level of a trial asks for them.
func wantsProxies(s trial.Spec) bool {
	return len(s.Levels) > 0 && s.Levels[len(s.Levels)-1].Proxies
}

// predictor computes proxies of prunings of one network.
type predictor struct {
	net     *nn.Network
	splits  *dataset.Splits
	set     *dataset.Set
	moments *saliency.Moments
}

// newPredictor returns the predictor for prunings of the network, nil when none
// of the trials asks for proxies. The network must not change while it is used.
func newPredictor(ctx context.Context, net *nn.Network, d *dataset.Splits, specs []trial.Spec) (*predictor, error) {
	if !slices.ContainsFunc(specs, wantsProxies) {
		return nil, nil
	}
	p := &predictor{net: net, splits: d, set: calibrated(d)}
	var err error
	p.moments, err = saliency.Gradients(ctx, net, p.set, d)
	return p, err
}

// predict adds proxies to the outcomes of the trials that ask for them. Selections
// and outcomes are those of the specs.
func (p *predictor) predict(ctx context.Context, specs []trial.Spec, selections []prune.Selection, outcomes []*trial.Outcome) error {
	if p == nil {
		return nil
	}
	var which []int
	var prunings []map[string]*nn.Mask
	for i, s := range specs {
		if wantsProxies(s) {
			which, prunings = append(which, i), append(prunings, selections[i].Masks())
		}
	}
	if len(which) == 0 {
		return nil
	}
	changes, err := saliency.Outputs(ctx, p.net, prunings, p.set, p.splits)
	if err != nil {
		return err
	}
	for j, i := range which {
		r := &outcomes[i].Result
		if r.Proxies = p.proxies(prunings[j], changes[j]); !r.Proxies.Finite() {
			r.Proxies = nil
			r.Warnings = append(r.Warnings, "the sensitivity without accuracy is not finite")
		}
	}
	return nil
}

func (p *predictor) proxies(pruning map[string]*nn.Mask, c saliency.Change) *trial.Proxies {
	out := &trial.Proxies{Images: p.set.Len(), KL: c.KL}
	for _, l := range c.Layers {
		w := p.net.Affine(l.Layer).W
		values, removed := w.Dense(), pruning[l.Layer].Removed()
		if w.Mask != nil { // those that went before are zero in values
			removed = slices.DeleteFunc(slices.Clone(removed), func(i int32) bool { return values[i] == 0 })
		}
		var gone, all float64
		for _, v := range values {
			all += float64(v) * float64(v)
		}
		for _, i := range removed {
			gone += float64(values[i]) * float64(values[i])
		}
		energy := 0.0
		if all > 0 {
			energy = gone / all
		}
		out.Layers = append(out.Layers, trial.LayerProxies{
			Layer: l.Layer, Energy: energy,
			Taylor: p.moments.Taylor(l.Layer, values, removed), Fisher: p.moments.Fisher(l.Layer, values, removed),
			Reconstruction: l.Error,
		})
	}
	return out
}
