package kernel

// A convTRow is one row of a sparse transposed convolution, the gradient dx of the
// input of a sparse convolution with stride 1: for each tap v of a filter's row the
// list of weights that reach the row from dy.
//
//	for each row; v < taps; k from lists[v][0] to lists[v][1]; i < width; l < Lanes
//	    sums[v+i][l] += w[k] * dy[row.y + off[k] + i*Lanes + l]
//	for pad <= i < width+taps-1-pad
//	    dx[row.x + (i-pad)*Lanes + l] = sums[i][l]
//
// A tap shifts dy against the sums. So no multiply-add meets the zeros that would
// surround dy if every position of dx had its list, as spmm has it.
type convTRow struct {
	x, y  int32
	lists [convTTaps][2]int32
}

// convTTaps is the most taps in a row.
const convTTaps = 5

// A convTShape is what a convTFunc is made for: width outputs in a row, the taps of
// a filter's row, and the padding at each end of a row of the input.
type convTShape struct{ width, taps, pad int }

// A convTFunc computes rows of one shape.
type convTFunc func(rows []convTRow, off []int32, dx, w, dy []float32)

// convTGeneric returns the loop that documents convTRow, nil for too many taps.
func convTGeneric(s convTShape) convTFunc {
	if s.taps > convTTaps {
		return nil
	}
	return func(rows []convTRow, off []int32, dx, w, dy []float32) {
		for i := range rows {
			r := &rows[i]
			row := dx[r.x:][:(s.width+s.taps-1-2*s.pad)*Lanes]
			clear(row)
			for v, list := range r.lists[:s.taps] {
				// The sums v up to v+width that lie inside the row.
				lo, hi := max(v, s.pad), min(v+s.width, s.pad+len(row)/Lanes)
				for k := list[0]; k < list[1] && lo < hi; k++ {
					axpy(w[k], dy[int(r.y+off[k])+(lo-v)*Lanes:][:(hi-lo)*Lanes], row[(lo-s.pad)*Lanes:])
				}
			}
		}
	}
}
