package dataset

// MaxResized is the largest Reading.Resize, in pixels.
const MaxResized = 1024

// resizeCrop scales a plane of w x h pixels so that its shorter side is n, and
// returns the n x n pixels in the middle.
func resizeCrop(src []uint8, w, h, n int) []uint8 {
	width, height := n, n
	if w > h {
		width = n * w / h
	} else {
		height = n * h / w
	}
	rows := make([]uint8, width*h) // scaled in x
	for y := range h {
		resample(rows[y*width:], 1, width, src[y*w:], 1, w)
	}
	scaled := make([]uint8, width*height)
	for x := range width {
		resample(scaled[x:], width, height, rows[x:], width, h)
	}
	dst := make([]uint8, 0, n*n)
	for y := range n {
		at := ((height-n)/2+y)*width + (width-n)/2
		dst = append(dst, scaled[at:at+n]...)
	}
	return dst
}

// resample writes n values, so many bytes apart, from m. Value i is the mean of
// those near its centre, weighted by a triangle as wide as two of the larger of
// the steps (bilinear, with a wider filter where it makes smaller, as Pillow's),
// rounded to the nearest: exact in whole numbers, so the same on every processor.
// In units of 1/(2 n m) of the whole, with d the larger of n and m, source j has
// its centre at (2j+1) n and the weight max(0, 2d - |(2j+1) n - (2i+1) m|).
func resample(dst []uint8, dstStep, n int, src []uint8, srcStep, m int) {
	d := max(n, m)
	for i := range n {
		centre := (2*i + 1) * m
		var sum, weights int
		for j := max(0, (centre-2*d)/(2*n)-1); j < m && (2*j+1)*n < centre+2*d; j++ {
			if w := 2*d - abs((2*j+1)*n-centre); w > 0 {
				sum += w * int(src[j*srcStep])
				weights += w
			}
		}
		dst[i*dstStep] = uint8((2*sum + weights) / (2 * weights))
	}
}

func abs(n int) int { return max(n, -n) }
