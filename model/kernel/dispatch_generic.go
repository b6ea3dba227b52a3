//go:build noasm || !amd64

package kernel

// available lists the variants that this machine runs, the widest last.
var available = []variant{generic}

func (variant) rows() int                      { return genericRows }
func (variant) width(n int) int                { return max(Lanes, n/Lanes*Lanes) }
func (variant) part(rows, cols int) (int, int) { return rows, cols }
func (variant) pairs() bool                    { return false }
func (variant) dotBlock() (o, k int)           { return genericRows, genericRows }

func (variant) product(p *product, c, a, b []float32) { productGeneric(p, c, a, b) }

func (variant) productRun(p *product, c, a, b []float32, run int) {
	p.cols, p.tiles = run, 1
	productGeneric(p, c, a, b)
}

func (variant) dots(d *dots, dw, dy, x []float32) { dotsGeneric(d, dw, dy, x) }

func (variant) sieves() bool             { return false }
func (variant) dotLanes() int            { return 8 }
func (variant) siftVectors() int         { return 15 }
func (variant) hasSift(s siftShape) bool { return true }

func (variant) sift(p *sift, sum, values, x []float32, found []uint64) {
	siftGeneric(p, sum, values, x, found)
}

func (variant) find(found []uint64, values []float32) { findGeneric(found, values) }
func (variant) fold(dst, src []float32, n int)        { foldGeneric(dst, src, n) }

func (variant) walk(jobs []job, off []int32, y, w, x []float32, run, step int) {
	walkGeneric(jobs, off, y, w, x, run, step)
}

func (variant) spreads(s spreadShape) bool { return s.taps <= spreadTaps }

func (variant) spread(s spreadShape, jobs []spreadJob, off []int32, dx, w, dy []float32) {
	spreadGeneric(s, jobs, off, dx, w, dy)
}

func (variant) lookups(l *lookups, dw, dy, x []float32) { lookupsGeneric(l, dw, dy, x) }

func (variant) transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	transposeGeneric(dst, ldd, src, lds, rows, cols)
}

func (variant) addBias(y []float32, run int, b []float32)     { addBiasGeneric(y, run, b) }
func (variant) addBiasReLU(y []float32, run int, b []float32) { addBiasReLUGeneric(y, run, b) }
func (variant) addBiasGrad(db, dy []float32, run int)         { addBiasGradGeneric(db, dy, run) }
func (variant) relu(y, x []float32)                           { reluGeneric(y, x) }
func (variant) reluGrad(dx, dy, y []float32)                  { reluGradGeneric(dx, dy, y) }

func (variant) maxPool(y []float32, arg []uint8, x []float32, s PoolShape) {
	maxPoolGeneric(y, arg, x, s)
}

func (variant) maxPoolGrad(dx, dy []float32, arg []uint8, s PoolShape) {
	maxPoolGradGeneric(dx, dy, arg, s)
}

func (variant) avgPool(y, x []float32, s PoolShape)       { avgPoolGeneric(y, x, s) }
func (variant) avgPoolGrad(dx, dy []float32, s PoolShape) { avgPoolGradGeneric(dx, dy, s) }

func (variant) softmax(p []float32, top, sum *[Lanes]float32, z []float32, stride, classes int, scale float32) {
	softmaxGeneric(p, top, sum, z, stride, classes, scale)
}

func (variant) sgd(w, v, g []float32, h SGD)         { sgdGeneric(w, v, g, h) }
func (variant) softThreshold(w []float32, t float32) { softThresholdGeneric(w, t) }
func (variant) adam(w, m, v, g []float32, h *adam)   { adamGeneric(w, m, v, g, h) }

func (variant) gather(x Mat, images []uint8, index []int32, plane int, scale, shift []float32) {
	gatherGeneric(x, images, index, plane, scale, shift)
}
func (variant) peak(rounds int) float64 { return peakGeneric(rounds) }
