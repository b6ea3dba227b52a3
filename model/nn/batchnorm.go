package nn

import (
	"math"

	"prunelab/model/kernel"
)

var batchNorm = kind{
	name: KindBatchNorm, unsaid: LayerConfig{Epsilon: 1e-5, Momentum: 0.1}, learns: true, // as in PyTorch
	settings: func(l *LayerConfig) []Setting {
		return []Setting{
			{Key: "epsilon", Value: &l.Epsilon, Within: positive},
			{Key: "momentum", Value: &l.Momentum, Within: share},
			{Key: "affine", Value: &l.Plain, Not: true},
		}
	},
	build:    func(n *Network, i int, p node) Layer { return newBatchNorm(p, n.topology.fusesReLU(i)) },
	constant: func(_ LayerConfig, c float32) (float32, bool) { return c, false },
}

// Buffer is a tensor that a network keeps beside what it learns by gradients.
type Buffer struct {
	Name   string // layer.role, as "bn1.running_mean"
	Layer  string
	Values []float32
}

// Statistics says which ones a batch normalisation takes in training. Otherwise
// it takes the running ones.
type Statistics string

// The choices. Under StatisticsBatch the running ones follow.
const (
	StatisticsBatch   Statistics = "batch"
	StatisticsRunning Statistics = "running"
)

// BatchNorm is y = gamma (x - mean)/sqrt(var + eps) + beta for each channel (Ioffe
// and Szegedy 2015), with the ReLU that reads it alone, if there is one.
//
// In training, with StatisticsBatch, mean and variance are those of the channel over
// the batch and its positions (the variance divided by M, the number of values), and
//
//	running_mean = (1 - momentum) running_mean + momentum mean
//	running_var  = (1 - momentum) running_var  + momentum var M/(M-1)
//
// as PyTorch has it. So no output is known before the whole batch has passed the
// layer before, and no gradient of the input before all gradients of outputs are:
// Observe and Absorb take the slices of the batch, one after the other.
type BatchNorm struct {
	Name        string
	Gamma, Beta *Param // nil: 1 and 0
	Mean, Var   *Buffer
	Statistics  Statistics

	eps, momentum float64
	channels      int
	positions     int // of a channel: H x W, or 1
	relu          bool
	deferred      bool // the one that reads it computes it, in training
	fused         bool // the layer that it reads computes it along, outside of training
	frozen        bool // gamma and beta do not move

	seen    [][]moments     // of the batch: by slot and channel
	mean    []float32       // in force, by channel
	inverse []float64       // 1/sqrt(var + eps)
	scale   []float32       // gamma inverse
	shift   []float32       // beta - mean scale
	reading kernel.NormGrad // scale, shift and the ReLU, and a, b and c
	source  *Affine         // the one that it reads, and alone reads; nil: none
	x, y    slots           // inputs and outputs
	dx      kernel.Mat
	values  int // M
	sums    []gradSums
	a, b    []float32 // dx = a dz + b x + c
	c       []float32
	reader  kernel.Samples
}

// moments are of the values of a channel in a slice: how many, their mean, and the
// sum of their squared distances from it.
type moments struct{ n, mean, square float64 }

// and merges two sets of values (Chan, Golub and LeVeque 1983).
func (m moments) and(o moments) moments {
	n := m.n + o.n
	if m.n == 0 {
		return o
	}
	d := o.mean - m.mean
	return moments{n, m.mean + d*o.n/n, m.square + o.square + d*d*m.n*o.n/n}
}

// gradSums are the sums over the batch, for one channel, of dz and of dz (x - mean).
type gradSums struct{ dz, dzx float64 }

// newBatchNorm makes the layer of a node, with gamma = 1, beta = 0 and running
// statistics of 0 and 1.
func newBatchNorm(n node, relu bool) *BatchNorm {
	l := &BatchNorm{
		Name: n.Name, Statistics: StatisticsBatch, eps: n.Epsilon, momentum: n.Momentum, relu: relu,
		channels: n.in.C, positions: n.in.H * n.in.W,
	}
	if n.flat { // of the features of a dense layer, or of flattened planes, each by itself
		l.channels, l.positions = n.in.Features(), 1
	}
	if !n.Plain {
		l.Gamma, l.Beta = newParam(n.Name, Scale, l.channels), newParam(n.Name, Shift, l.channels)
	}
	l.Mean = &Buffer{n.Name + ".running_mean", n.Name, make([]float32, l.channels)}
	l.Var = &Buffer{n.Name + ".running_var", n.Name, make([]float32, l.channels)}
	for _, v := range []*[]float32{&l.mean, &l.scale, &l.shift, &l.a, &l.b, &l.c} {
		*v = make([]float32, l.channels)
	}
	l.inverse, l.sums = make([]float64, l.channels), make([]gradSums, l.channels)
	l.reading = kernel.NormGrad{A: l.a, B: l.b, C: l.c, Norm: kernel.Norm{Scale: l.scale, Shift: l.shift, ReLU: relu}}
	l.initialise()
	return l
}

