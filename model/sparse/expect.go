package sparse

import "math"

// ExpectedFillers is the expected number of fillers for each stored weight of a
// relative index of k bits a code, when each weight is kept with the same
// probability, the density p, on its own. A distance is then geometric, and with
// q = 1-p and N = 2^k
//
//	q^N / (1 - q^N)
//
// fillers precede a weight. It panics when k is not from 1 to MaxCodeBits or p
// not in [0, 1]; at density 0 it is +Inf.
func ExpectedFillers(density float64, k int) float64 {
	checkK(k)
	if !(density >= 0 && density <= 1) {
		panic(badDensity)
	}
	// q^-N - 1, exact also where q is close to 1.
	return 1 / math.Expm1(-math.Ldexp(math.Log1p(-density), k))
}

// BestCode is the number of bits of a code, 1 to MaxCodeBits, for which a
// relative index is expected to be smallest at this density, and of equal ones
// the least:
//
//	(value + k) (1 + ExpectedFillers(density, k))  bits for each stored weight
//
// with values of valueBits; 1 where nothing is stored. It panics when the
// density is not in [0, 1].
func BestCode(density float64, valueBits int) int {
	best, least := 1, math.Inf(1) // at density 0 all are infinite
	for k := 1; k <= MaxCodeBits; k++ {
		if bits := float64(valueBits+k) * (1 + ExpectedFillers(density, k)); bits < least {
			best, least = k, bits
		}
	}
	return best
}

// BestCode is the number of bits of a code for which the relative index of this
// very matrix is smallest, and of equal ones the least, with values of valueBits.
func (a CSR) BestCode(valueBits int) int {
	best, least := 1, int64(math.MaxInt64)
	for k := 1; k <= MaxCodeBits; k++ {
		entries := int64(len(a.Val) + a.Fillers(k))
		if size := bytesOf(entries*int64(valueBits)) + bytesOf(entries*int64(k)); size < least {
			best, least = k, size
		}
	}
	return best
}
