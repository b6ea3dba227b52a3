package nn

import (
	"fmt"
	"math"
	"slices"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

// Builtin returns a network of the literature by name; its Input is left to
// the data.
//
//   - lenet-300-100: LeCun et al. 1998, with ReLU.
//   - lenet-5: Caffe's version, 20-50-500-10, no nonlinearity after its
//     convolutions, which have no padding.
//   - cifar-quick: three convolutions and two dense layers, after Caffe's
//     example of that name.
//   - alexnet-cifar: the shape of Krizhevsky et al. 2012 for 32 x 32 images.
//   - conv-2, conv-4, conv-6: Frankle and Carbin 2019.
func Builtin(name string) (Config, bool) {
	relu := LayerConfig{Kind: KindReLU}
	pool := LayerConfig{Kind: KindMaxPool, Kernel: 2, Stride: 2}
	dense := func(units int) LayerConfig { return LayerConfig{Kind: KindDense, Units: units} }
	drop := LayerConfig{Kind: KindDropout, Rate: 0.5}
	valid := func(filters, k int) LayerConfig {
		return LayerConfig{Kind: KindConv, Units: filters, Kernel: k, Stride: 1}
	}
	same := func(filters, k int) LayerConfig {
		return LayerConfig{Kind: KindConv, Units: filters, Kernel: k, Stride: 1, Padding: k / 2}
	}
	// Pairs of 3x3 convolutions of the given widths, a pooling after each pair.
	pairs := func(widths ...int) []LayerConfig {
		var ls []LayerConfig
		for _, w := range widths {
			ls = append(ls, same(w, 3), relu, same(w, 3), relu, pool)
		}
		return append(ls, dense(256), relu, dense(256), relu, dense(10))
	}
	c := Config{Init: InitTorch}
	switch name {
	case "lenet-300-100":
		c.Layers = []LayerConfig{dense(300), relu, dense(100), relu, dense(10)}
	case "lenet-5":
		c.Layers = []LayerConfig{valid(20, 5), pool, valid(50, 5), pool, dense(500), relu, dense(10)}
	case "cifar-quick":
		c.Layers = []LayerConfig{same(32, 5), relu, pool, same(32, 5), relu, pool, same(64, 5), relu, pool, dense(64), relu, dense(10)}
	case "alexnet-cifar":
		c.Layers = []LayerConfig{
			same(32, 5), relu, pool, same(64, 5), relu, pool,
			same(96, 3), relu, same(64, 3), relu, same(64, 3), relu, pool,
			drop, dense(512), relu, drop, dense(256), relu, dense(10),
		}
	case "conv-2":
		c.Layers = pairs(64)
	case "conv-4":
		c.Layers = pairs(64, 128)
	case "conv-6":
		c.Layers = pairs(64, 128, 256)
	default:
		return Config{}, false
	}
	NameLayers(c.Layers)
	return c, true
}

// BuiltinNames returns the names that Builtin knows.
func BuiltinNames() []string {
	return []string{"lenet-300-100", "lenet-5", "cifar-quick", "alexnet-cifar", "conv-2", "conv-4", "conv-6"}
}

// NameLayers gives layers with weights that have no name the usual one:
// conv1, conv2, ..., fc1, fc2, ...
func NameLayers(layers []LayerConfig) {
	convs, fcs := 0, 0
	for i := range layers {
		l := &layers[i]
		name := ""
		switch l.Kind {
		case KindConv:
			convs++
			name = fmt.Sprintf("conv%d", convs)
		case KindDense:
			fcs++
			name = fmt.Sprintf("fc%d", fcs)
		}
		if l.Name == "" {
			l.Name = name
		}
	}
}

// planned is a layer with the shapes that it reads and emits.
type planned struct {
	LayerConfig
	in, out dataset.Shape
}

func (p planned) conv() kernel.ConvShape {
	return kernel.ConvShape{C: p.in.C, H: p.in.H, W: p.in.W, O: p.Units, KH: p.Kernel, KW: p.Kernel, Stride: p.Stride, Pad: p.Padding}
}

func (p planned) pool() kernel.PoolShape {
	return kernel.PoolShape{C: p.in.C, H: p.in.H, W: p.in.W, Size: p.Kernel, Stride: p.Stride}
}

func (p planned) cost() LayerCost {
	inputs := p.in.Features()
	if p.Kind == KindConv {
		inputs = p.in.C * p.Kernel * p.Kernel
	}
	return LayerCost{
		Name: p.Name, Kind: p.Kind, Weights: p.Units * inputs, Biases: p.Units,
		MACs: inputs * p.out.Features(), Outputs: p.out.Features(),
	}
}

// Validate reports the first thing that keeps the network from being built,
// naming the layer and the sizes that do not fit.
func (c Config) Validate() error {
	_, err := c.plan()
	return err
}

// Costs returns what each layer with weights needs, in order.
func (c Config) Costs() ([]LayerCost, error) {
	plan, err := c.plan()
	if err != nil {
		return nil, err
	}
	var costs []LayerCost
	for _, p := range plan {
		if p.Kind == KindDense || p.Kind == KindConv {
			costs = append(costs, p.cost())
		}
	}
	return costs, nil
}

// Classes is the number of outputs of the network; 0 when it has no dense
// layer.
func (c Config) Classes() int {
	for _, l := range slices.Backward(c.Layers) {
		if l.Kind == KindDense {
			return l.Units
		}
	}
	return 0
}

// plan follows the shapes through the layers.
func (c Config) plan() ([]planned, error) {
	if c.Input.Features() <= 0 {
		return nil, fmt.Errorf("network: an input of %d x %d x %d has no values", c.Input.C, c.Input.H, c.Input.W)
	}
	if !slices.Contains([]Init{InitHe, InitGlorot, InitTorch}, c.Init) {
		return nil, fmt.Errorf("network: init is %q; it can be he, glorot or torch", c.Init)
	}
	names := map[string]bool{}
	at := c.Input
	dense, weights := false, 0
	var plan []planned
	for i, l := range c.Layers {
		p := planned{LayerConfig: l, in: at, out: at}
		where := fmt.Sprintf("network: layer %d (%s)", i+1, l.Kind)
		if l.Name != "" {
			where = fmt.Sprintf("network: layer %d (%s, %s)", i+1, l.Name, l.Kind)
		}
		switch l.Kind {
		case KindDense:
			if l.Units < 1 {
				return nil, fmt.Errorf("%s: %d outputs, at least 1 is needed", where, l.Units)
			}
			dense = true
			p.out = dataset.Shape{C: l.Units, H: 1, W: 1}
		case KindConv, KindMaxPool, KindAvgPool:
			if dense {
				return nil, fmt.Errorf("%s: comes after a dense layer; images end there", where)
			}
			if l.Kernel < 1 || l.Stride < 1 || l.Padding < 0 || l.Kind == KindConv && l.Units < 1 {
				return nil, fmt.Errorf("%s: filters, kernel and stride are at least 1, padding at least 0", where)
			}
			if l.Kind == KindConv && l.Padding >= l.Kernel {
				return nil, fmt.Errorf("%s: padding %d is not smaller than the kernel, %d", where, l.Padding, l.Kernel)
			}
			if h, w := at.H+2*l.Padding, at.W+2*l.Padding; l.Kernel > h || l.Kernel > w {
				return nil, fmt.Errorf("%s: its window of %d x %d is larger than its input of %d x %d", where, l.Kernel, l.Kernel, h, w)
			}
			if l.Kind != KindConv && l.Kernel*l.Kernel > math.MaxUint8+1 {
				return nil, fmt.Errorf("%s: a window of %d x %d is too large, 16 x 16 is the largest", where, l.Kernel, l.Kernel)
			}
			p.out = dataset.Shape{C: at.C, H: (at.H+2*l.Padding-l.Kernel)/l.Stride + 1, W: (at.W+2*l.Padding-l.Kernel)/l.Stride + 1}
			if l.Kind == KindConv {
				p.out.C = l.Units
			}
		case KindDropout:
			if !(l.Rate >= 0 && l.Rate < 1) {
				return nil, fmt.Errorf("%s: rate %v is not in [0, 1)", where, l.Rate)
			}
		case KindReLU, KindFlatten:
		default:
			return nil, fmt.Errorf("%s: unknown kind of layer", where)
		}
		if l.Kind == KindDense || l.Kind == KindConv {
			weights++
			if l.Name == "" || names[l.Name] {
				return nil, fmt.Errorf("%s: layers with weights need names that differ", where)
			}
			names[l.Name] = true
		}
		at = p.out
		plan = append(plan, p)
	}
	if weights == 0 || !dense {
		return nil, fmt.Errorf("network: it needs a dense layer that emits the classes")
	}
	return plan, nil
}
