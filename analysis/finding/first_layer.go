package finding

// firstLayerBefore: the first convolution is the most sensitive layer (section 5,
// Figure 6, without retraining). It has to be more sensitive than every other
// layer.
func firstLayerBefore(s *study) (draft, error) {
	return s.firstLayer("conv1-most-sensitive-before", beforeRetraining)
}

// firstLayerAfter asks the same after retraining, which the paper did not.
func firstLayerAfter(s *study) (draft, error) {
	return s.firstLayer("conv1-most-sensitive-after", afterRetraining)
}

func (s *study) firstLayer(id string, at span) (draft, error) {
	d := claim(id, "The first convolutional layer loses more accuracy than every other layer when layers are "+at.when,
		"conv1 − each other layer", at.endpoint(), "above 0 against every layer")
	conv, fc, lacking := s.layers(at.stage)
	if lacking != "" {
		return d.absent(lacking, "layers-lenet-5", "layers-cifar-quick"), nil
	}
	d.rule, d.notes = every, at.caveats
	for _, other := range append(conv[1:len(conv):len(conv)], fc...) {
		name := conv[0].Layers[0] + " − " + other.Layers[0]
		d.parts = append(d.parts, s.areas(name, conv[:1], []series{other}, at.lo, at.hi))
	}
	return d, nil
}
