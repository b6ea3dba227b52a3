package kernel

import "testing"

// Assembly does not check its bounds, so what a caller can do wrong is found
// before it runs.
func TestMisusePanics(t *testing.T) {
	m := func(rows, cols int) Mat { return NewMat(rows, cols) }
	short := m(4, 16)
	short.Data = short.Data[:60]
	shape := ConvShape{C: 1, H: 4, W: 4, O: 2, KH: 3, KW: 3, Stride: 1}
	pool := PoolShape{C: 1, H: 4, W: 4, Size: 2, Stride: 2}
	ptr, ind := []int32{0, 1, 2}, []int32{0, 1}
	one := []float32{1}
	images := make([]uint8, 8)
	for _, c := range []struct {
		name, want string
		call       func()
	}{
		{"batches differ", badShape, func() { NewDense(2, 3).Forward(m(2, 16), m(3, 32)) }},
		{"rows differ", badShape, func() { NewDense(2, 3).InputGrad(m(2, 16), m(2, 16)) }},
		{"short matrix", badShape, func() { NewSparseDense(2, 4, ptr, ind).Forward(m(2, 16), short) }},
		{"short gradient", badLength, func() { NewDense(2, 3).AddWeightGrad(make([]float32, 5), m(2, 16), m(3, 16)) }},
		{"short sparse gradient", badLength, func() { NewSparseDense(2, 3, ptr, ind).AddWeightGrad(one, m(2, 16), m(3, 16)) }},
		{"whole batch in a convolution", badShape, func() { NewConv(shape).Forward(m(shape.Out(), 32), m(shape.In(), 32)) }},
		{"filter larger than input", badConv, func() { NewConv(ConvShape{C: 1, H: 2, W: 2, O: 1, KH: 3, KW: 3, Stride: 1}) }},
		{"columns not ascending", badCSR, func() { NewSparseDense(1, 3, []int32{0, 2}, []int32{1, 1}) }},
		{"column out of range", badCSR, func() { NewSparseConv(shape, []int32{0, 1, 1}, []int32{9}) }},
		{"too few rows", badCSR, func() { NewSparseDense(3, 3, ptr, ind) }},
		{"window larger than plane", badPool, func() { AvgPool(nil, nil, PoolShape{C: 1, H: 1, W: 1, Size: 2, Stride: 1}) }},
		{"short pooling", badLength, func() { MaxPool(make([]float32, 64), nil, make([]float32, 256), pool) }},
		{"short bias", badLength, func() { AddBias(one, 2, one) }},
		{"short step", badLength, func() { SGDStep(one, nil, one, SGD{}) }},
		{"step 0", badStep, func() { AdamStep(one, one, one, one, Adam{}) }},
		{"label", badLabel, func() { SoftmaxCrossEntropy(m(2, 1), m(2, 1), []uint16{2}) }},
		{"image", badIndex, func() { GatherTranspose(m(4, 1), images, []int32{2}, 4, 4, one, one) }},
		{"negative image", badIndex, func() { GatherTranspose(m(4, 1), images, []int32{-1}, 4, 4, one, one) }},
		{"plane", badShape, func() { GatherTranspose(m(4, 1), images, []int32{0}, 4, 3, one, one) }},
		{"slice past the end", badShape, func() { Slice(m(2, 16), m(2, 32), 32) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if r := recover(); r != c.want {
					t.Errorf("panics with %v, want %q", r, c.want)
				}
			}()
			c.call()
		})
	}
}
