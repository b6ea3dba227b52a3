package nn

import (
	"fmt"
	"math"

	"prunelab/model/dataset"
)

// Kind is the type of a layer.
type Kind string

// The layers that a network can have.
const (
	KindDense   Kind = "dense"
	KindConv    Kind = "conv"
	KindReLU    Kind = "relu"
	KindDropout Kind = "dropout"
	KindMaxPool Kind = "maxpool"
	KindAvgPool Kind = "avgpool"
	KindFlatten Kind = "flatten"
)

// Config describes a network completely: what it reads, its layers in order
// and how its weights begin. The name that a study uses for it is not part.
type Config struct {
	Input  dataset.Shape `json:"input"`
	Layers []LayerConfig `json:"layers"`
	Init   Init          `json:"init"`
	Source string        `json:"source,omitempty"` // Digest of a network trained elsewhere, which takes the place of the first training; Init then serves fresh weights in retraining only
}

// LayerConfig is one layer; which fields count depends on Kind.
type LayerConfig struct {
	Kind    Kind    `json:"kind"`
	Name    string  `json:"name,omitempty"`    // conv1, conv2, ..., fc1, ...: layers with weights
	Units   int     `json:"units,omitempty"`   // dense: outputs; conv: filters
	Kernel  int     `json:"kernel,omitempty"`  // conv, pools: side of the window
	Stride  int     `json:"stride,omitempty"`  // conv, pools
	Padding int     `json:"padding,omitempty"` // conv: zeros on each side
	Rate    float64 `json:"rate,omitempty"`    // dropout: probability of dropping a value
}

// Init is a rule for the first weights.
type Init string

// The rules: He et al. 2015 (normal, fan-in), Glorot and Bengio 2010
// (uniform), and PyTorch's default (uniform in 1/sqrt(fan-in), biases too).
const (
	InitHe     Init = "he"
	InitGlorot Init = "glorot"
	InitTorch  Init = "torch"
)

// LayerCost is what one layer with weights needs for one sample, dense.
type LayerCost struct {
	Name    string
	Kind    Kind // dense or conv
	Weights int  // without biases
	Biases  int
	MACs    int // multiply-adds of the forward pass
	Outputs int // values it emits
}

// HasWeights reports whether the layer is a linear map, dense or a convolution.
func (l LayerConfig) HasWeights() bool { return l.Kind == KindDense || l.Kind == KindConv }

// emits returns the shape of the layer's output for an input of the given shape,
// flat where a dense layer came before.
func (l LayerConfig) emits(in dataset.Shape, flat bool) (dataset.Shape, error) {
	switch l.Kind {
	case KindDense:
		if l.Units < 1 {
			return in, fmt.Errorf("%d outputs, at least 1 is needed", l.Units)
		}
		return dataset.Shape{C: l.Units, H: 1, W: 1}, nil
	case KindConv, KindMaxPool, KindAvgPool:
		h, w := in.H+2*l.Padding, in.W+2*l.Padding
		switch {
		case flat:
			return in, fmt.Errorf("comes after a dense layer; images end there")
		case l.Kernel < 1 || l.Stride < 1 || l.Padding < 0 || l.Kind == KindConv && l.Units < 1:
			return in, fmt.Errorf("filters, kernel and stride are at least 1, padding at least 0")
		case l.Kind == KindConv && l.Padding >= l.Kernel:
			return in, fmt.Errorf("padding %d is not smaller than the kernel, %d", l.Padding, l.Kernel)
		case l.Kernel > h || l.Kernel > w:
			return in, fmt.Errorf("its window of %d x %d is larger than its input of %d x %d", l.Kernel, l.Kernel, h, w)
		case l.Kind != KindConv && l.Kernel*l.Kernel > math.MaxUint8+1:
			return in, fmt.Errorf("a window of %d x %d is too large, 16 x 16 is the largest", l.Kernel, l.Kernel)
		}
		out := dataset.Shape{C: in.C, H: (h-l.Kernel)/l.Stride + 1, W: (w-l.Kernel)/l.Stride + 1}
		if l.Kind == KindConv {
			out.C = l.Units
		}
		return out, nil
	case KindDropout:
		if !(l.Rate >= 0 && l.Rate < 1) {
			return in, fmt.Errorf("rate %v is not in [0, 1)", l.Rate)
		}
		return in, nil
	case KindReLU, KindFlatten:
		return in, nil
	}
	return in, fmt.Errorf("unknown kind of layer")
}

// Validate reports the first thing that keeps the network from being built,
// naming the layer and the sizes that do not fit.
func (c Config) Validate() error {
	_, err := c.Topology()
	return err
}

// Costs returns what each layer with weights needs, in order.
func (c Config) Costs() ([]LayerCost, error) {
	t, err := c.Topology()
	if err != nil {
		return nil, err
	}
	var costs []LayerCost
	for _, n := range t.nodes {
		if n.HasWeights() {
			costs = append(costs, n.cost())
		}
	}
	return costs, nil
}
