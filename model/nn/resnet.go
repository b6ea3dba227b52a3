package nn

import (
	"fmt"

	"prunelab/model/dataset"
)

// normalised is a batch normalisation as PyTorch makes it.
func normalised(name string) LayerConfig {
	return LayerConfig{Kind: KindBatchNorm, Name: name, Epsilon: 1e-5, Momentum: 0.1}
}

// residual is the network of He et al. 2016, section 4.2, of 6n + 2 layers: a
// convolution, three stages of n blocks with 16, 32 and 64 channels, of which the
// second and third begin by halving the planes, the mean of each channel, and a dense
// layer. Where a stage begins the shortcut takes every second pixel and pads channels
// with zeros on both sides (option A). Names are those that PyTorch programs use.
func residual(input dataset.Shape, classes, n int) Config {
	c := Config{Input: input, Init: InitHe}
	add := func(l LayerConfig) { c.Layers = append(c.Layers, l) }
	conv := func(name string, channels, stride int) {
		add(LayerConfig{Kind: KindConv, Name: name, Units: channels, Kernel: 3, Stride: stride, Padding: 1, NoBias: true})
	}
	conv("conv1", 16, 1)
	add(normalised("bn1"))
	add(LayerConfig{Kind: KindReLU, Name: "relu1"})
	from, channels := "relu1", 16
	for stage := 1; stage <= 3; stage++ {
		for block := range n {
			name := fmt.Sprintf("layer%d.%d.", stage, block)
			width, stride := 16<<(stage-1), 1
			if width != channels {
				stride = 2
			}
			conv(name+"conv1", width, stride)
			c.Layers[len(c.Layers)-1].Inputs = []string{from}
			add(normalised(name + "bn1"))
			add(LayerConfig{Kind: KindReLU})
			conv(name+"conv2", width, 1)
			add(normalised(name + "bn2"))
			if stride > 1 {
				add(LayerConfig{Kind: KindSubsample, Stride: stride, Inputs: []string{from}})
				from = name + "shortcut"
				more := width - channels
				add(LayerConfig{Kind: KindPadChannels, Name: from, Before: more / 2, After: more - more/2})
			}
			add(LayerConfig{Kind: KindAdd, Inputs: []string{name + "bn2", from}})
			from, channels = name+"relu2", width
			add(LayerConfig{Kind: KindReLU, Name: from})
		}
	}
	add(LayerConfig{Kind: KindGlobalAvgPool})
	add(LayerConfig{Kind: KindDense, Name: "linear", Units: classes})
	return c
}

// vgg is convolutions of 3 x 3 with batch normalisation, so many in each of the stages
// of 64, 128, 256, 512 and 512 channels, each ending in max pooling, and a dense
// layer.
func vgg(input dataset.Shape, classes int, stages ...int) Config {
	c := Config{Input: input, Init: InitHe}
	for stage, count := range stages {
		for range count {
			c.Layers = append(c.Layers,
				LayerConfig{Kind: KindConv, Units: min(64<<stage, 512), Kernel: 3, Stride: 1, Padding: 1},
				normalised(""), LayerConfig{Kind: KindReLU})
		}
		c.Layers = append(c.Layers, LayerConfig{Kind: KindMaxPool, Kernel: 2, Stride: 2})
	}
	c.Layers = append(c.Layers, LayerConfig{Kind: KindFlatten}, LayerConfig{Kind: KindDense, Units: classes})
	return c
}
