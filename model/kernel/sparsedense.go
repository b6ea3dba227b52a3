package kernel

// SparseDense is the linear map of a fully connected layer, y = W x, of whose
// O x I weights only the survivors exist. Weights and gradients are the
// survivors in the order of the CSR pattern.
type SparseDense struct {
	out, in int
	v       *variant
	w       []float32 // the survivors, as loaded
	wt      []float32 // the survivors by columns

	ind          []int32 // column of each survivor
	ptr          []int32
	colPtr       []int32
	colRow, pos  []int32
	stride       int // of the batch that the lists below are for
	byRow, byCol []job
	off, colOff  []int32
	grad         sddmm // the weight gradient
}

// NewSparseDense returns the linear map from in to out features with the
// weights of a CSR pattern: row o has the columns ind[ptr[o]:ptr[o+1]],
// ascending. It keeps the pattern and does not change it.
func NewSparseDense(out, in int, ptr, ind []int32) *SparseDense {
	checkCSR(out, in, ptr, ind)
	d := &SparseDense{
		out: out, in: in, v: current,
		wt: Alloc(len(ind)), ind: ind, ptr: ptr,
		byRow: make([]job, out), byCol: make([]job, in),
		off: make([]int32, len(ind)), colOff: make([]int32, len(ind)),
	}
	d.colPtr, d.colRow, d.pos = transposeCSR(in, ptr, ind)
	return d
}

// Load keeps the weights w, one for each survivor, for the calls that follow. It
// must be called again when they have changed.
func (d *SparseDense) Load(w []float32) {
	d.w = w[:len(d.ind)]
	permute(d.wt, d.w, d.pos)
}

// fit makes the lists of offsets for a batch.
func (d *SparseDense) fit(stride int) {
	if stride == d.stride {
		return
	}
	d.stride = stride
	n := int32(stride)
	for o := range d.byRow {
		d.byRow[o] = job{y: int32(o) * n, lo: d.ptr[o], hi: d.ptr[o+1]}
	}
	for i := range d.byCol {
		d.byCol[i] = job{y: int32(i) * n, lo: d.colPtr[i], hi: d.colPtr[i+1]}
	}
	for k := range d.off {
		d.off[k], d.colOff[k] = d.ind[k]*n, d.colRow[k]*n
	}
	d.grad = sddmm{jobs: d.byRow, off: d.off, height: 1, run: stride}
}

// Forward sets y = W x.
func (d *SparseDense) Forward(y, x Mat) {
	checkBatch(y, x, d.out, d.in)
	d.fit(x.Stride)
	d.v.spmm(d.byRow, d.off, y.Data, d.w, x.Data, d.stride, Lanes)
}

// InputGrad sets dx = W^T dy.
func (d *SparseDense) InputGrad(dx, dy Mat) {
	checkBatch(dy, dx, d.out, d.in)
	d.fit(dy.Stride)
	d.v.spmm(d.byCol, d.colOff, dx.Data, d.wt, dy.Data, d.stride, Lanes)
}

// AddWeightGrad adds the survivors of dy x^T to dw.
func (d *SparseDense) AddWeightGrad(dw []float32, dy, x Mat) {
	checkBatch(dy, x, d.out, d.in)
	if len(dw) < len(d.ind) {
		panic(badLength)
	}
	d.fit(x.Stride)
	d.v.sddmm(&d.grad, dw, dy.Data, x.Data)
}
