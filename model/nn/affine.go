package nn

import (
	"math"
	"math/rand/v2"

	"prunelab/model/kernel"
	"prunelab/model/rng"
)

// SparseBelow is the density below which a pruned layer holds and computes
// its survivors only. It is fixed, so that results do not depend on a clock:
// the sparse kernels reach a little under half the speed of the dense ones
// for each weight.
const SparseBelow = 0.35

// product is the linear map y = Wx of a layer over a batch, with its
// gradients; the implementations are in package kernel.
type product interface {
	Load(w []float32)                             // takes the weights for the calls that follow
	Forward(y, x kernel.Mat)                      // y = W x
	AddWeightGrad(dw []float32, dy, x kernel.Mat) // dw += dy xᵀ
	InputGrad(dx, dy kernel.Mat)                  // dx = Wᵀ dy
}

// A setter is a product that makes the gradient of the weights without any that
// was there.
type setter interface {
	SetWeightGrad(dw []float32, dy, x kernel.Mat) // dw = dy xᵀ
}

// Affine is y = Wx + b, a dense layer or a convolution, with the ReLU that
// follows it, if one does.
type Affine struct {
	Name string
	Kind Kind // KindDense or KindConv
	Cost LayerCost
	W, B *Param

	conv   kernel.ConvShape // of a convolution
	in     int              // I
	out    int              // rows of y: O, or O x OH x OW
	relu   bool
	frozen bool // W and b do not move
	bottom bool // nothing below learns: Backward returns nothing
	anew   bool // the next Backward sets the gradient of W, which was not cleared

	lin    product
	fanIn  int
	fanOut int
	x, y   slots
	dx     kernel.Mat
	seen   int // inputs counted
	active int // of these, not zero
}

func newDense(name string, in, out int) *Affine {
	a := &Affine{
		Name: name, Kind: KindDense, in: in, out: out, fanIn: in, fanOut: out,
		W: newParam(name, Weight, out, in), B: newParam(name, Bias, out),
	}
	a.lin = a.product()
	return a
}

func newConv(name string, s kernel.ConvShape) *Affine {
	a := &Affine{
		Name: name, Kind: KindConv, conv: s,
		in: s.C * s.H * s.W, out: s.O * s.OH() * s.OW(),
		fanIn: s.K(), fanOut: s.O * s.KH * s.KW,
		W: newParam(name, Weight, s.O, s.C, s.KH, s.KW), B: newParam(name, Bias, s.O),
	}
	a.lin = a.product()
	return a
}

// product returns the kernels that suit the weights that are left.
func (a *Affine) product() product {
	if !a.W.Compact() {
		if a.Kind == KindConv {
			return kernel.NewConv(a.conv)
		}
		return kernel.NewDense(a.out, a.in)
	}
	ptr, ind := a.W.Kept.rows(a.fanIn)
	if a.Kind == KindConv {
		return kernel.NewSparseConv(a.conv, ptr, ind)
	}
	return kernel.NewSparseDense(a.out, a.in, ptr, ind)
}

// keep restricts W to the pattern.
func (a *Affine) keep(kept *Pattern) {
	a.W.restrict(kept, kept.Density() < SparseBelow)
	a.lin, a.anew = a.product(), false
}

// run is the number of consecutive values of y that share a bias.
func (a *Affine) run(y kernel.Mat) int {
	if a.Kind == KindConv {
		return a.conv.OH() * a.conv.OW() * y.Stride
	}
	return y.Stride
}

// Forward computes y = Wx + b, or max(0, Wx + b); x is I x N, y is O x N.
func (a *Affine) Forward(x kernel.Mat, m Mode) kernel.Mat {
	if m.Slot == 0 {
		a.lin.Load(a.W.Value)
	}
	if m.Count {
		a.count(x)
	}
	y := a.y.get(m.Slot, a.out, x.Cols)
	a.lin.Forward(*y, x)
	if a.relu {
		kernel.AddBiasReLU(y.Data, a.run(*y), a.B.Value)
	} else {
		kernel.AddBias(y.Data, a.run(*y), a.B.Value)
	}
	if m.Train {
		for len(a.x) <= m.Slot {
			a.x = append(a.x, kernel.Mat{})
		}
		a.x[m.Slot] = x
	}
	return *y
}

// Backward adds to the gradients of W and b and returns that of x:
// from y = Wx + b follow dW += dy xᵀ, db += dy 1, dx = Wᵀ dy; where the ReLU
// gave 0, dy is 0.
func (a *Affine) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	x, y := a.x[m.Slot], a.y[m.Slot]
	if a.relu {
		kernel.ReLUGrad(dy.Data, dy.Data, y.Data)
	}
	if !a.frozen {
		if a.anew {
			a.lin.(setter).SetWeightGrad(a.W.Grad, dy, x)
			a.anew = false
		} else {
			a.lin.AddWeightGrad(a.W.Grad, dy, x)
		}
		kernel.AddBiasGrad(a.B.Grad, dy.Data, a.run(dy))
	}
	if a.bottom {
		return kernel.Mat{}
	}
	fit(&a.dx, a.in, dy.Cols)
	a.lin.InputGrad(a.dx, dy)
	return a.dx
}

// zeroGrad clears the gradients, that of W by the next Backward where its product
// can.
func (a *Affine) zeroGrad() {
	clear(a.B.Grad)
	_, sets := a.lin.(setter)
	if a.anew = sets && !a.frozen; !a.anew {
		clear(a.W.Grad)
	}
}

// Params returns W and b.
func (a *Affine) Params() []*Param { return []*Param{a.W, a.B} }

// Inputs is the number of weights of one output unit, K.
func (a *Affine) Inputs() int { return a.fanIn }

// count notes how many of the inputs are not zero. Whether one is, is as good
// as random, so there is no branch on it: shifted by the sign, the bits of a
// value that is not zero, or their complement plus one, begin with a one.
func (a *Affine) count(x kernel.Mat) {
	for i := range x.Rows {
		n := 0
		for _, v := range x.Row(i) {
			bits := math.Float32bits(v) << 1
			n += int((bits | -bits) >> 31)
		}
		a.active += n
	}
	a.seen += x.Rows * x.Cols
}

// Activity returns the fraction of inputs that were not zero in the runs with
// Mode.Count since the last call; without one, 0 and false.
func (a *Affine) Activity() (float64, bool) {
	if a.seen == 0 {
		return 0, false
	}
	f := float64(a.active) / float64(a.seen)
	a.seen, a.active = 0, 0
	return f, true
}

// initialise draws W and b by the rule from a stream. He et al. 2015, eq. 10;
// Glorot and Bengio 2010, eq. 16; PyTorch's default for linear layers and
// convolutions is uniform in +-1/sqrt(K), for biases too.
func (a *Affine) initialise(rule Init, r *rand.Rand) {
	w, b := make([]float32, a.W.Size()), make([]float32, a.B.Size())
	uniform := func(v []float32, bound float64) {
		for i := range v {
			v[i] = float32((2*r.Float64() - 1) * bound)
		}
	}
	switch rule {
	case InitHe:
		std := math.Sqrt(2 / float64(a.fanIn))
		for i := range w {
			w[i] = float32(std * rng.Normal(r))
		}
	case InitGlorot:
		uniform(w, math.Sqrt(6/float64(a.fanIn+a.fanOut)))
	case InitTorch:
		bound := 1 / math.Sqrt(float64(a.fanIn))
		uniform(w, bound)
		uniform(b, bound)
	default:
		panic("nn: unknown rule of initialisation")
	}
	a.W.SetDense(w)
	a.B.SetDense(b)
}
