package kernel

import (
	"fmt"
	"testing"
	"time"
)

// benchVariants runs a benchmark in every variant of this machine.
func benchVariants(b *testing.B, name string, f func(b *testing.B)) {
	before := Variant()
	defer mustUse(before)
	for _, v := range Variants() {
		mustUse(v)
		b.Run(name+"/"+v, f)
	}
}

// report adds the rate of multiply-adds, each counted as two operations, and its
// part of the peak of the core, which is measured anew: clocks change.
func report(b *testing.B, multiplyAdds int) {
	rate := 2 * float64(multiplyAdds) * float64(b.N) / float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(rate, "GFLOP/s")
	b.ReportMetric(rate/PeakGFLOPS(5*time.Millisecond), "of-peak")
}

// BenchmarkPeak reports the best millisecond and the mean, which tells how cores
// share what they share.
func BenchmarkPeak(b *testing.B) {
	var best, sum float64
	for b.Loop() {
		rate := PeakGFLOPS(time.Millisecond)
		best, sum = max(best, rate), sum+rate
	}
	b.ReportMetric(best, "GFLOP/s")
	b.ReportMetric(sum/float64(b.N), "mean-GFLOP/s")
}

// benchLinear times the three products of a map with so many multiply-adds each.
func benchLinear(b *testing.B, name string, make func() linear, out, in, weights, n int, macs func() int) {
	r := newRand(1)
	x, _ := randomMat(r, in, n)
	dy, _ := randomMat(r, out, n)
	y, dx := NewMat(out, n), NewMat(in, n)
	w, dw := random(r, weights, 0).data, Alloc(weights)
	for _, part := range []struct {
		name string
		call func(m linear)
	}{
		{"forward", func(m linear) { m.Forward(y, x) }},
		{"weightgrad", func(m linear) { m.AddWeightGrad(dw, dy, x) }},
		{"inputgrad", func(m linear) { m.InputGrad(dx, dy) }},
		{"load", func(m linear) { m.Load(w) }},
	} {
		benchVariants(b, part.name+"/"+name, func(b *testing.B) {
			m := make()
			m.Load(w)
			part.call(m)
			for b.Loop() {
				part.call(m)
			}
			if part.name != "load" {
				report(b, macs())
			}
		})
	}
}

var benchDense = []struct{ in, out, n int }{{784, 300, 128}, {300, 100, 128}, {100, 10, 128}, {800, 500, 128}}

func BenchmarkDense(b *testing.B) {
	for _, s := range benchDense {
		benchLinear(b, fmt.Sprintf("%dx%dx%d", s.in, s.out, s.n), func() linear { return NewDense(s.out, s.in) },
			s.out, s.in, s.out*s.in, s.n, func() int { return s.out * s.in * s.n })
	}
}

var benchConv = []struct {
	name string
	ConvShape
}{
	{"lenet5-conv1", ConvShape{C: 1, H: 28, W: 28, O: 20, KH: 5, KW: 5, Stride: 1}},
	{"lenet5-conv2", ConvShape{C: 20, H: 12, W: 12, O: 50, KH: 5, KW: 5, Stride: 1}},
	{"cifar-conv1", ConvShape{C: 3, H: 32, W: 32, O: 32, KH: 5, KW: 5, Stride: 1, Pad: 2}},
	{"cifar-conv2", ConvShape{C: 32, H: 16, W: 16, O: 32, KH: 5, KW: 5, Stride: 1, Pad: 2}},
	{"cifar-conv3", ConvShape{C: 32, H: 8, W: 8, O: 64, KH: 5, KW: 5, Stride: 1, Pad: 2}},
	{"alexnet-conv4", ConvShape{C: 96, H: 4, W: 4, O: 64, KH: 3, KW: 3, Stride: 1, Pad: 1}},
	{"resnet20-stage1", ConvShape{C: 16, H: 32, W: 32, O: 16, KH: 3, KW: 3, Stride: 1, Pad: 1}},
	{"resnet20-stage2", ConvShape{C: 32, H: 16, W: 16, O: 32, KH: 3, KW: 3, Stride: 1, Pad: 1}},
	{"resnet20-stage3", ConvShape{C: 64, H: 8, W: 8, O: 64, KH: 3, KW: 3, Stride: 1, Pad: 1}},
}

// connections counts the multiply-adds of a convolution for one sample. Those
// that meet the padding do not count.
func connections(s ConvShape) int {
	axis := func(in, taps, out int) (n int) {
		for i := range in {
			n += len(s.links(i, taps, out))
		}
		return n
	}
	return s.O * s.C * axis(s.H, s.KH, s.OH()) * axis(s.W, s.KW, s.OW())
}

func BenchmarkConv(b *testing.B) {
	for _, s := range benchConv {
		benchLinear(b, s.name, func() linear { return NewConv(s.ConvShape) },
			s.Out(), s.In(), s.O*s.K(), Lanes, func() int { return connections(s.ConvShape) * Lanes })
	}
}

var benchDensities = []float64{0.1, 0.05, 0.02}

