package kernel

// Add sets y = a + b. The slices may be the same.
func Add(y, a, b []float32) { binary(current.add, addGeneric, y, a, b) }

// AddReLU sets y = max(0, a + b). The slices may be the same. NaN stays NaN.
func AddReLU(y, a, b []float32) { binary(current.addReLU, addReLUGeneric, y, a, b) }

func binary(fast, plain func(y, a, b []float32), y, a, b []float32) {
	if len(y) != len(a) || len(y) != len(b) {
		panic(badLength)
	}
	n := whole(len(y))
	fast(y[:n], a[:n], b[:n])
	plain(y[n:], a[n:], b[n:])
}

func addGeneric(y, a, b []float32) {
	for i, v := range a {
		y[i] = v + b[i]
	}
}

func addReLUGeneric(y, a, b []float32) {
	for i, v := range a {
		y[i] = max(0, v+b[i])
	}
}

// AddReLUGrad sets dx = a + b where y > 0, and 0 elsewhere: the gradient of the inputs of
// y = max(0, ...), of which a and b are parts of that of y. dx may be a or b.
func AddReLUGrad(dx, a, b, y []float32) {
	if len(dx) != len(y) || len(a) != len(y) || len(b) != len(y) {
		panic(badLength)
	}
	n := whole(len(y))
	current.addReLUGrad(dx[:n], a[:n], b[:n], y[:n])
	addReLUGradGeneric(dx[n:], a[n:], b[n:], y[n:])
}

func addReLUGradGeneric(dx, a, b, y []float32) {
	for i, v := range y {
		d := a[i] + b[i]
		if !(v > 0) {
			d = 0
		}
		dx[i] = d
	}
}

// ScaleShift sets y = a x + b, with a and b of the run; run is a multiple of Lanes:
//
//	for o < len(a); i < run: y[o*run + i] = a[o] x[o*run + i] + b[o]
//
// y and x may be the same slice.
func ScaleShift(y, x []float32, run int, a, b []float32) {
	checkScales(y, x, run, a, b)
	current.scaleShift(y, x, run, a, b)
}

func scaleShiftGeneric(y, x []float32, run int, a, b []float32) {
	for o, scale := range a {
		for i, v := range x[o*run:][:run] {
			y[o*run+i] = float32(v*scale) + b[o]
		}
	}
}

// ScaleShiftReLU sets y = max(0, a x + b), otherwise as ScaleShift. NaN stays NaN.
func ScaleShiftReLU(y, x []float32, run int, a, b []float32) {
	checkScales(y, x, run, a, b)
	current.scaleShiftReLU(y, x, run, a, b)
}

func scaleShiftReLUGeneric(y, x []float32, run int, a, b []float32) {
	for o, scale := range a {
		for i, v := range x[o*run:][:run] {
			y[o*run+i] = max(0, float32(v*scale)+b[o])
		}
	}
}

// ScaleShiftAdd sets y = (a x + b) + z, otherwise as ScaleShift; the bits are those of
// ScaleShift and Add. y may be x or z.
func ScaleShiftAdd(y, x, z []float32, run int, a, b []float32) {
	checkScales(y, x, run, a, b)
	if len(z) != len(x) {
		panic(badLength)
	}
	current.scaleShiftAdd(y, x, z, run, a, b)
}

func scaleShiftAddGeneric(y, x, z []float32, run int, a, b []float32) {
	for o, scale := range a {
		for i, v := range x[o*run:][:run] {
			y[o*run+i] = (float32(v*scale) + b[o]) + z[o*run+i]
		}
	}
}

// ScaleShiftAddReLU sets y = max(0, (a x + b) + z), otherwise as ScaleShiftAdd. NaN stays
// NaN.
func ScaleShiftAddReLU(y, x, z []float32, run int, a, b []float32) {
	checkScales(y, x, run, a, b)
	if len(z) != len(x) {
		panic(badLength)
	}
	current.scaleShiftAddReLU(y, x, z, run, a, b)
}

func scaleShiftAddReLUGeneric(y, x, z []float32, run int, a, b []float32) {
	for o, scale := range a {
		for i, v := range x[o*run:][:run] {
			y[o*run+i] = max(0, (float32(v*scale)+b[o])+z[o*run+i])
		}
	}
}

// scaleShiftRowsGeneric is ScaleShift of one channel to rows that lie apart:
//
//	for r < rows; i < run: y[r*ldy + i] = a x[r*run + i] + b
func scaleShiftRowsGeneric(y, x []float32, rows, run, ldy int, a, b float32) {
	for r := range rows {
		scaleShiftGeneric(y[r*ldy:], x[r*run:], run, []float32{a}, []float32{b})
	}
}

