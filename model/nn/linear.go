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

// A setter is a product that need not have the gradient of W cleared.
type setter interface {
	SetWeightGrad(dw []float32, dy, x kernel.Mat) // dw = dy xᵀ
}

// linear is the linear map of a layer, dense or a convolution: its shape, and
// the product that suits the weights that are left.
type linear struct {
	in, out int              // rows of x: I, or C x H x W; rows of y: O, or O x OH x OW
	conv    kernel.ConvShape // of a convolution, else zero
	fanIn   int              // K
	fanOut  int              // outputs that an input reaches: O, or O x KH x KW
	product
}

func newDense(out, in int) linear { return linear{in: in, out: out, fanIn: in, fanOut: out} }

func newConv(s kernel.ConvShape) linear {
	return linear{in: s.In(), out: s.Out(), conv: s, fanIn: s.K(), fanOut: s.O * s.KH * s.KW}
}

// use makes the product for the weights of w that are left.
func (l *linear) use(w *Param) {
	conv := l.conv != kernel.ConvShape{}
	if !w.Compact() {
		if conv {
			l.product = kernel.NewConv(l.conv)
		} else {
			l.product = kernel.NewDense(l.out, l.in)
		}
		return
	}
	ptr, ind := w.Mask.rows(l.fanIn)
	if conv {
		l.product = kernel.NewSparseConv(l.conv, ptr, ind)
	} else {
		l.product = kernel.NewSparseDense(l.out, l.in, ptr, ind)
	}
}

// epilogue is what follows the product while its result is in cache: z = Wx
// becomes y = z + b, or max(0, z + b).
type epilogue struct {
	positions int // values of a sample that share a bias: 1, or OH x OW
	relu      bool
}

// run is the number of consecutive values of y that share a bias.
func (e epilogue) run(y kernel.Mat) int { return e.positions * y.Stride }

// forward turns z into y in place.
func (e epilogue) forward(y kernel.Mat, b []float32) {
	if e.relu {
		kernel.AddBiasReLU(y.Data, e.run(y), b)
	} else {
		kernel.AddBias(y.Data, e.run(y), b)
	}
}

// backward turns dy into dz in place: it is 0 where the ReLU gave 0.
func (e epilogue) backward(dy, y kernel.Mat) {
	if e.relu {
		kernel.ReLUGrad(dy.Data, dy.Data, y.Data)
	}
}
