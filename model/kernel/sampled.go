package kernel

// A sampled is the sddmm of the planes of a convolution with stride 1, chunk by chunk
// of the positions of a row: the rows of dy and of x that a chunk needs stay in the first
// cache for all survivors, whose sums are kept in memory meanwhile. sddmm, a block of
// survivors after the other, reads each of these planes from further away every time.
type sampled struct {
	v             *variant
	off           []int32
	height, width int // of a plane of dy
	row, line     int // floats from one row of x to the next, and of dy
	lists         []sampledList
	sums, total   []float32
}

// A sampledList is the survivors that have so many sets of sums. A job is a run of those of
// one output: its y is the plane of dy, and its x is 0.
type sampledList struct {
	sets int
	jobs []job
	n    int // survivors
	run  sampledFunc
}

// A sampledFunc adds a chunk of positions to the sums of a list:
//
//	for each job; k from job.lo to job.hi; i < chunk; l < Lanes
//	    sums[n][i%sets][l] += dy[job.y + i*Lanes + l] * x[job.x + off[k] + i*Lanes + l]
//
// with n = 0, 1, ... over the survivors of all jobs.
type sampledFunc func(jobs []job, off []int32, sums, dy, x []float32)

// chunk is how many positions a chunk has.
const chunk = 8

// sampledFrom is how many values dy and x have together from which on they no longer fit
// the second cache, and reading them once is worth more than sums in registers.
const sampledFrom = 24 << 10

// newSampled returns the product for the survivors that p lists, an output a job, of a
// convolution, with so many floats from one row of dy to the next; nil if there is none.
func newSampled(v *variant, s ConvShape, p *sddmm, line int) *sampled {
	if s.Stride != 1 || s.OW()%chunk != 0 {
		return nil
	}
	m := &sampled{v: v, off: p.off, height: p.height, width: s.OW(), row: p.row, line: line}
	for _, sets := range []int{1, 2, 4} {
		run := v.sampled(sets)
		if run == nil {
			return nil
		}
		m.lists = append(m.lists, sampledList{sets: sets, run: run})
	}
	for _, j := range p.jobs {
		// The blocks of sddmm: of 8, then 4, 2 and 1.
		from := j.lo
		for i, n := range []int32{(j.hi - j.lo) / 4 * 4, (j.hi - j.lo) & 2, (j.hi - j.lo) & 1} {
			if n > 0 {
				m.lists[i].jobs = append(m.lists[i].jobs, job{y: j.y, lo: from, hi: from + n})
				m.lists[i].n += int(n)
			}
			from += n
		}
	}
	floats, most := 0, 0
	for _, l := range m.lists {
		floats, most = floats+l.sets*l.n*Lanes, max(most, Pad(l.n))
	}
	m.sums, m.total = Alloc(floats), Alloc(most*(Lanes+1))
	return m
}

// addWeightGrad adds the survivors of dy x^T to dw, with x the padded planes.
func (m *sampled) addWeightGrad(dw, dy, x []float32) {
	clear(m.sums)
	for h := range m.height {
		for i := 0; i < m.width; i += chunk {
			sums := m.sums
			for j := range m.lists {
				l := &m.lists[j]
				l.run(l.jobs, m.off, sums, dy[h*m.line+i*Lanes:], x[h*m.row+i*Lanes:])
				sums = sums[l.sets*l.n*Lanes:]
			}
		}
	}
	sums := m.sums
	for _, l := range m.lists {
		m.collect(dw, &l, sums)
		sums = sums[l.sets*l.n*Lanes:]
	}
}

// collect adds the sums of a list, over sets and lanes, to dw.
func (m *sampled) collect(dw []float32, l *sampledList, sums []float32) {
	n := Pad(l.n)
	if n == 0 {
		return
	}
	if l.sets > 1 {
		for i := range l.n {
			sum := sums[i*Lanes:][:Lanes]
			copy(sum, sums[i*l.sets*Lanes:])
			for set := 1; set < l.sets; set++ {
				for j, v := range sums[(i*l.sets+set)*Lanes:][:Lanes] {
					sum[j] += v
				}
			}
		}
	}
	lanes, total := m.total[:n*Lanes], m.total[n*Lanes:][:n]
	m.v.transpose(lanes, n, sums, Lanes, l.n, Lanes)
	m.v.fold(total, lanes, n)
	i := 0
	for _, j := range l.jobs {
		for k := j.lo; k < j.hi; k++ {
			dw[k] += total[i]
			i++
		}
	}
}
