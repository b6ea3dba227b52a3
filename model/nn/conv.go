package nn

import (
	"cmp"
	"fmt"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

var conv = kind{
	name: KindConv, example: "{conv: {filters: 20, kernel: 5}}",
	settings: func(l *LayerConfig) []Setting {
		return []Setting{
			{Key: "filters", Value: &l.Units, Least: 1, Most: mostUnits, Needed: true},
			{Key: "kernel", Value: &l.Kernel, Least: 1, Most: mostKernel, Needed: true},
			{Key: "width", Value: &l.KernelWidth, Least: 1, Most: mostKernel},
			{Key: "stride", Value: &l.Stride, Least: 1, Most: mostKernel, Always: true},
			{Key: "padding", Value: &l.Padding, Most: mostKernel, Always: true},
			{Key: "groups", Value: &l.Groups, Least: 1, Most: mostUnits},
			{Key: "bias", Value: &l.NoBias, Not: true},
		}
	},
	unsaid: LayerConfig{Stride: 1},
	settle: func(l *LayerConfig) { // left unsaid, so that a network has one description
		if l.KernelWidth == l.Kernel {
			l.KernelWidth = 0
		}
		if l.Groups == 1 {
			l.Groups = 0
		}
	},
	words: func(l LayerConfig) string {
		s := fmt.Sprintf("%s %d@%d×%d", l.Name, l.Units, l.Kernel, cmp.Or(l.KernelWidth, l.Kernel))
		if l.Stride > 1 {
			s += fmt.Sprintf(" stride %d", l.Stride)
		}
		if l.Padding > 0 {
			s += fmt.Sprintf(" padding %d", l.Padding)
		}
		if l.Groups > 1 {
			s += fmt.Sprintf(" in %d groups", l.Groups)
		}
		return s
	},
	fanIn: func(l LayerConfig, in dataset.Shape) int {
		kh, kw := l.window()
		return in.C / l.groups() * kh * kw
	},
	learns: true, planes: true,
	emits: LayerConfig.convolved,
	build: buildAffine,
}

// groups is the number of parts of a convolution's channels.
func (l LayerConfig) groups() int { return max(1, l.Groups) }

// window returns the height and width of a window.
func (l LayerConfig) window() (h, w int) {
	if l.KernelWidth > 0 {
		return l.Kernel, l.KernelWidth
	}
	return l.Kernel, l.Kernel
}

// convolved is Emits of a convolution.
func (l LayerConfig) convolved(ins []dataset.Shape) (dataset.Shape, error) {
	in := ins[0]
	kh, kw := l.window()
	h, w := in.H+2*l.Padding, in.W+2*l.Padding
	switch {
	case l.Kernel < 1 || l.Stride < 1 || l.Padding < 0 || l.Units < 1 || l.KernelWidth < 0 || l.Groups < 0:
		return in, fmt.Errorf("filters, kernel and stride are at least 1, padding at least 0")
	case l.Padding >= min(kh, kw) && l.Padding > 0:
		return in, fmt.Errorf("padding %d is not smaller than the kernel, %d", l.Padding, min(kh, kw))
	case kh > h || kw > w:
		return in, fmt.Errorf("its window of %d x %d is larger than its input of %d x %d", kh, kw, h, w)
	case in.C%l.groups() != 0 || l.Units%l.groups() != 0:
		return in, fmt.Errorf("%d channels and %d filters do not fall into %d groups", in.C, l.Units, l.groups())
	}
	return dataset.Shape{C: l.Units, H: (h-kh)/l.Stride + 1, W: (w-kw)/l.Stride + 1}, nil
}

func (n node) conv() kernel.ConvShape {
	kh, kw := n.window()
	return kernel.ConvShape{C: n.in.C, H: n.in.H, W: n.in.W, O: n.Units, KH: kh, KW: kw, Stride: n.Stride, Pad: n.Padding}
}