// scaleShiftRowsReLUGeneric is scaleShiftRowsGeneric with max(0, a x + b).
func scaleShiftRowsReLUGeneric(y, x []float32, rows, run, ldy int, a, b float32) {
	for r := range rows {
		scaleShiftReLUGeneric(y[r*ldy:], x[r*run:], run, []float32{a}, []float32{b})
	}
}

// scaleAddShiftRowsGeneric is ScaleAddShift of one channel to rows that lie apart, as
// scaleShiftRowsGeneric; scale and shift are not used.
func scaleAddShiftRowsGeneric(dx, dz, x []float32, rows, run, ldx int, a, b, c, _, _ float32) {
	for r := range rows {
		scaleAddShiftGeneric(dx[r*ldx:], dz[r*run:], x[r*run:], run, []float32{a}, []float32{b}, []float32{c})
	}
}

// scaleAddShiftRowsReLUGeneric is scaleAddShiftRowsGeneric for the gradient of
// max(0, scale x + shift).
func scaleAddShiftRowsReLUGeneric(dx, dz, x []float32, rows, run, ldx int, a, b, c, scale, shift float32) {
	for r := range rows {
		scaleAddShiftReLUGeneric(dx[r*ldx:], dz[r*run:], x[r*run:], run, []float32{a}, []float32{b}, []float32{c}, []float32{scale}, []float32{shift})
	}
}

// A NormGrad stands between a layer and the gradient dz of what a batch normalisation
// makes of its output X: the layer reads a dz + b X + c, of each channel, with those of the
// normalisation; with its ReLU, dz is 0 where max(0, Scale X + Shift) is.
type NormGrad struct {
	X       Mat
	A, B, C []float32
	Norm
}

// A Norm stands between a layer and its input x, of which channel c is read as
// Scale[c] x + Shift[c], or as max(0, Scale[c] x + Shift[c]).
type Norm struct {
	Scale, Shift []float32
	ReLU         bool
}

// ScaleAddShift sets dx = a dz + b x + c, with a, b and c of the run; run is a
// multiple of Lanes:
//
//	for o < len(a); i < run: dx[o*run + i] = a[o] dz[o*run + i] + b[o] x[o*run + i] + c[o]
//
// dx may be dz or x.
func ScaleAddShift(dx, dz, x []float32, run int, a, b, c []float32) {
	checkScales(dx, x, run, a, b)
	if len(dz) != len(x) || len(c) != len(a) {
		panic(badLength)
	}
	current.scaleAddShift(dx, dz, x, run, a, b, c)
}

func scaleAddShiftGeneric(dx, dz, x []float32, run int, a, b, c []float32) {
	for o := range a {
		for i, v := range x[o*run:][:run] {
			dx[o*run+i] = float32(dz[o*run+i]*a[o]) + (float32(v*b[o]) + c[o])
		}
	}
}

// ScaleAddShiftReLU is ScaleAddShift for the gradient dy of y = max(0, scale x + shift):
// dz = dy where y > 0, and 0 elsewhere.
func ScaleAddShiftReLU(dx, dy, x []float32, run int, a, b, c, scale, shift []float32) {
	checkScales(dx, x, run, a, b)
	if len(dy) != len(x) || len(c) != len(a) || len(scale) != len(a) || len(shift) != len(a) {
		panic(badLength)
	}
	current.scaleAddShiftReLU(dx, dy, x, run, a, b, c, scale, shift)
}

func scaleAddShiftReLUGeneric(dx, dy, x []float32, run int, a, b, c, scale, shift []float32) {
	for o := range a {
		for i, v := range x[o*run:][:run] {
			dz := rectified(dy[o*run+i], v, scale[o], shift[o])
			dx[o*run+i] = float32(dz*a[o]) + (float32(v*b[o]) + c[o])
		}
	}
}

// rectified is dy where scale x + shift > 0, and 0 elsewhere.
func rectified(dy, x, scale, shift float32) float32 {
	if float32(x*scale)+shift > 0 {
		return dy
	}
	return 0
}

func checkScales(y, x []float32, run int, a, b []float32) {
	if run < 0 || run%Lanes != 0 || len(a) != len(b) || len(x) != run*len(a) || len(y) != len(x) {
		panic(badLength)
	}
}

// Samples reads channels of Stride values a position, a multiple of Lanes, of which
// the first Cols are samples and the others padding, which counts for nothing. It
// owns scratch memory and serves one goroutine.
type Samples struct {
	Stride, Cols int
	sums         [Lanes]float32
	products     [Lanes]float32
}

// Sum returns the sum of a channel.
func (s *Samples) Sum(x []float32) float64 {
	return s.total(len(x), func(lo, hi int) { current.laneSums(&s.sums, x[lo:hi]) })
}

