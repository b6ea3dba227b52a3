package dataset

import (
	"math"
	"math/big"
)

// normalisation returns scale and shift for each channel, so that
// x = byte*scale + shift = (byte/255 - m)/s, with m and s the mean and the
// standard deviation (population) of byte/255 over all pixels of the channel.
// A channel that is constant becomes 0.
func normalisation(s *Set) (scale, shift []float32) {
	for c := range s.Shape.C {
		m, sd := moments(histogram(s, c))
		if sd == 0 {
			sd = 1
		}
		scale = append(scale, float32(1/(255*sd)))
		shift = append(shift, float32(-m/sd))
	}
	return scale, shift
}

// histogram counts the values of a channel.
func histogram(s *Set, channel int) (counts [256]int64) {
	plane := s.Shape.H * s.Shape.W
	for i := range s.Len() {
		for _, b := range s.Image(i)[channel*plane : (channel+1)*plane] {
			counts[b]++
		}
	}
	return counts
}

// moments returns mean and population standard deviation of byte/255. The sums
// are exact: var = (n*sum(b^2) - sum(b)^2) / (255 n)^2.
func moments(counts [256]int64) (mean, sd float64) {
	var n, sum, squares int64
	for b, k := range counts {
		n += k
		sum += int64(b) * k
		squares += int64(b*b) * k
	}
	if n == 0 {
		return 0, 0
	}
	v := new(big.Int).Mul(big.NewInt(n), big.NewInt(squares))
	v.Sub(v, new(big.Int).Mul(big.NewInt(sum), big.NewInt(sum)))
	f, _ := new(big.Float).SetInt(v).Float64()
	d := 255 * float64(n)
	return float64(sum) / d, math.Sqrt(f) / d
}
