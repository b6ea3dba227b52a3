package kernel

import mathbits "math/bits"

// A skip is a call of the zero-skipping product: sums of rows of vectors of 8
// floats, each times a value, in which a value of zero costs nothing.
//
//	for i < len(to); r < height; k < 8*vectors
//	    s = sum[to[i] + r*ldsum + k] if add, else 0
//	    for j < 64*words, values[i*64*words + j] != 0
//	        s += values[i*64*words + j] * x[off[j] + r*row + k]
//	    sum[to[i] + r*ldsum + k] = s
type skip struct {
	skipShape
	words      int
	to, off    []int32
	row, ldsum int
	add        bool
}

type skipShape struct{ height, vectors int }

// skipVectors is the most vectors of a row of height 1.
const skipVectors = 15

// skipGeneric is the loop that documents skip, by the bits that nonzero sets in found.
func skipGeneric(p *skip, sum, values, x []float32, found []uint64) {
	for i, to := range p.to {
		for r := range p.height {
			s := sum[int(to)+r*p.ldsum:][:8*p.vectors]
			if !p.add {
				clear(s)
			}
			for w, set := range found[i*p.words:][:p.words] {
				for ; set != 0; set &= set - 1 {
					j := w*64 + mathbits.TrailingZeros64(set)
					axpy(values[i*p.words*64+j], x[int(p.off[j])+r*p.row:][:len(s)], s)
				}
			}
		}
	}
}

// nonzeroGeneric is
//
//	for i < 64*len(found): bit i of found = values[i] != 0
func nonzeroGeneric(found []uint64, values []float32) {
	for w := range found {
		var set uint64
		for i, v := range values[w*64:][:64] {
			if v != 0 {
				set |= 1 << i
			}
		}
		found[w] = set
	}
}

// foldGeneric adds the lanes of inner products that lie apart, in the order in
// which dot adds those of a vector.
//
//	for i < n: dst[i] = sum over the lanes l of src[l*n + i]
//
// n is a multiple of 8.
func foldGeneric(dst, src []float32, n int) {
	at := func(l int) []float32 { return src[l*n:][:n] }
	s0, s1, s2, s3, s4, s5, s6, s7 := at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)
	for i := range dst[:n] {
		dst[i] = ((s0[i] + s4[i]) + (s2[i] + s6[i])) + ((s1[i] + s5[i]) + (s3[i] + s7[i]))
	}
}
