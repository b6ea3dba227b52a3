package nn

import (
	"fmt"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

var add = kind{
	name: KindAdd, example: "{add: [conv2, relu1]}", settings: joinSettings, words: joinWords, joins: true,
	emits:    LayerConfig.joined,
	build:    func(n *Network, i int, _ node) Layer { return &Add{relu: n.topology.fusesReLU(i)} },
	constant: func(_ LayerConfig, c float32) (float32, bool) { return c, false },
}

var concat = kind{
	name: KindConcat, example: "{concat: [conv2, relu1]}", settings: joinSettings, words: joinWords, joins: true,
	emits: LayerConfig.joined,
	build: func(*Network, int, node) Layer { return &Concat{} },
	places: func(t *Topology, n node, from way) []int {
		var all []int
		before := 0
		for _, j := range n.inputs {
			if j == from.layer {
				all = append(all, before+from.first)
			}
			before += t.emitted(j).C
		}
		return all
	},
}

func joinSettings(l *LayerConfig) []Setting {
	return []Setting{{Key: "inputs", Value: &l.Inputs, Needed: true, Alone: true, Always: true}}
}

func joinWords(l LayerConfig) string {
	return string(l.Kind) + " " + strings.Join(l.Inputs, " + ")
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

// Add is y = x_1 + ... + x_k, with the ReLU that reads it alone, if there is one.
type Add struct {
	parameterless
	relu   bool
	norm   *BatchNorm // one that is computed here in training; nil: none
	normed int        // whose output is this one of two inputs
	y      slots
	dxs    []kernel.Mat
}

// Forward computes y = x_1 + ... + x_k, or max(0, x_1 + ... + x_k).
func (l *Add) Forward(xs []kernel.Mat, m Mode) kernel.Mat {
	y := l.y.get(m.Slot, xs[0].Rows, xs[0].Cols)
	last := len(xs) - 1
	sum := xs[0].Data
	for _, x := range xs[1:last] {
		kernel.Add(y.Data, sum, x.Data)
		sum = y.Data
	}
	switch {
	case l.norm != nil && m.Train:
		l.norm.add(*y, xs[l.normed], xs[1-l.normed], l.relu)
	case l.relu:
		kernel.AddReLU(y.Data, sum, xs[last].Data)
	default:
		kernel.Add(y.Data, sum, xs[last].Data)
	}
	l.dxs = l.dxs[:0]
	for range xs {
		l.dxs = append(l.dxs, kernel.Mat{})
	}
	return *y
}

// ReLU returns the output, where there is one.
func (l *Add) ReLU(slot int) []float32 {
	if !l.relu {
		return nil
	}
	return l.y[slot].Data
}

// Backward computes dx_i = dy, which is 0 where the ReLU gave 0.
func (l *Add) Backward(dy kernel.Mat, m Mode) []kernel.Mat {
	if l.relu && !m.Masked {
		kernel.ReLUGrad(dy.Data, dy.Data, l.y[m.Slot].Data)
	}
	for i := range l.dxs {
		l.dxs[i] = dy
	}
	return l.dxs
}

// Concat puts the channels of its inputs one after the other.
type Concat struct {
	parameterless
	y    slots
	rows []int // where each input begins, and the end
	dxs  []kernel.Mat
}

// Forward copies x_1, ..., x_k into y, in which their rows follow each other.
func (l *Concat) Forward(xs []kernel.Mat, m Mode) kernel.Mat {
	l.rows = append(l.rows[:0], 0)
	for i, x := range xs {
		l.rows = append(l.rows, l.rows[i]+x.Rows)
	}
	y := l.y.get(m.Slot, l.rows[len(xs)], xs[0].Cols)
	for i, x := range xs {
		copy(band(*y, l.rows[i], l.rows[i+1]).Data, x.Data)
	}
	return *y
}

// Backward hands each input its rows of dy.
func (l *Concat) Backward(dy kernel.Mat, _ Mode) []kernel.Mat {
	l.dxs = l.dxs[:0]
	for i, from := range l.rows[:len(l.rows)-1] {
		l.dxs = append(l.dxs, band(dy, from, l.rows[i+1]))
	}
	return l.dxs
}