func BenchmarkSparseDense(b *testing.B) {
	for _, s := range benchDense[:2] {
		for _, density := range benchDensities {
			ptr, ind := randomCSR(newRand(2), s.out, s.in, density)
			benchLinear(b, fmt.Sprintf("%dx%dx%d/%v", s.in, s.out, s.n, density),
				func() linear { return NewSparseDense(s.out, s.in, ptr, ind) },
				s.out, s.in, len(ind), s.n, func() int { return len(ind) * s.n })
		}
	}
}

func BenchmarkSparseConv(b *testing.B) {
	for _, s := range benchConv {
		for _, density := range benchDensities {
			ptr, ind := randomCSR(newRand(2), s.O, s.K(), density)
			benchLinear(b, fmt.Sprintf("%s/%v", s.name, density),
				func() linear { return NewSparseConv(s.ConvShape, ptr, ind) },
				s.Out(), s.In(), len(ind), Lanes, func() int { return connections(s.ConvShape) * Lanes * len(ind) / (s.O * s.K()) })
		}
	}
}

// BenchmarkElementwise times what lies between the linear maps, at the sizes of
// LeNet-5 on a slice of Lanes samples and of LeNet-300-100 on a batch of 128.
func BenchmarkElementwise(b *testing.B) {
	r := newRand(3)
	pool := PoolShape{C: 20, H: 24, W: 24, Size: 2, Stride: 2}
	overlap := PoolShape{C: 32, H: 32, W: 32, Size: 3, Stride: 2}
	n := max(pool.In(), overlap.In()) * Lanes
	x, dx, y := random(r, n, 0).data, random(r, n, 0).data, random(r, n, 0).data
	arg := make([]uint8, n)
	bias := random(r, 300, 0).data
	z, _ := randomMat(r, 10, 128)
	d := NewMat(10, 128)
	labels := make([]uint16, 128)
	const weights = 784 * 300
	w, v, m, g := random(r, weights, 0).data, random(r, weights, 0).data, random(r, weights, 0).data, random(r, weights, 0).data
	images, index := make([]uint8, 60000*784), make([]int32, 128)
	for j := range index {
		index[j] = int32(r.IntN(60000))
	}
	batch, one := NewMat(784, 128), []float32{1}
	slice := NewMat(800, Lanes)
	flat := NewMat(800, 128)
	for _, k := range []struct {
		name string
		call func()
	}{
		{"AddBias/20x576", func() { AddBias(x, 576*Lanes, bias[:20]) }},
		{"AddBiasReLU/300x128", func() { AddBiasReLU(x, 128, bias) }},
		{"AddBiasGrad/20x576", func() { AddBiasGrad(bias[:20], x, 576*Lanes) }},
		{"AddBiasGrad/300x128", func() { AddBiasGrad(bias, x, 128) }},
		{"ReLU/300x128", func() { ReLU(y[:300*128], x[:300*128]) }},
		{"ReLUGrad/300x128", func() { ReLUGrad(dx[:300*128], y[:300*128], x[:300*128]) }},
		{"MaxPool/20x24x24by2", func() { MaxPool(y[:pool.Out()*Lanes], arg[:pool.Out()*Lanes], x[:pool.In()*Lanes], pool) }},
		{"MaxPoolGrad/20x24x24by2", func() { MaxPoolGrad(dx[:pool.In()*Lanes], y[:pool.Out()*Lanes], arg[:pool.Out()*Lanes], pool) }},
		{"MaxPool/32x32x32by3", func() {
			MaxPool(y[:overlap.Out()*Lanes], arg[:overlap.Out()*Lanes], x[:overlap.In()*Lanes], overlap)
		}},
		{"MaxPoolGrad/32x32x32by3", func() {
			MaxPoolGrad(dx[:overlap.In()*Lanes], y[:overlap.Out()*Lanes], arg[:overlap.Out()*Lanes], overlap)
		}},
		{"AvgPool/32x32x32by3", func() { AvgPool(y[:overlap.Out()*Lanes], x[:overlap.In()*Lanes], overlap) }},
		{"SoftmaxCrossEntropy/10x128", func() { SoftmaxCrossEntropy(d, z, labels) }},
		{"SGDStep/235200", func() { SGDStep(w, v, g, SGD{LR: 1e-9, L2: 1e-4, L1: 1e-5, Momentum: 0.9}) }},
		{"SoftThreshold/235200", func() { SoftThreshold(w, 1e-9) }},
		{"AdamStep/235200", func() { AdamStep(w, m, v, g, Adam{LR: 1e-9, Beta1: 0.9, Beta2: 0.999, Eps: 1, Step: 1}) }},
		{"GatherTranspose/784x128", func() { GatherTranspose(batch, images, index, 784, 784, one, one) }},
		{"Slice/800", func() { Slice(slice, flat, 16) }},
		{"Unslice/800", func() { Unslice(flat, 16, slice) }},
	} {
		benchVariants(b, k.name, func(b *testing.B) {
			for b.Loop() {
				k.call()
			}
		})
	}
}
