package nn

import (
	"fmt"
	"math/rand/v2"

	"prunelab/model/kernel"
)

var relu = kind{
	name: KindReLU,
	build: func(n *Network, i int, _ node) Layer {
		if n.topology.emitter(i) != i {
			return pass{}
		}
		return &ReLU{}
	},
	constant: func(_ LayerConfig, c float32) (float32, bool) { return max(c, 0), true },
}

var relu6 = kind{
	name:     KindReLU6,
	build:    func(*Network, int, node) Layer { return &ReLU6{} },
	constant: func(_ LayerConfig, c float32) (float32, bool) { return min(max(c, 0), 6), true },
}

var leakyReLU = kind{
	name: KindLeakyReLU, example: "{leakyrelu: 0.1}",
	settings: func(l *LayerConfig) []Setting {
		return []Setting{{Key: "slope", Value: &l.Slope, Within: fraction, Needed: true, Alone: true}}
	},
	build:    func(_ *Network, _ int, p node) Layer { return &LeakyReLU{Slope: float32(p.Slope)} },
	constant: func(l LayerConfig, c float32) (float32, bool) { return max(c, c*float32(l.Slope)), true },
}

var dropout = kind{
	name: KindDropout, example: "{dropout: 0.5}",
	settings: func(l *LayerConfig) []Setting {
		return []Setting{{Key: "rate", Value: &l.Rate, Within: fraction, Rounded: true, Needed: true, Alone: true}}
	},
	words: func(l LayerConfig) string { return fmt.Sprintf("dropout %v", l.Rate) },
	build: func(n *Network, _ int, p node) Layer {
		return &Dropout{Index: len(n.dropouts), Base: p.Rate, Rate: p.Rate, units: p.in.Features()}
	},
}

// ReLU is y = max(0, x). One that alone reads an Affine is part of that layer
// instead.
type ReLU struct {
	parameterless
	y slots
}

// Forward computes y = max(0, x).
func (l *ReLU) Forward(x kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, x.Rows, x.Cols)
	kernel.ReLU(y.Data, x.Data)
	return *y
}

// Backward computes dx = dy where y > 0, else 0.
func (l *ReLU) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	kernel.ReLUGrad(dy.Data, dy.Data, l.y[m.Slot].Data)
	return dy
}

// ReLU6 is y = min(max(0, x), 6).
type ReLU6 struct {
	parameterless
	y slots
}

// Forward computes y = min(max(0, x), 6).
func (l *ReLU6) Forward(x kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, x.Rows, x.Cols)
	for i, v := range x.Data {
		y.Data[i] = min(max(0, v), 6)
	}
	return *y
}

// Backward computes dx = dy where 0 < y < 6, else 0.
func (l *ReLU6) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	for i, v := range l.y[m.Slot].Data {
		if !(v > 0 && v < 6) {
			dy.Data[i] = 0
		}
	}
	return dy
}

// LeakyReLU is y = x where x > 0, else Slope x.
type LeakyReLU struct {
	parameterless
	Slope float32
	x, y  slots
}

// Forward computes y.
func (l *LeakyReLU) Forward(x kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, x.Rows, x.Cols)
	for i, v := range x.Data {
		if !(v > 0) {
			v *= l.Slope
		}
		y.Data[i] = v
	}
	if m.Train {
		*l.x.at(m.Slot) = x
	}
	return *y
}

// Backward computes dx = dy where x > 0, else Slope dy.
func (l *LeakyReLU) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	for i, v := range l.x[m.Slot].Data {
		if !(v > 0) {
			dy.Data[i] *= l.Slope
		}
	}
	return dy
}

// Dropout drops each value with probability Rate in training and divides the
// others by 1 - Rate; otherwise it passes its input on (Srivastava et al.
// 2014, in the form that needs no scaling afterwards).
type Dropout struct {
	parameterless
	Index   int       // among the network's dropout layers, from 0
	Base    float64   // rate of the configuration
	Rate    float64   // rate in force
	Readers []*Affine // layers with weights that read the dropped units

	units int // features at its place
	r     *rand.Rand
	scale slots // 0 or 1/(1-Rate), by slot
	y     slots
}

// SetStream gives the dropout layer its random numbers.
func (l *Dropout) SetStream(r *rand.Rand) { l.r = r }

// Skip draws from the stream what Forward draws for batches of n samples in
// training, so that a training goes on in the middle of an epoch.
func (l *Dropout) Skip(batches, n int) {
	if l.Rate == 0 {
		return
	}
	for range batches * l.units * ((n + 3) / 4) {
		l.r.Uint64()
	}
}

// Forward computes y = x * scale. Each decision takes 16 bits of the stream,
// so rates hold to 1/65536.
func (l *Dropout) Forward(x kernel.Mat, m Mode) kernel.Mat {
	if !m.Train || l.Rate == 0 {
		return x
	}
	scale := l.scale.get(m.Slot, x.Rows, x.Cols)
	y := l.y.get(m.Slot, x.Rows, x.Cols)
	keep := float32(1 / (1 - l.Rate))
	limit := uint64(l.Rate * (1 << 16))
	for i := range x.Rows {
		s, xi, yi := scale.Row(i), x.Row(i), y.Row(i)
		var bits uint64
		for j := range s {
			if j%4 == 0 {
				bits = l.r.Uint64()
			}
			s[j] = keep
			if bits&0xffff < limit {
				s[j] = 0
			}
			bits >>= 16
			yi[j] = xi[j] * s[j]
		}
	}
	return *y
}

// Backward computes dx = dy * scale.
func (l *Dropout) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	if l.Rate == 0 {
		return dy
	}
	for i := range dy.Rows {
		s, d := l.scale[m.Slot].Row(i), dy.Row(i)
		for j := range d {
			d[j] *= s[j]
		}
	}
	return dy
}
