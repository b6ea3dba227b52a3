//go:build !noasm

package kernel

// transpose is
//
//	for i < rows; j < cols: dst[j*ldd + i] = src[i*lds + j]
func (v variant) transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	full := cols / 8 * 8
	if v == generic || full == 0 {
		transposeGeneric(dst, ldd, src, lds, rows, cols)
		return
	}
	for i := 0; i < rows; i += 8 {
		d, s := &dst[i], &src[i*lds]
		switch min(rows-i, 8) {
		case 1:
			ztranspose1(d, ldd, s, lds, full)
		case 2:
			ztranspose2(d, ldd, s, lds, full)
		case 3:
			ztranspose3(d, ldd, s, lds, full)
		case 4:
			ztranspose4(d, ldd, s, lds, full)
		case 5:
			ztranspose5(d, ldd, s, lds, full)
		case 6:
			ztranspose6(d, ldd, s, lds, full)
		case 7:
			ztranspose7(d, ldd, s, lds, full)
		case 8:
			ztranspose8(d, ldd, s, lds, full)
		}
	}
	if full < cols {
		transposeGeneric(dst[full*ldd:], ldd, src[full:], lds, rows, cols-full)
	}
}

func (v variant) gather(x Mat, images []uint8, index []int32, plane int, scale, shift []float32) {
	const block = 8 // images at a time
	features := x.Rows
	groups := len(index) / block
	if v == generic || plane < Lanes {
		groups = 0
	}
	var ptrs [block]*uint8
	for g := range groups {
		for j := range ptrs {
			ptrs[j] = &images[int(index[g*block+j])*features]
		}
		for p := range scale {
			f := p * plane
			full := plane / Lanes * Lanes
			zgather(&x.Data[f*x.Stride+g*block], x.Stride, &ptrs[0], f, full, scale[p], shift[p])
			for f := f + full; f < (p+1)*plane; f++ {
				for j, i := range index[g*block:][:block] {
					x.Data[f*x.Stride+g*block+j] = float32(float32(images[int(i)*features+f])*scale[p]) + shift[p]
				}
			}
		}
	}
	rest := x
	rest.Data = x.Data[min(groups*block, len(x.Data)):]
	gatherGeneric(rest, images, index[groups*block:], plane, scale, shift)
}

// whole returns the part of n that the assembly does.
func (v variant) whole(n int) int {
	if v == generic {
		return 0
	}
	return n / Lanes * Lanes
}

// runs reports whether the assembly does runs of this length.
func (v variant) runs(run, n int) bool { return v != generic && run%Lanes == 0 && run > 0 && n > 0 }

func (v variant) addBias(y []float32, run int, b []float32) {
	switch {
	case !v.runs(run, len(b)):
		addBiasGeneric(y, run, b)
	case v == avx512:
		zaddBiasAVX512(&y[0], run, &b[0], len(b))
	default:
		zaddBiasAVX2(&y[0], run, &b[0], len(b))
	}
}

func (v variant) addBiasReLU(y []float32, run int, b []float32) {
	switch {
	case !v.runs(run, len(b)):
		addBiasReLUGeneric(y, run, b)
	case v == avx512:
		zaddBiasReLUAVX512(&y[0], run, &b[0], len(b))
	default:
		zaddBiasReLUAVX2(&y[0], run, &b[0], len(b))
	}
}

func (v variant) addBiasGrad(db, dy []float32, run int) {
	switch {
	case !v.runs(run, len(db)):
		addBiasGradGeneric(db, dy, run)
	case v == avx512:
		zaddBiasGradAVX512(&db[0], &dy[0], run, len(db))
	default:
		zaddBiasGradAVX2(&db[0], &dy[0], run, len(db))
	}
}

func (v variant) relu(y, x []float32) {
	n := v.whole(len(x))
	switch {
	case n == 0:
	case v == avx512:
		zreluAVX512(&y[0], &x[0], n)
	default:
		zreluAVX2(&y[0], &x[0], n)
	}
	reluGeneric(y[n:], x[n:])
}

func (v variant) reluGrad(dx, dy, y []float32) {
	n := v.whole(len(y))
	switch {
	case n == 0:
	case v == avx512:
		zreluGradAVX512(&dx[0], &dy[0], &y[0], n)
	default:
		zreluGradAVX2(&dx[0], &dy[0], &y[0], n)
	}
	reluGradGeneric(dx[n:], dy[n:], y[n:])
}

func (v variant) sgd(w, vel, g []float32, h SGD) {
	n := v.whole(len(w))
	switch {
	case n == 0:
	case v == avx512:
		zsgdAVX512(&w[0], &vel[0], &g[0], n, h.LR, h.Momentum, h.L2, h.L1)
	default:
		zsgdAVX2(&w[0], &vel[0], &g[0], n, h.LR, h.Momentum, h.L2, h.L1)
	}
	sgdGeneric(w[n:], vel[n:], g[n:], h)
}

func (v variant) softThreshold(w []float32, t float32) {
	n := v.whole(len(w))
	switch {
	case n == 0:
	case v == avx512:
		zsoftThresholdAVX512(&w[0], n, t)
	default:
		zsoftThresholdAVX2(&w[0], n, t)
	}
	softThresholdGeneric(w[n:], t)
}

func (v variant) adam(w, m, u, g []float32, h *adam) {
	n := v.whole(len(w))
	switch {
	case n == 0:
	case v == avx512:
		zadamAVX512(&w[0], &m[0], &u[0], &g[0], n, h.beta1, h.beta2, h.rest1, h.rest2, h.l1, h.l2, h.eps, h.lr, h.scale)
	default:
		zadamAVX2(&w[0], &m[0], &u[0], &g[0], n, h.beta1, h.beta2, h.rest1, h.rest2, h.l1, h.l2, h.eps, h.lr, h.scale)
	}
	adamGeneric(w[n:], m[n:], u[n:], g[n:], h)
}

func (v variant) softmax(p []float32, top, sum *[Lanes]float32, z []float32, stride, classes int, scale float32) {
	switch v {
	case avx512:
		zsoftmaxAVX512(&p[0], &top[0], &sum[0], &z[0], stride, classes, scale)
	case avx2:
		zsoftmaxAVX2(&p[0], &top[0], &sum[0], &z[0], stride, classes, scale)
	default:
		softmaxGeneric(p, top, sum, z, stride, classes, scale)
	}
}

func (v variant) peak(rounds int) (flops float64) {
	const chains = 12
	switch v {
	case avx512:
		zpeakAVX512(rounds)
		return 2 * 16 * chains * float64(rounds)
	case avx2:
		zpeakAVX2(rounds)
		return 2 * 8 * chains * float64(rounds)
	}
	return peakGeneric(rounds)
}
