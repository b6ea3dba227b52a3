package onnx

import (
	"errors"
	"fmt"
	"math"

	"prunelab/model/nn"
)

// weights is the constant of floating-point numbers that a node reads in the place i.
func (b *builder) weights(n *node, i int, what string) (array, error) {
	a, ok, err := b.param(n, i)
	if err == nil && (!ok || a.floats == nil) {
		err = fmt.Errorf("its %s are missing or no floating-point numbers", what)
	}
	return a, err
}

// learning adds a layer with its tensors.
func (b *builder) learning(n *node, c nn.LayerConfig, from value, tensors map[string]array) error {
	c.NoBias = c.NoBias || c.Kind != nn.KindBatchNorm && tensors["bias"].floats == nil
	for _, a := range tensors {
		if b.spare -= a.size(); b.spare < 0 {
			return errMemory
		}
	}
	v, err := b.append(n, c, from)
	if err != nil {
		return err
	}
	b.layers[v.layer].tensors = tensors
	if c.Kind == nn.KindDense {
		v.rank = 2
	}
	return b.give(n, v, nil)
}

// conv is a convolution of planes: weights O x C/g x KH x KW, and O biases or none.
func (b *builder) conv(n *node) error {
	w, err := b.weights(n, 1, "weights")
	if err != nil {
		return err
	}
	if len(w.dims) != 4 {
		return fmt.Errorf("its weights have %s; convolutions of planes are supported, which have 4", counted(len(w.dims), "dimension"))
	}
	from, err := b.planes(n)
	if err != nil {
		return err
	}
	group := n.whole("group", 1)
	if group < 1 || group > int64(from.shape.C) || w.dims[1]*int(group) != from.shape.C {
		wanted := counted(w.dims[1], "channel")
		if group != 1 {
			wanted = fmt.Sprintf("%d groups of %s each", group, wanted)
		}
		return misfit{fmt.Errorf("its weights are for %s, and it reads %d", wanted, from.shape.C)}
	}
	kh, kw := w.dims[2], w.dims[3]
	frame, err := n.window(from, kh, kw)
	if err != nil {
		return err
	}
	c := nn.LayerConfig{Kind: nn.KindConv, Units: w.dims[0], Kernel: kh, Stride: frame.stride}
	if kw != kh {
		c.KernelWidth = kw
	}
	if group > 1 {
		c.Groups = int(group)
	}
	if frame.even() && (frame.top == 0 || frame.top < min(kh, kw)) {
		c.Padding = frame.top
	} else if from, err = b.append(n, frame.pad(), from); err != nil {
		return err
	}
	tensors := map[string]array{"weight": w}
	if bias, ok, err := b.param(n, 2); err != nil {
		return err
	} else if ok {
		if bias.floats == nil || len(bias.floats) != w.dims[0] {
			return fmt.Errorf("it has biases for %d of %s", bias.size(), counted(w.dims[0], "filter"))
		}
		tensors["bias"] = array{dims: []int{w.dims[0]}, floats: bias.floats, origin: bias.origin}
	}
	return b.learning(n, c, from, tensors)
}

// gemm is y = alpha x W + beta c, a dense layer.
func (b *builder) gemm(n *node) error {
	w, err := b.weights(n, 1, "weights")
	if err != nil {
		return err
	}
	if n.whole("transA", 0) != 0 {
		return errors.New("it transposes what it reads, which is not supported")
	}
	if w, err = scaledBy(w, n.number("alpha", 1)); err != nil {
		return err
	}
	if err := b.dense(n, w, n.whole("transB", 0) != 0); err != nil {
		return err
	}
	c, ok, err := b.param(n, 2)
	if err != nil || !ok {
		return err
	}
	if c, err = scaledBy(c, n.number("beta", 1)); err != nil {
		return err
	}
	return b.shift(len(b.layers)-1, c, 2, 1)
}

// matMul is y = x W, a dense layer without biases.
func (b *builder) matMul(n *node) error {
	w, err := b.weights(n, 1, "weights")
	if err != nil {
		return err
	}
	return b.dense(n, w, false)
}

// dense adds a dense layer of weights O x I or, not transposed, I x O.
func (b *builder) dense(n *node, w array, transposedWeights bool) error {
	from, err := b.input(n, 0)
	if err != nil {
		return err
	}
	if from.rank != 2 {
		return fmt.Errorf("it reads planes of %v; a dense layer reads batch x values, as Flatten makes them", from.shape)
	}
	if len(w.dims) != 2 {
		return fmt.Errorf("its weights have %s; it should be 2", counted(len(w.dims), "dimension"))
	}
	if !transposedWeights {
		if w, err = transposed(&node{}, w); err != nil {
			return err
		}
		w.turned = true
	}
	if in := from.shape.Features(); w.dims[1] != in {
		return misfit{fmt.Errorf("its weights are for %s, and it reads %d", counted(w.dims[1], "value"), in)}
	}
	return b.learning(n, nn.LayerConfig{Kind: nn.KindDense, Units: w.dims[0]}, from, map[string]array{"weight": w})
}

// scaledBy is a constant times a number.
func scaledBy(a array, by float32) (array, error) {
	if a.floats == nil {
		return a, errors.New("its constants are no floating-point numbers")
	}
	if by == 1 {
		return a, nil
	}
	out := array{dims: a.dims, floats: make([]float32, len(a.floats)), origin: a.origin, turned: a.turned}
	for i, v := range a.floats {
		out.floats[i] = by * v
	}
	return out, nil
}

// batchNorm is y = scale (x - mean) / sqrt(var + epsilon) + shift, channel by channel.
func (b *builder) batchNorm(n *node) error {
	from, err := b.input(n, 0)
	if err != nil {
		return err
	}
	if n.whole("training_mode", 0) != 0 {
		return errors.New("it takes the statistics of the batch (training_mode); export the network in evaluation, net.eval() and training=TrainingMode.PRESERVE in PyTorch")
	}
	if n.whole("spatial", 1) != 1 {
		return errors.New("spatial=0, statistics for each pixel, is not supported")
	}
	channels := from.shape.C
	if from.rank == 2 {
		channels = from.shape.Features()
	}
	tensors := map[string]array{}
	for i, param := range []string{"weight", "bias", "running_mean", "running_var"} {
		a, err := b.weights(n, i+1, "scale, shift, mean and variance")
		if err != nil {
			return err
		}
		if len(a.floats) != channels {
			return misfit{fmt.Errorf("its input %d has %s, and it reads %s", i+2, counted(len(a.floats), "value"), counted(channels, "channel"))}
		}
		tensors[param] = array{dims: []int{channels}, floats: a.floats, origin: a.origin}
	}
	for i, v := range tensors["running_var"].floats {
		if v < 0 {
			return fmt.Errorf("the variance of channel %d is %v", i, v)
		}
	}
	// ONNX's momentum is the part of what was, PyTorch's that of what comes.
	momentum := math.Round((1-float64(n.number("momentum", 0.9)))*1e6) / 1e6
	if !(momentum > 0 && momentum <= 1) {
		momentum = 0.1
	}
	return b.learning(n, nn.LayerConfig{Kind: nn.KindBatchNorm, Epsilon: decimal(n.number("epsilon", 1e-5)), Momentum: momentum}, from, tensors)
}
