package onnx

import (
	"errors"
	"fmt"
	"slices"

	"prunelab/model/nn"
)

func (b *builder) maxPool(n *node) error { return b.pool(n, nn.KindMaxPool) }

func (b *builder) averagePool(n *node) error { return b.pool(n, nn.KindAvgPool) }

// pool is the maximum or the mean of windows. Padding that differs between the ends of
// a side has its equal where the windows are the same as with that at the beginning on
// both.
func (b *builder) pool(n *node, kind nn.Kind) error {
	from, err := b.planes(n)
	if err != nil {
		return err
	}
	if len(n.attributes["kernel_shape"].ints) == 0 {
		return errors.New("it has no kernel_shape")
	}
	kh64, kw64, err := n.pairOf("kernel_shape")
	if err != nil {
		return err
	}
	kh, kw := int(kh64), int(kw64)
	f, err := n.window(from, kh, kw)
	if err != nil {
		return err
	}
	none := f.even() && f.top == 0
	if kind == nn.KindAvgPool && none && kh == from.shape.H && kw == from.shape.W {
		return b.emit(n, nn.LayerConfig{Kind: nn.KindGlobalAvgPool})
	}
	if kh != kw {
		return fmt.Errorf("a window of %d x %d; square ones are supported", kh, kw)
	}
	ceil := n.whole("ceil_mode", 0) != 0
	counted := kind == nn.KindAvgPool && n.whole("count_include_pad", 0) != 0 && !none
	c := nn.LayerConfig{Kind: kind, Kernel: kh, Stride: f.stride, Ceil: ceil}
	if f.even() {
		c.Padding, c.CountPadding = f.top, counted
		return b.emit(n, c)
	}
	if counted { // zeros like others, beyond which nothing counts
		if from, err = b.append(n, f.pad(), from); err != nil {
			return err
		}
		v, err := b.append(n, c, from)
		return b.give(n, v, err)
	}
	oh, ow := f.windows(from.shape.H, kh, f.top, f.bottom, ceil), f.windows(from.shape.W, kw, f.left, f.right, ceil)
	for _, c.Ceil = range []bool{false, true} {
		c.Padding = f.top
		out, err := c.Emits([]shape{from.shape}, from.flat)
		if err == nil && f.top == f.left && out.H == oh && out.W == ow {
			v, err := b.append(n, c, from)
			return b.give(n, v, err)
		}
	}
	return fmt.Errorf("pads of %d, %d, %d, %d (top, left, bottom, right) have no equal here; give it the same padding on each side", f.top, f.left, f.bottom, f.right)
}

// windows is the number of a side of n cells.
func (f frame) windows(n, kernel, before, after int, ceil bool) int {
	room := n + before + after - kernel
	count := room/f.stride + 1
	if ceil && room%f.stride != 0 && count*f.stride < n+before {
		count++
	}
	return count
}

func (b *builder) globalAveragePool(n *node) error {
	if _, err := b.planes(n); err != nil {
		return err
	}
	return b.emit(n, nn.LayerConfig{Kind: nn.KindGlobalAvgPool})
}

// reduceMean is the mean over the pixels of each channel.
func (b *builder) reduceMean(n *node) error {
	v, err := b.planes(n)
	if err != nil {
		return err
	}
	list, _, err := b.wholes(n, "axes", 1)
	if err != nil {
		return err
	}
	over, err := axes(list, 4)
	if err != nil {
		return err
	}
	if !slices.Equal(over, []int{2, 3}) {
		return fmt.Errorf("a mean over axes %v; that over the pixels, 2 and 3, is supported", list)
	}
	v, err = b.append(n, nn.LayerConfig{Kind: nn.KindGlobalAvgPool}, v)
	if n.whole("keepdims", 1) == 0 {
		v.rank = 2
	}
	return b.give(n, v, err)
}
