package kernel

import (
	"math"

	"prunelab/model/elementary"
)

// SoftmaxCrossEntropy returns the cross-entropy of the softmax of the logits,
// classes x N, against the labels, summed over the samples, and how many samples
// have their label as the first largest logit. It sets dlogits to the gradient
// of the mean:
//
//	p[c][j] = exp(z[c][j]) / sum over c of exp(z[c][j])
//	loss    = sum over j of -log p[label[j]][j]
//	dlogits = (p - onehot(label)) / N, and 0 in the padding
//
// A sample with a NaN among its logits has a NaN loss and is not correct.
func SoftmaxCrossEntropy(dlogits, logits Mat, labels []uint16) (loss float64, correct int) {
	classes, n := logits.Rows, logits.Cols
	if classes < 1 || dlogits.Rows != classes || dlogits.Cols != n || dlogits.Stride != logits.Stride ||
		!logits.valid() || !dlogits.valid() || len(labels) != n {
		panic(badShape)
	}
	for j0 := 0; j0 < n; j0 += Lanes {
		z, d := logits.Data[j0:], dlogits.Data[j0:]
		m := min(n-j0, Lanes)
		top, sum := current.softmax(d, z, logits.Stride, classes, 1/float32(n))
		for l, label := range labels[j0:][:m] {
			if int(label) >= classes {
				panic(badLabel)
			}
			y := int(label) * logits.Stride
			zy := z[y+l]
			d[y+l] -= 1 / float32(n)
			loss += elementary.Log(float64(sum[l])) - float64(zy-top[l])
			if zy == top[l] && sum[l] == sum[l] && first(z[l:], logits.Stride, int(label), zy) {
				correct++
			}
		}
		for c := range classes {
			clear(d[c*logits.Stride+m:][:Lanes-m])
		}
	}
	return loss, correct
}

// first reports whether none of the n values z[c*stride] before the label's
// equals v.
func first(z []float32, stride, n int, v float32) bool {
	for c := range n {
		if z[c*stride] == v {
			return false
		}
	}
	return true
}

// softmaxGeneric is, for Lanes samples,
//
//	top = max over c of z[c]
//	sum = sum over c of exp(z[c] - top)
//	p[c] = exp(z[c] - top) * scale / sum
//
// in every lane; lanes with a NaN give NaN.
func softmaxGeneric(p, z []float32, stride, classes int, scale float32) (top, sum [Lanes]float32) {
	copy(top[:], z)
	for c := 1; c < classes; c++ {
		for l, v := range (*[Lanes]float32)(z[c*stride:]) {
			top[l] = max(top[l], v)
		}
	}
	for c := range classes {
		p, z := (*[Lanes]float32)(p[c*stride:]), (*[Lanes]float32)(z[c*stride:])
		for l, v := range z {
			e := exp(v - top[l])
			sum[l] += e
			p[l] = e
		}
	}
	for c := range classes {
		p := (*[Lanes]float32)(p[c*stride:])
		for l := range p {
			p[l] *= scale / sum[l]
		}
	}
	return top, sum
}

// exp returns e to the x <= 0 with a relative error below 2e-7, 0 below the
// normal numbers, and NaN for NaN.
//
// x = n log 2 + r with |r| <= log(2)/2; e^r by its Taylor polynomial of degree 7
// in Horner's form.
func exp(x float32) float32 {
	if x != x {
		return x
	}
	if x < expMin {
		return 0
	}
	n := float32(math.RoundToEven(float64(x * log2e)))
	r := x - float32(n*ln2Hi)
	r -= float32(n * ln2Lo)
	p := float32(expC7)
	for _, c := range [...]float32{expC6, expC5, expC4, expC3, expC2, 1, 1} {
		p = float32(p*r) + c
	}
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

const (
	expMin = -87.33654 // log of the least normal number
	log2e  = 1.44269504088896341
	ln2Hi  = 0.693359375 // n*ln2Hi is exact
	ln2Lo  = -2.12194440e-4
	expC2  = 1.0 / 2
	expC3  = 1.0 / 6
	expC4  = 1.0 / 24
	expC5  = 1.0 / 120
	expC6  = 1.0 / 720
	expC7  = 1.0 / 5040
)
