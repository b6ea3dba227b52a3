package kernel

// A job of SpMM or SDDMM is one run of outputs and the list of weights, k from lo up to hi, that
// reach it. y and x are offsets in floats.
type job struct{ y, x, lo, hi int32 }

// spmmGeneric is the sparse matrix product (SpMM) that the sparse maps share: each
// row of outputs is the sum of the rows of x that its weights name, and what it
// costs is in proportion to them.
//
//	for each job; i < run/Lanes; l < Lanes
//	    y[job.y + i*Lanes + l] = sum over k from job.lo to job.hi of w[k] * x[job.x + off[k] + i*step + l]
func spmmGeneric(jobs []job, off []int32, y, w, x []float32, run, step int) {
	for _, j := range jobs {
		y := y[j.y:][:run]
		clear(y)
		for k := j.lo; k < j.hi; k++ {
			x := x[j.x+off[k]:]
			if step == Lanes {
				axpy(w[k], x[:run], y)
				continue
			}
			for i := range run / Lanes {
				axpy(w[k], x[i*step:][:Lanes], y[i*Lanes:][:Lanes])
			}
		}
	}
}
