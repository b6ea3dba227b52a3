package kernel

// A spreadJob is one row of the gradient of an input, and for each of the taps
// in a row of a filter the list of weights that reach it.
//
//	for each job; v < taps; k from lists[v][0] to lists[v][1]; i < width; l < Lanes
//	    sums[v+i][l] += w[k] * dy[job.y + off[k] + i*Lanes + l]
//	for pad <= i < width+taps-1-pad
//	    dx[job.x + (i-pad)*Lanes + l] = sums[i][l]
//
// Where a tap moves dy, the sums stay: no multiply-add meets the zeros that
// would surround dy.
type spreadJob struct {
	x, y  int32
	lists [spreadTaps][2]int32
}

// spreadTaps is the most taps in a row.
const spreadTaps = 5

// spreadShape is what a kernel for spreadJobs is made for.
type spreadShape struct{ width, taps, pad int }

// spreadGeneric is the loop that documents spreadJob.
func spreadGeneric(s spreadShape, jobs []spreadJob, off []int32, dx, w, dy []float32) {
	for i := range jobs {
		j := &jobs[i]
		row := dx[j.x:][:(s.width+s.taps-1-2*s.pad)*Lanes]
		clear(row)
		for v, list := range j.lists[:s.taps] {
			// Of the sums that the tap moves dy to, those inside the row.
			lo, hi := max(v, s.pad), min(v+s.width, s.pad+len(row)/Lanes)
			for k := list[0]; k < list[1] && lo < hi; k++ {
				axpy(w[k], dy[int(j.y+off[k])+(lo-v)*Lanes:][:(hi-lo)*Lanes], row[(lo-s.pad)*Lanes:])
			}
		}
	}
}
