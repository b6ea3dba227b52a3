package nn

import (
	"fmt"

	"prunelab/model/dataset"
)

// Builtin returns a network of the literature by name, for images of a shape and
// so many classes, of which the literature mostly has ten.
//
//   - lenet-300-100: LeCun et al. 1998, with ReLU.
//   - lenet-5: Caffe's version, 20-50-500-10, no nonlinearity after its
//     convolutions, which have no padding.
//   - cifar-quick: three convolutions and two dense layers, after Caffe's
//     example of that name.
//   - alexnet-cifar: the shape of Krizhevsky et al. 2012 for 32 x 32 images.
//   - conv-2, conv-4, conv-6: Frankle and Carbin 2019.
//   - resnet-20, resnet-56: He et al. 2016, section 4.2, with shortcuts of option A.
//   - vgg-16-bn: Simonyan and Zisserman 2015, configuration D with batch
//     normalisation and one dense layer, as is usual for 32 x 32 images.
func Builtin(name string, input dataset.Shape, classes int) (Config, bool) {
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
		return append(ls, dense(256), relu, dense(256), relu, dense(classes))
	}
	c := Config{Input: input, Init: InitTorch}
	switch name {
	case "lenet-300-100":
		c.Layers = []LayerConfig{dense(300), relu, dense(100), relu, dense(classes)}
	case "lenet-5":
		c.Layers = []LayerConfig{valid(20, 5), pool, valid(50, 5), pool, dense(500), relu, dense(classes)}
	case "cifar-quick":
		c.Layers = []LayerConfig{same(32, 5), relu, pool, same(32, 5), relu, pool, same(64, 5), relu, pool, dense(64), relu, dense(classes)}
	case "alexnet-cifar":
		c.Layers = []LayerConfig{
			same(32, 5), relu, pool, same(64, 5), relu, pool,
			same(96, 3), relu, same(64, 3), relu, same(64, 3), relu, pool,
			drop, dense(512), relu, drop, dense(256), relu, dense(classes),
		}
	case "conv-2":
		c.Layers = pairs(64)
	case "conv-4":
		c.Layers = pairs(64, 128)
	case "conv-6":
		c.Layers = pairs(64, 128, 256)
	case "resnet-20":
		c = residual(input, classes, 3)
	case "resnet-56":
		c = residual(input, classes, 9)
	case "vgg-16-bn":
		c = vgg(input, classes, 2, 2, 3, 3, 3)
	default:
		return Config{}, false
	}
	NameLayers(c.Layers)
	return c, true
}

// BuiltinNames returns the names that Builtin knows.
func BuiltinNames() []string {
	return []string{"lenet-300-100", "lenet-5", "cifar-quick", "alexnet-cifar", "conv-2", "conv-4", "conv-6", "resnet-20", "resnet-56", "vgg-16-bn"}
}

// NameLayers gives layers with weights that have no name the usual one:
// conv1, conv2, ..., fc1, fc2, ..., bn1, bn2, ...
func NameLayers(layers []LayerConfig) {
	count := map[Kind]int{}
	for i := range layers {
		l := &layers[i]
		if !l.Learns() {
			continue
		}
		count[l.Kind]++
		if l.Name == "" {
			prefix := map[Kind]string{KindConv: "conv", KindDense: "fc", KindBatchNorm: "bn"}[l.Kind]
			l.Name = fmt.Sprintf("%s%d", prefix, count[l.Kind])
		}
	}
}