func (l *BatchNorm) initialise() {
	for i := range l.channels {
		l.Mean.Values[i], l.Var.Values[i] = 0, 1
		if l.Gamma != nil {
			l.Gamma.Value[i], l.Beta.Value[i] = 1, 0
		}
	}
}

// Params returns gamma and beta.
func (l *BatchNorm) Params() []*Param {
	if l.Gamma == nil {
		return nil
	}
	return []*Param{l.Gamma, l.Beta}
}

// batch reports whether training takes the statistics of the batch. A layer that is
// frozen computes the same for a sample however long the others train.
func (l *BatchNorm) batch() bool { return l.Statistics == StatisticsBatch && !l.frozen }

// affine sets scale and shift for the mean and variance of channel i.
func (l *BatchNorm) affine(i int, mean, variance float64) {
	gamma, beta := 1.0, 0.0
	if l.Gamma != nil {
		gamma, beta = float64(l.Gamma.Value[i]), float64(l.Beta.Value[i])
	}
	l.inverse[i] = 1 / math.Sqrt(variance+l.eps)
	a := gamma * l.inverse[i]
	l.mean[i], l.scale[i], l.shift[i] = float32(mean), float32(a), float32(beta-float64(mean*a))
}

// load takes the running statistics for the calls that follow.
func (l *BatchNorm) load() {
	for i := range l.channels {
		l.affine(i, float64(l.Mean.Values[i]), float64(l.Var.Values[i]))
		l.a[i], l.b[i], l.c[i] = l.scale[i], 0, 0
	}
}

func (*BatchNorm) spares() {}

// channel returns the values of row i of so many positions, in groups of kernel.Lanes.
func (l *BatchNorm) channel(x kernel.Mat, i int) []float32 {
	run := l.positions * x.Stride
	return x.Data[i*run : (i+1)*run]
}

// Observe takes the input of a slice of the batch, or of its channels those from first
// on, as many as x has. The first slice begins a batch.
func (l *BatchNorm) Observe(x kernel.Mat, slot, first int) {
	if slot == 0 && first == 0 {
		l.seen = l.seen[:0]
	}
	if len(l.seen) == slot {
		if slot < cap(l.seen) {
			l.seen = l.seen[:slot+1]
		} else {
			l.seen = append(l.seen, make([]moments, l.channels))
		}
	}
	if l.seen[slot] == nil {
		l.seen[slot] = make([]moments, l.channels)
	}
	n := float64(l.positions * x.Cols)
	l.reader.Stride, l.reader.Cols = x.Stride, x.Cols
	for i := range x.Rows / l.positions {
		mean := l.reader.Sum(l.channel(x, i)) / n
		l.seen[slot][first+i] = moments{n, mean, l.reader.SumSquares(l.channel(x, i), mean)}
	}
}

// settle ends the batch that Observe saw: its statistics are in force, and the
// running ones follow.
func (l *BatchNorm) settle() {
	for i := range l.channels {
		var m moments
		for _, s := range l.seen {
			m = m.and(s[i])
		}
		l.values = int(m.n)
		l.affine(i, m.mean, m.square/m.n)
		follow := func(running *float32, v float64) {
			*running = float32(float64((1-l.momentum)*float64(*running)) + float64(l.momentum*v))
		}
		follow(&l.Mean.Values[i], m.mean)
		if m.n > 1 {
			follow(&l.Var.Values[i], m.square/(m.n-1))
		}
		l.sums[i] = gradSums{}
	}
}

// Forward computes y = scale x + shift, or max(0, scale x + shift), for the
// statistics in force; or returns x, which its reader, or what it reads, takes for y.
func (l *BatchNorm) Forward(x kernel.Mat, m Mode) kernel.Mat {
	if m.Train {
		*l.x.at(m.Slot) = x
	}
	if l.fused && !m.Train || l.deferred && m.Train {
		return x
	}
	y := l.y.get(m.Slot, x.Rows, x.Cols)
	l.apply(*y, x, 0)
	return *y
}

