package onnx

import (
	"fmt"
	"math"

	"prunelab/model/nn"
)

func (b *builder) relu(n *node) error { return b.emit(n, nn.LayerConfig{Kind: nn.KindReLU}) }

func (b *builder) leakyRelu(n *node) error {
	return b.emit(n, nn.LayerConfig{Kind: nn.KindLeakyReLU, Slope: decimal(n.number("alpha", 0.01))})
}

// clip is a ReLU, or one of up to 6.
func (b *builder) clip(n *node) error {
	limits := [2]float32{n.number("min", -math.MaxFloat32), n.number("max", math.MaxFloat32)}
	for i := range limits {
		a, ok, err := b.param(n, i+1)
		if err != nil {
			return err
		}
		if ok {
			if len(a.floats) != 1 {
				return fmt.Errorf("its limits are no single floating-point numbers")
			}
			limits[i] = a.floats[0]
		}
	}
	switch {
	case limits[0] == 0 && limits[1] == 6:
		return b.emit(n, nn.LayerConfig{Kind: nn.KindReLU6})
	case limits[0] == 0 && limits[1] >= math.MaxFloat32:
		return b.emit(n, nn.LayerConfig{Kind: nn.KindReLU})
	}
	return fmt.Errorf("limits of %v and %v; 0 and 6 (ReLU6), or 0 and none, are supported", limits[0], limits[1])
}

// dropout is one for retraining: a network that is used drops nothing.
func (b *builder) dropout(n *node) error {
	rate := n.number("ratio", 0.5)
	if a, ok, err := b.param(n, 1); err != nil {
		return err
	} else if ok && len(a.floats) == 1 {
		rate = a.floats[0]
	}
	if a, ok, err := b.param(n, 2); err != nil {
		return err
	} else if ok && len(a.ints) == 1 && a.ints[0] != 0 {
		return fmt.Errorf("it drops values also where the network is only used (training_mode); export the network in evaluation, net.eval() and training=TrainingMode.PRESERVE in PyTorch")
	}
	return b.emit(n, nn.LayerConfig{Kind: nn.KindDropout, Rate: decimal(rate)})
}

// softmax is left out at the end, where it leaves the order of the classes as it is;
// the loss is computed of what comes before it.
func (b *builder) softmax(n *node) error {
	v, err := b.input(n, 0)
	if err != nil {
		return err
	}
	if n.outputs[0] != b.output {
		return fmt.Errorf("it is supported at the end of a network, where it is left out; here other nodes read it")
	}
	otherwise := int64(1)
	if b.opset >= 13 {
		otherwise = -1
	}
	if at, err := axis(n.whole("axis", otherwise), v.rank); err != nil || at != 1 {
		return fmt.Errorf("axis %d; the classes, 1, are supported", n.whole("axis", otherwise))
	}
	b.said = append(b.said, fmt.Sprintf("%s at the end is left out: the network emits what it reads, and the loss is computed of that", n.title()))
	return b.pass(n, v)
}
