package finding

import "prunelab/analysis/curve"

// firstLayer: the first convolution is the most sensitive layer (section 5,
// Figure 6). It has to be more sensitive than every other layer.
func firstLayer(s *study) (draft, error) {
	d := claim("conv1-most-sensitive", "The first convolutional layer loses more accuracy than every other layer when pruned alone and retrained",
		"conv1 − each other layer", "area of the loss after retraining, sparsity 0.5 to 0.95", "above 0 against every layer")
	conv, fc, lacking := s.layers(curve.Retrained)
	if lacking != "" {
		return d.absent(lacking, "layers-lenet-5", "layers-cifar-quick"), nil
	}
	d.rule = every
	for _, other := range append(conv[1:len(conv):len(conv)], fc...) {
		name := conv[0].Layers[0] + " − " + other.Layers[0]
		d.parts = append(d.parts, s.areas(name, conv[:1], []series{other}, 0.5, 0.95))
	}
	return d, nil
}
