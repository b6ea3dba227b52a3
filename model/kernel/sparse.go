package kernel

// A job is one run of outputs and the list of weights, from lo to hi, that reach
// it. y and x are offsets in floats.
type job struct{ y, x, lo, hi int32 }

// walkGeneric is the sparse product that all sparse kernels share:
//
//	for each job; i < run/Lanes; l < Lanes
//	    y[job.y + i*Lanes + l] = sum over k from job.lo to job.hi of w[k] * x[job.x + off[k] + i*step + l]
func walkGeneric(jobs []job, off []int32, y, w, x []float32, run, step int) {
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

// lookups are the inner products of a sparse weight gradient. A job is one
// output, its y a run of dy that repeats height times.
//
//	for each job; k from job.lo to job.hi; r < height; i < run
//	    dw[k] += dy[job.y + r*run + i] * x[job.x + off[k] + r*row + i]
type lookups struct {
	jobs        []job
	off         []int32
	height, run int
	row         int
}

// lookupsGeneric is the loop that documents lookups.
func lookupsGeneric(l *lookups, dw, dy, x []float32) {
	for _, j := range l.jobs {
		for k := j.lo; k < j.hi; k++ {
			var sum float32
			for r := range l.height {
				sum += dot(dy[int(j.y)+r*l.run:][:l.run], x[int(j.x+l.off[k])+r*l.row:][:l.run])
			}
			dw[k] += sum
		}
	}
}

// columns returns the second index of a CSR pattern: the weights of column c are
// at positions pos[k] of the values, in rows row[k], for k from ptr[c] to
// ptr[c+1], rows ascending.
func columns(cols int, ptr, ind []int32) (colPtr, row, pos []int32) {
	colPtr = make([]int32, cols+1)
	for _, c := range ind {
		colPtr[c+1]++
	}
	for c := range cols {
		colPtr[c+1] += colPtr[c]
	}
	row, pos = make([]int32, len(ind)), make([]int32, len(ind))
	next := append([]int32(nil), colPtr...)
	for r := range ptr[:len(ptr)-1] {
		for k := ptr[r]; k < ptr[r+1]; k++ {
			c := ind[k]
			row[next[c]], pos[next[c]] = int32(r), k
			next[c]++
		}
	}
	return colPtr, row, pos
}

// permute sets dst[i] = src[pos[i]].
func permute(dst, src []float32, pos []int32) {
	dst = dst[:len(pos)]
	for i, p := range pos {
		dst[i] = src[p]
	}
}

func checkCSR(rows, cols int, ptr, ind []int32) {
	if len(ptr) != rows+1 || ptr[0] != 0 || int(ptr[rows]) != len(ind) {
		panic(badCSR)
	}
	for r := range rows {
		last := int32(-1)
		if ptr[r] > ptr[r+1] {
			panic(badCSR)
		}
		for _, c := range ind[ptr[r]:ptr[r+1]] {
			if c <= last || int(c) >= cols {
				panic(badCSR)
			}
			last = c
		}
	}
}
