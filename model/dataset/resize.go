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
	across, down := taps(width, w), taps(height, h)
	rows := make([]uint8, width*h) // scaled in x
	for y := range h {
		resample(rows[y*width:], 1, src[y*w:], 1, across)
	}
	scaled := make([]uint8, width*height)
	for x := range width {
		resample(scaled[x:], width, rows[x:], width, down)
	}
	dst := make([]uint8, 0, n*n)
	for y := range n {
		at := ((height-n)/2+y)*width + (width-n)/2
		dst = append(dst, scaled[at:at+n]...)
	}
	return dst
}

// tap says which values one is the mean of, with what weights.
type tap struct {
	first   int
	weights []int
	sum     int // of the weights
}

// taps are those of n values made from m. Value i is the mean of those near its
// centre, weighted by a triangle as wide as two of the larger of the steps
// (bilinear, with a wider filter where it makes smaller, as Pillow's): whole
// numbers, so the same on every processor. In units of 1/(2 n m) of the whole, with
// d the larger of n and m, source j has its centre at (2j+1) n and the weight
// max(0, 2d - |(2j+1) n - (2i+1) m|).
func taps(n, m int) []tap {
	all := make([]tap, n)
	d := max(n, m)
	for i := range all {
		centre := (2*i + 1) * m
		for j := max(0, (centre-2*d)/(2*n)-1); j < m && (2*j+1)*n < centre+2*d; j++ {
			w := 2*d - abs((2*j+1)*n-centre)
			if w <= 0 {
				continue
			}
			if all[i].sum == 0 {
				all[i].first = j
			}
			all[i].weights = append(all[i].weights, w)
			all[i].sum += w
		}
	}
	return all
}

// resample writes a value for each tap, rounded to the nearest; the values of dst
// and of src are so many bytes apart.
func resample(dst []uint8, dstStep int, src []uint8, srcStep int, taps []tap) {
	for i, t := range taps {
		sum, at := 0, t.first*srcStep
		for _, w := range t.weights {
			sum += w * int(src[at])
			at += srcStep
		}
		dst[i*dstStep] = uint8((2*sum + t.sum) / (2 * t.sum))
	}
}

func abs(n int) int { return max(n, -n) }
