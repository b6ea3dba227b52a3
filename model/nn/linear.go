package nn

import "prunelab/model/kernel"

// SparseBelow is the density below which a pruned layer holds and computes
// its survivors only. It is fixed, so that results do not depend on a clock:
// the sparse kernels reach a little under half the speed of the dense ones
// for each weight.
const SparseBelow = 0.35

// product is the map y = Wx over a batch and its gradients, by the kernels of
// package kernel: matrix products (GEMM) and convolutions, or, where the
// survivors alone are held, sparse-dense products (SpMM) with the gradient of W
// taken at the survivors (SDDMM).
type product interface {
	Load(w []float32)                             // takes the weights for the calls that follow
	Forward(y, x kernel.Mat)                      // y = W x
	AddWeightGrad(dw []float32, dy, x kernel.Mat) // dw += dy xᵀ
	InputGrad(dx, dy kernel.Mat)                  // dx = Wᵀ dy
}

// A stager is a product that hands over its outputs in parts.
type stager interface {
	ForwardThen(y, x kernel.Mat, then func(lo, hi int)) // Forward; then: units from lo up to hi are there
}

// A normaliser is a product that can read x through a batch normalisation.
type normaliser interface {
	Normalise(n *kernel.Norm) // Forward and AddWeightGrad read x so, until another call; nil: as it is
	// NormaliseGrad is that of dy, which AddWeightGrad and InputGrad read, and reports
	// whether they can.
	NormaliseGrad(n *kernel.NormGrad) bool
}

// A setter is a product that need not have the gradient of W cleared.
type setter interface {
	SetWeightGrad(dw []float32, dy, x kernel.Mat) // dw = dy xᵀ
}

// linear is the linear map of a layer, dense or a convolution: its shape, and
// the product that suits the weights that are left.
type linear struct {
	in, out int              // rows of x: I, or C x H x W; rows of y: O, or O x OH x OW
	conv    kernel.ConvShape // of a convolution, else zero
	groups  int              // parts that its channels fall into, each convolved by itself
	fanIn   int              // K
	fanOut  int              // outputs that an input reaches: O, or O x KH x KW
	product
}

func newDense(out, in int) linear { return linear{in: in, out: out, fanIn: in, fanOut: out} }

func newConv(s kernel.ConvShape, groups int) linear {
	return linear{in: s.In(), out: s.Out(), conv: s, groups: groups, fanIn: s.K() / groups, fanOut: s.O / groups * s.KH * s.KW}
}

// use makes the product for the weights of w that are left.
func (l *linear) use(w *Param) {
	conv := l.conv != kernel.ConvShape{}
	if !w.Compact() {
		switch {
		case conv && l.groups > 1:
			l.product = newGrouped(l.conv, l.groups)
		case conv:
			l.product = kernel.NewConv(l.conv)
		default:
			l.product = kernel.NewDense(l.out, l.in)
		}
		return
	}
	ptr, ind := w.Mask.rows(l.fanIn)
	if conv {
		l.product = kernel.NewSparseConv(l.conv, ptr, spread(ptr, ind, l.conv, l.groups))
	} else {
		l.product = kernel.NewSparseDense(l.out, l.in, ptr, ind)
	}
}

// epilogue is what follows the product while its result is in cache: z = Wx
// becomes y = z + b, or max(0, z + b); b may be missing.
type epilogue struct {
	positions int // values of a sample that share a bias: 1, or OH x OW
	relu      bool
	bias      bool
}

// run is the number of consecutive values of y that share a bias.
func (e epilogue) run(y kernel.Mat) int { return e.positions * y.Stride }

// forward turns z into y in place; b are the biases of its rows.
func (e epilogue) forward(y kernel.Mat, b []float32) {
	switch {
	case e.bias && e.relu:
		kernel.AddBiasReLU(y.Data, e.run(y), b)
	case e.bias:
		kernel.AddBias(y.Data, e.run(y), b)
	case e.relu:
		kernel.ReLU(y.Data, y.Data)
	}
}

// backward turns dy into dz in place: it is 0 where the ReLU gave 0.
func (e epilogue) backward(dy, y kernel.Mat) {
	if e.relu {
		kernel.ReLUGrad(dy.Data, dy.Data, y.Data)
	}
}
