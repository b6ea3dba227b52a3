package kernel

import (
	"runtime"
	"time"
)

// PeakGFLOPS measures the multiply-add peak of one core, whatever the variant in
// use: the rate of a loop that multiplies and adds in registers only, with the
// widest vectors that there are, the best of the runs that fit in the given time.
// A multiply-add counts as two operations.
func PeakGFLOPS(d time.Duration) float64 {
	const rounds = 20000
	widest := available[len(available)-1]
	var best float64
	for start := time.Now(); ; {
		t := time.Now()
		flops := widest.peak(rounds)
		best = max(best, flops/time.Since(t).Seconds()/1e9)
		if time.Since(start) >= d {
			return best
		}
	}
}

func peakGeneric(rounds int) (flops float64) {
	var x [8]float32
	for range rounds {
		for i := range x {
			x[i] = x[i]*0.5 + 1
		}
	}
	runtime.KeepAlive(x)
	return float64(2 * len(x) * rounds)
}