// apply is Forward from x to y, which may be x, of the channels from first on.
func (l *BatchNorm) apply(y, x kernel.Mat, first int) {
	run, end := l.positions*x.Stride, first+x.Rows/l.positions
	if l.relu {
		kernel.ScaleShiftReLU(y.Data, x.Data, run, l.scale[first:end], l.shift[first:end])
	} else {
		kernel.ScaleShift(y.Data, x.Data, run, l.scale[first:end], l.shift[first:end])
	}
}

// add computes y = (scale x + shift) + z, or the ReLU of that.
func (l *BatchNorm) add(y, x, z kernel.Mat, relu bool) {
	run := l.positions * x.Stride
	if relu {
		kernel.ScaleShiftAddReLU(y.Data, x.Data, z.Data, run, l.scale, l.shift)
	} else {
		kernel.ScaleShiftAdd(y.Data, x.Data, z.Data, run, l.scale, l.shift)
	}
}

// Absorb takes the gradient of the output of a slice: it adds up what the gradients of
// gamma, beta and the inputs need.
func (l *BatchNorm) Absorb(dy kernel.Mat, m Mode) {
	x := l.x[m.Slot]
	l.reader.Stride, l.reader.Cols = x.Stride, x.Cols
	for i := range l.channels {
		s, mean := gradSums{}, float64(l.mean[i])
		if l.relu {
			s.dz, s.dzx = l.reader.GradSumsReLU(l.channel(dy, i), l.channel(x, i), mean, l.scale[i], l.shift[i])
		} else {
			s.dz, s.dzx = l.reader.GradSums(l.channel(dy, i), l.channel(x, i), mean)
		}
		l.sums[i].dz += s.dz
		l.sums[i].dzx += s.dzx
	}
}

// resolve ends the batch that Absorb took: it adds to the gradients of gamma and
// beta,
//
//	dgamma += sum dz (x - mean)/sqrt(var + eps),  dbeta += sum dz,
//
// where dz = dy, 0 where the ReLU gave 0, and sets dx = a dz + b x + c for Backward: with the statistics of the batch
//
//	dx = scale (dz - sum(dz)/M - (x - mean)/(var + eps) sum(dz (x - mean))/M),
//
// with given ones it is scale dz from load on.
func (l *BatchNorm) resolve() {
	fromBatch := l.batch()
	for i, s := range l.sums {
		scale, mean, inverse := float64(l.scale[i]), float64(l.mean[i]), l.inverse[i]
		if l.Gamma != nil && !l.frozen {
			l.Gamma.Grad[i] += float32(s.dzx * inverse)
			l.Beta.Grad[i] += float32(s.dz)
		}
		if fromBatch {
			n := float64(l.values)
			b := -scale * inverse * inverse * s.dzx / n
			l.a[i], l.b[i], l.c[i] = l.scale[i], float32(b), float32(-scale*s.dz/n-float64(b*mean))
		}
		l.sums[i] = gradSums{}
	}
}

// Backward returns the gradient of the input of a slice whose dy Absorb took, which it
// leaves as it is; or dy, if the layer that takes it for that gradient can compute it as
// it reads it. With given statistics dx is 0 where dy is, which layers leave out.
func (l *BatchNorm) Backward(dy kernel.Mat, m Mode) kernel.Mat {
	l.reading.X = l.x[m.Slot]
	if l.source != nil && l.batch() && l.source.readsGrad(&l.reading) {
		return dy
	}
	x := l.x[m.Slot].Data
	run := len(x) / l.channels
	fit(&l.dx, dy.Rows, dy.Cols)
	if l.relu {
		kernel.ScaleAddShiftReLU(l.dx.Data, dy.Data, x, run, l.a, l.b, l.c, l.scale, l.shift)
	} else {
		kernel.ScaleAddShift(l.dx.Data, dy.Data, x, run, l.a, l.b, l.c)
	}
	clearPadding(l.dx)
	return l.dx
}

// clearPadding sets the columns of m from Cols to Stride to zero.
func clearPadding(m kernel.Mat) {
	if m.Cols == m.Stride {
		return
	}
	for i := range m.Rows {
		clear(m.Data[i*m.Stride+m.Cols : (i+1)*m.Stride])
	}
}
