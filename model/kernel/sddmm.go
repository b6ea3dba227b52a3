package kernel

// An sddmm is a call of the sampled dense-dense matrix product (SDDMM), the form
// of a sparse weight gradient: of dy x^T only the values at the survivors. A job is
// one output, its y the first of height runs of dy.
//
//	for each job; k from job.lo to job.hi; r < height; i < run
//	    dw[k] += dy[job.y + r*run + i] * x[job.x + off[k] + r*row + i]
type sddmm struct {
	jobs        []job
	off         []int32
	height, run int
	row         int
}

// sddmmGeneric is the loop that documents sddmm.
func sddmmGeneric(p *sddmm, dw, dy, x []float32) {
	for _, j := range p.jobs {
		for k := j.lo; k < j.hi; k++ {
			var sum float32
			for r := range p.height {
				sum += dot(dy[int(j.y)+r*p.run:][:p.run], x[int(j.x+p.off[k])+r*p.row:][:p.run])
			}
			dw[k] += sum
		}
	}
}
