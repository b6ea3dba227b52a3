package nn

import (
	"fmt"
	"math"

	"prunelab/model/dataset"
)

// Emits returns the shape of the layer's output for inputs of the given shapes;
// flat says that a dense layer came before.
func (l LayerConfig) Emits(ins []dataset.Shape, flat bool) (dataset.Shape, error) {
	in := ins[0]
	switch {
	case l.joins() && len(ins) < 2:
		return in, fmt.Errorf("it reads one output; inputs names the layers that it joins")
	case !l.joins() && len(ins) > 1:
		return in, fmt.Errorf("it reads %d outputs; only add and concat join several", len(ins))
	case l.spatial() && flat:
		return in, fmt.Errorf("comes after a dense layer; images end there")
	}
	switch l.Kind {
	case KindDense:
		if l.Units < 1 {
			return in, fmt.Errorf("%d outputs, at least 1 is needed", l.Units)
		}
		return dataset.Shape{C: l.Units, H: 1, W: 1}, nil
	case KindConv:
		return l.convolved(in)
	case KindMaxPool, KindAvgPool:
		return l.pooled(in)
	case KindGlobalAvgPool:
		return dataset.Shape{C: in.C, H: 1, W: 1}, nil
	case KindBatchNorm:
		if !(l.Epsilon > 0) || math.IsInf(l.Epsilon, 0) {
			return in, fmt.Errorf("epsilon %v is not a positive number", l.Epsilon)
		}
		if !(l.Momentum > 0 && l.Momentum <= 1) {
			return in, fmt.Errorf("momentum %v is not in (0, 1]", l.Momentum)
		}
		return in, nil
	case KindDropout:
		if !(l.Rate >= 0 && l.Rate < 1) {
			return in, fmt.Errorf("rate %v is not in [0, 1)", l.Rate)
		}
		return in, nil
	case KindLeakyReLU:
		if !(l.Slope >= 0 && l.Slope < 1) {
			return in, fmt.Errorf("slope %v is not in [0, 1)", l.Slope)
		}
		return in, nil
	case KindAdd, KindConcat:
		return l.joined(ins)
	case KindPad:
		if min(l.Top, l.Bottom, l.Left, l.Right) < 0 {
			return in, fmt.Errorf("a negative number of zeros")
		}
		return dataset.Shape{C: in.C, H: in.H + l.Top + l.Bottom, W: in.W + l.Left + l.Right}, nil
	case KindPadChannels:
		if min(l.Before, l.After) < 0 {
			return in, fmt.Errorf("a negative number of channels")
		}
		return dataset.Shape{C: in.C + l.Before + l.After, H: in.H, W: in.W}, nil
	case KindSubsample:
		if l.Stride < 1 {
			return in, fmt.Errorf("stride %d, at least 1 is needed", l.Stride)
		}
		return dataset.Shape{C: in.C, H: (in.H-1)/l.Stride + 1, W: (in.W-1)/l.Stride + 1}, nil
	case KindReLU, KindReLU6, KindFlatten:
		return in, nil
	}
	return in, fmt.Errorf("unknown kind of layer")
}

// convolved is Emits of a convolution.
func (l LayerConfig) convolved(in dataset.Shape) (dataset.Shape, error) {
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

// pooled is Emits of a pooling.
func (l LayerConfig) pooled(in dataset.Shape) (dataset.Shape, error) {
	h, w := in.H+2*l.Padding, in.W+2*l.Padding
	switch {
	case l.Kernel < 1 || l.Stride < 1 || l.Padding < 0:
		return in, fmt.Errorf("kernel and stride are at least 1, padding at least 0")
	case 2*l.Padding > l.Kernel:
		return in, fmt.Errorf("padding %d is more than half of its window of %d", l.Padding, l.Kernel)
	case l.Kernel > h || l.Kernel > w:
		return in, fmt.Errorf("its window of %d x %d is larger than its input of %d x %d", l.Kernel, l.Kernel, h, w)
	case l.Kernel*l.Kernel > math.MaxUint8+1:
		return in, fmt.Errorf("a window of %d x %d is too large, 16 x 16 is the largest", l.Kernel, l.Kernel)
	}
	return dataset.Shape{C: in.C, H: l.windows(in.H), W: l.windows(in.W)}, nil
}

// windows is the number of a pooling's windows along a side of n cells. With
// Ceil the last one may reach beyond the padding, if it begins within the side or
// the padding before it (PyTorch's ceil_mode).
func (l LayerConfig) windows(n int) int {
	room := n + 2*l.Padding - l.Kernel
	count := room/l.Stride + 1
	if l.Ceil && room%l.Stride != 0 && count*l.Stride < n+l.Padding {
		count++
	}
	return count
}

// joined is Emits of add and concat.
func (l LayerConfig) joined(ins []dataset.Shape) (dataset.Shape, error) {
	out := ins[0]
	for _, in := range ins[1:] {
		if l.Kind == KindAdd && in != out {
			return out, fmt.Errorf("it adds outputs of %v and of %v", ins[0], in)
		}
		if in.H != out.H || in.W != out.W {
			return out, fmt.Errorf("it joins planes of %d x %d and of %d x %d", out.H, out.W, in.H, in.W)
		}
		if l.Kind == KindConcat {
			out.C += in.C
		}
	}
	return out, nil
}