// SumSquares returns the sum of (x - mean)^2 over a channel.
func (s *Samples) SumSquares(x []float32, mean float64) float64 {
	m := float32(mean)
	return s.total(len(x), func(lo, hi int) { current.laneSquares(&s.sums, x[lo:hi], m) })
}

// GradSums returns the sums of dz and of dz (x - mean) over a channel.
func (s *Samples) GradSums(dz, x []float32, mean float64) (sum, product float64) {
	m := float32(mean)
	return s.totals(dz, x, func(lo, hi int) { current.laneGrads(&s.sums, &s.products, dz[lo:hi], x[lo:hi], m) })
}

// GradSumsReLU is GradSums for the gradient dy of max(0, scale x + shift): dz = dy where
// that is not 0, and 0 elsewhere.
func (s *Samples) GradSumsReLU(dy, x []float32, mean float64, scale, shift float32) (sum, product float64) {
	m := float32(mean)
	return s.totals(dy, x, func(lo, hi int) {
		current.laneGradsReLU(&s.sums, &s.products, dy[lo:hi], x[lo:hi], m, scale, shift)
	})
}

// exact is how many values of a gradient are added up in single precision, before their
// sums are in double: they cancel out more than others.
const exact = 128 * Lanes

// totals is total of the sums and the products that lanes leaves.
func (s *Samples) totals(dy, x []float32, lanes func(lo, hi int)) (sum, product float64) {
	if len(dy) != len(x) {
		panic(badLength)
	}
	s.each(len(x), func(lo, hi, used int) {
		for ; lo < hi; lo += exact {
			lanes(lo, min(lo+exact, hi))
			for l := range used {
				sum += float64(s.sums[l])
				product += float64(s.products[l])
			}
		}
	})
	return sum, product
}

// total adds up the sums that lanes leaves of the values [lo, hi) of n, in the lanes
// that hold samples.
func (s *Samples) total(n int, lanes func(lo, hi int)) float64 {
	total := 0.0
	s.each(n, func(lo, hi, used int) {
		lanes(lo, hi)
		for _, v := range s.sums[:used] {
			total += float64(v)
		}
	})
	return total
}

// each calls visit for parts of n values, and says in how many lanes they hold samples.
func (s *Samples) each(n int, visit func(lo, hi, used int)) {
	if s.Stride < 1 || s.Stride%Lanes != 0 || n%s.Stride != 0 || s.Cols > s.Stride {
		panic(badLength)
	}
	if s.Stride == Lanes {
		visit(0, n, s.Cols)
		return
	}
	for at := 0; at < n; at += s.Stride {
		full := at + whole(s.Cols)
		visit(at, full, Lanes)
		if rest := s.Cols % Lanes; rest > 0 {
			visit(full, full+Lanes, rest)
		}
	}
}

// laneSumsGeneric sets sums[l] to the sum of x[i*Lanes + l].
func laneSumsGeneric(sums *[Lanes]float32, x []float32) {
	*sums = [Lanes]float32{}
	for ; len(x) >= Lanes; x = x[Lanes:] {
		for l := range sums {
			sums[l] += x[l]
		}
	}
}

// laneSquaresGeneric sets sums[l] to the sum of (x[i*Lanes + l] - mean)^2.
func laneSquaresGeneric(sums *[Lanes]float32, x []float32, mean float32) {
	*sums = [Lanes]float32{}
	for ; len(x) >= Lanes; x = x[Lanes:] {
		for l := range sums {
			d := x[l] - mean
			sums[l] += float32(d * d)
		}
	}
}

// laneGradsGeneric sets sums[l] to the sum of dz[i*Lanes + l], and products[l] to that of
// dz[i*Lanes + l] (x[i*Lanes + l] - mean).
func laneGradsGeneric(sums, products *[Lanes]float32, dz, x []float32, mean float32) {
	*sums, *products = [Lanes]float32{}, [Lanes]float32{}
	for ; len(x) >= Lanes; x, dz = x[Lanes:], dz[Lanes:] {
		for l := range sums {
			sums[l] += dz[l]
			products[l] += float32(dz[l] * (x[l] - mean))
		}
	}
}

// laneGradsReLUGeneric is laneGradsGeneric where scale x + shift > 0.
func laneGradsReLUGeneric(sums, products *[Lanes]float32, dy, x []float32, mean, scale, shift float32) {
	*sums, *products = [Lanes]float32{}, [Lanes]float32{}
	for ; len(x) >= Lanes; x, dy = x[Lanes:], dy[Lanes:] {
		for l := range sums {
			dz := rectified(dy[l], x[l], scale, shift)
			sums[l] += dz
			products[l] += float32(dz * (x[l] - mean))
		}
	}
}
